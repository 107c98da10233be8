#!/bin/sh
# Everything that must hold before a change goes in: format, lints, docs, Rust
# tests, C tests of both flavours with gcc and clang and under valgrind, the installed
# trees, fuzzing, the demo. The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."

scripts/deps.sh

# cargo and the meson builds share what they compile.
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR
builds=$PWD/build-test
mkdir -p "$builds"
log=$builds/step.log
passed=0
failed=0

# step WHAT COMMAND…: runs the command; its output is shown only if it fails.
step() {
    what=$1
    shift
    started=$(date +%s)
    if "$@" >"$log" 2>&1; then
        outcome=ok
    else
        outcome=FAILED
    fi
    printf '%-6s %4d s  %s\n' "$outcome" $(($(date +%s) - started)) "$what"
    [ "$outcome" = ok ] || tail -n 200 "$log"
}

# A step that is one check of its own.
check() {
    step "$@"
    if [ "$outcome" = ok ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

# add PASSED FAILED: the results of a step that ran tests. A step that failed
# without a failed test (it did not build, or crashed) is one failure.
add() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    if [ "$outcome" != ok ] && [ "$2" -eq 0 ]; then
        failed=$((failed + 1))
    fi
}

cargo_tests() {
    step "$@"
    # shellcheck disable=SC2046 # two numbers
    add $(awk '/^test result:/ { passed += $4; failed += $6 }
               END { print passed + 0, failed + 0 }' "$log")
}

# meson_tests WHAT BUILD LOG-NAME ARGUMENTS…: every TAP line is one test.
meson_tests() {
    what=$1 build=$2 junit=$2/meson-logs/$3.junit.xml
    shift 3
    rm -f "$junit"
    step "$what" meson test -C "$build" --no-rebuild --print-errorlogs "$@"
    # shellcheck disable=SC2046
    add $(scripts/count-results.py "$junit")
}

build() {
    [ -f "$1/build.ninja" ] || meson setup "$@" -Dwerror=true \
        -Dcargo_target_dir="$CARGO_TARGET_DIR" || return 1
    ninja -C "$1"
}

lint() {
    cargo clippy --locked --all-targets "$@" -- -D warnings
}

documentation() {
    RUSTDOCFLAGS=-Dwarnings cargo doc --locked --no-deps --package qiochannel \
        --document-private-items "$@"
}

check 'format' cargo fmt --all --check
check 'lints, standalone' lint --workspace --all-features
check 'lints, hosted' lint --no-default-features
check 'documentation' documentation
check 'dependencies' scripts/audit.sh
cargo_tests 'Rust tests' cargo test --locked --workspace

gcc() {
    CC=gcc build "$builds/gcc" -Dbuildtype=debugoptimized
}
clang() {
    CC=clang build "$builds/clang" -Dbuildtype=debug
}
hosted_gcc() {
    CC=gcc build "$builds/hosted-gcc" -Dbuildtype=debugoptimized -Dhost=qemu
}
hosted_clang() {
    CC=clang build "$builds/hosted-clang" -Dbuildtype=debug -Dhost=qemu
}
check 'build with gcc, release' gcc
meson_tests 'C tests, gcc' "$builds/gcc" testlog
meson_tests 'C tests, valgrind' "$builds/gcc" testlog-valgrind --setup valgrind
check 'build with clang, debug' clang
# Faults and documents are the same whatever the compiler.
meson_tests 'C tests, clang' "$builds/clang" testlog --no-suite faults --no-suite docs
check 'build the hosted flavour with gcc, release' hosted_gcc
meson_tests 'hosted flavour, gcc' "$builds/hosted-gcc" testlog
meson_tests 'hosted flavour, valgrind' "$builds/hosted-gcc" testlog-valgrind --setup valgrind
check 'build the hosted flavour with clang, debug' hosted_clang
meson_tests 'hosted flavour, clang' "$builds/hosted-clang" testlog
check 'lints, fuzzing' scripts/fuzz.sh --lint
step 'fuzzing, 20 s for each target' scripts/fuzz.sh 20
# shellcheck disable=SC2046
add $(awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed = $1; failed = $3 }
           END { print passed + 0, failed + 0 }' "$log")
check 'demo' scripts/demo.sh

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
