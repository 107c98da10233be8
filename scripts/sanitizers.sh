#!/bin/sh
# The tests with sanitizers: scripts/sanitizers.sh [address|thread]; both by default.
#
# address: the Rust unit tests, the C tests, and qio-copy's tests with AddressSanitizer
#   and LeakSanitizer, the C code also with UndefinedBehaviorSanitizer. Coroutines
#   announce their switches of stacks.
# thread: the Rust unit tests and the C tests with ThreadSanitizer; coroutines are
#   timelines of their own.
#
# Instrumented are the library, the crates it uses, the tests and the examples. Rust's
# standard library, GLib and GnuTLS come compiled: a fault inside them shows where they
# call intercepted functions, and ThreadSanitizer has to be told how they synchronise:
# see tests/sanitizers, and what is not looked at in thread.supp there. Left out are the
# tests that count allocations with a malloc() of their own, and scripts that look at
# the library as a file. The hosted flavour is the same code and is left to valgrind.
#
# rustc's flags for this are not stable; RUSTC_BOOTSTRAP=1 has a stable compiler take
# them. The C compiler is gcc, whose runtime is a shared library: one for the library
# and its callers. Before the tests, planted faults show that each kind is found.
set -eu
cd "$(dirname "$0")/.."

source=$PWD/tests/sanitizers
root=${CARGO_TARGET_DIR:-$PWD/target}
CARGO_BUILD_TARGET=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_BUILD_TARGET RUSTC_BOOTSTRAP=1 CC=gcc
# Fast enough, and with the checks of the dev profile.
export CARGO_PROFILE_DEV_OPT_LEVEL=1

die() {
    echo "sanitizers: $*" >&2
    exit 1
}

# name_of FUNCTION: its symbol, as the planted faults use it.
name_of() {
    nm "$work/libplanted.a" 2>/dev/null |
        awk '$1 == "U" { print $2 }' | grep "3std3sys4sync.*$1\$" | sort -u | grep . ||
        die "$1 has another name in this version of Rust"
}

# Compiles std-locks.c, and sets wraps and ARCHIVE_LDFLAGS.
wrap_locks() {
    defines=
    wraps=
    for pair in MUTEX_LOCK_CONTENDED:Mutex14lock_contended \
        RWLOCK_READ_CONTENDED:RwLock14read_contended \
        RWLOCK_WRITE_CONTENDED:RwLock15write_contended \
        CONDVAR_WAIT:Condvar4wait \
        CONDVAR_WAIT_TIMEOUT:Condvar12wait_timeout; do
        name=$(name_of "${pair#*:}")
        defines="$defines -D${pair%%:*}=$name"
        wraps="$wraps --wrap=$name"
    done
    # shellcheck disable=SC2086 # one word for each option
    gcc -g -O1 -fPIC $defines -c -o "$work/std-locks.o" "$source/std-locks.c"
    ARCHIVE_LDFLAGS="$wraps $work/std-locks.o"
    export ARCHIVE_LDFLAGS
}

# expect_fault FAULT MESSAGE
expect_fault() {
    if $run "$work/planted" "$1" >"$work/planted.log" 2>&1; then
        die "the planted fault $1 went unnoticed"
    fi
    grep -q "$2" "$work/planted.log" || {
        cat "$work/planted.log"
        die "the planted fault $1 was not called '$2'"
    }
    echo "found the planted fault: $1 ($2)"
}

# plant RUST-FLAGS C-SANITIZERS
plant() {
    # shellcheck disable=SC2086
    rustc --edition 2024 --crate-type staticlib -Copt-level=1 -g -Cpanic=abort $1 \
        -o "$work/libplanted.a" "$source/planted.rs"
    [ "$mode" = address ] || wrap_locks
    linker=
    for option in ${ARCHIVE_LDFLAGS-}; do
        linker="$linker -Wl,$option"
    done
    # shellcheck disable=SC2086
    gcc -g "-fsanitize=$2" -o "$work/planted" "$source/planted.c" "$work/libplanted.a" $linker
    $run "$work/planted" none || die 'a fault was found where there is none'
}

# build_and_test C-SANITIZERS SYMBOL TESTS…
build_and_test() {
    build=$PWD/build-$mode
    [ -f "$build/build.ninja" ] ||
        meson setup "$build" -Dbuildtype=debug "-Db_sanitize=$1" -Dbenchmarks=false \
            -Dcargo_target_dir="$CARGO_TARGET_DIR"
    ninja -C "$build"
    nm "$build/libqiochannel.so.0" | grep -q " U $2" ||
        die 'the library is not instrumented'
    shift 2
    $run meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 10 "$@"
}

address() {
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:allocator_may_return_null=1
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    RUSTFLAGS=-Zsanitizer=address
    plant "$RUSTFLAGS" address,undefined
    expect_fault c-overflow heap-buffer-overflow
    expect_fault rust-overflow heap-buffer-overflow
    expect_fault leak 'detected memory leaks'
    expect_fault undefined 'signed integer overflow'
    export RUSTFLAGS
    cargo test --locked --lib --features corosensei/sanitizer
    build_and_test address,undefined __asan_report_load --suite c
    $run meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 10 qio-copy
}

thread() {
    # The runtime wants the addresses of a process that are not randomised too much.
    run='setarch --addr-no-randomize'
    # The third flag: runtimes before gcc 13's lack the functions that it avoids.
    RUSTFLAGS='-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer
        -Cllvm-args=-tsan-instrument-memintrinsics=0 --cfg thread_sanitizer'
    plant "$RUSTFLAGS" thread
    expect_fault c-race 'data race'
    expect_fault rust-race 'data race'
    for option in $ARCHIVE_LDFLAGS; do
        RUSTFLAGS="$RUSTFLAGS -Clink-arg=-Wl,$option"
    done
    export RUSTFLAGS CFLAGS=-Wno-tsan
    # The fifth option: a test forks, and the child starts threads.
    export TSAN_OPTIONS="suppressions=$source/thread.supp:history_size=4:allocator_may_return_null=1:report_signal_unsafe=0:die_after_fork=0"
    $run cargo test --locked --lib
    # shellcheck disable=SC2046
    gcc -g -O1 -fPIC -shared -fsanitize=thread $(pkg-config --cflags glib-2.0) \
        -o "$work/glib-locks.so" "$source/glib-locks.c"
    # Memory that GLib keeps for itself would meet its next owner unseen.
    run="$run env G_SLICE=always-malloc LD_PRELOAD=$(gcc -print-file-name=libtsan.so.2):$work/glib-locks.so"
    build_and_test thread __tsan_func_entry --suite c
}

for mode in ${1:-address thread}; do
    case $mode in
        address | thread) ;;
        *) die "there is no mode $mode" ;;
    esac
    (
        CARGO_TARGET_DIR=$root/$mode
        export CARGO_TARGET_DIR
        work=$CARGO_TARGET_DIR/planted
        mkdir -p "$work"
        run=
        "$mode"
    )
done
