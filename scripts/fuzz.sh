#!/bin/sh
# Builds the fuzz targets with AddressSanitizer and runs each for so many seconds, as
# many at a time as there are processors:
#
#     scripts/fuzz.sh SECONDS [TARGET…]
#     scripts/fuzz.sh --lint
#
# Prints a line for each target: executions, coverage and inputs kept. What a target
# finds is printed, and kept under build-fuzz until the next run; the last line is
# "N passed, N failed". No nightly toolchain is needed. With cargo-fuzz, `cargo fuzz run
# TARGET fuzz/corpus/TARGET fuzz/seeds/TARGET` does the same. --lint only looks at the
# source of the targets.
set -eu

[ $# -ge 1 ] || {
    sed -n 's/^#     //p' "$0" >&2
    exit 2
}
seconds=$1
shift

root=$(dirname "$(dirname "$(realpath "$0")")")
cd "$root"
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
export CARGO_TARGET_DIR
triple=$(rustc --version --verbose | sed -n 's/^host: //p')

# What cargo-fuzz passes; RUSTC_BOOTSTRAP for the option -Z of a stable compiler. With
# --target, build scripts are not instrumented.
flags="--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares"
instrumented() {
    command=$1
    shift
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=$flags cargo "$command" --locked --quiet --release \
        --manifest-path fuzz/Cargo.toml --target "$triple" "$@"
}
if [ "$seconds" = --lint ]; then
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    instrumented clippy -- -D warnings
    exit
fi
instrumented build

# shellcheck disable=SC2046 # one word for each target
[ $# -gt 0 ] || set -- $(sed -n '/^\[\[bin/,$ s/^name = "\(.*\)"$/\1/p' fuzz/Cargo.toml)
binaries=$CARGO_TARGET_DIR/$triple/release
work=$root/build-fuzz
mkdir -p "$work"

# Files that targets write cost nothing in memory. GLib's own allocator would hide from
# the sanitizer what is used after it was freed.
scratch=$(mktemp -d "$([ -d /dev/shm ] && echo /dev/shm || echo /tmp)/qiochannel-fuzz-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export TMPDIR="$scratch" G_SLICE=always-malloc

# fuzz TARGET: its line goes to TARGET.line, and what it found behind it.
fuzz() {
    found=$work/$1-
    rm -f "$found"*
    mkdir -p "$work/corpus/$1"
    status=0
    "$binaries/$1" -max_total_time="$seconds" -len_control=20 -timeout=20 \
        -rss_limit_mb=4096 -close_fd_mask=1 -artifact_prefix="$found" \
        "$work/corpus/$1" "fuzz/seeds/$1" >"$work/$1.log" 2>&1 || status=$?
    if [ "$status" -eq 0 ]; then
        sed -n 's/^#\([0-9]*\)\tDONE *cov: \([0-9]*\) .* corp: \([0-9]*\)\/.*/\1 \2 \3/p' \
            "$work/$1.log" |
            while read -r runs coverage corpus; do
                printf 'ok     %-16s %8d executions, %5d edges, %4d inputs\n' \
                    "$1" "$runs" "$coverage" "$corpus"
            done >"$work/$1.line"
        [ -s "$work/$1.line" ] && return
    fi
    {
        printf 'FAILED %s\n' "$1"
        for input in "$found"*; do
            [ -f "$input" ] || continue
            echo "$input:"
            od -An -v -tx1 "$input"
        done
        tail -n 100 "$work/$1.log"
    } >"$work/$1.line"
}

# As many lists of targets as there are processors, side by side.
pids=
lanes=$(nproc)
lane=0
while [ "$lane" -lt "$lanes" ]; do
    (
        index=0
        for target; do
            [ $((index % lanes)) -ne "$lane" ] || fuzz "$target"
            index=$((index + 1))
        done
    ) &
    pids="$pids $!"
    lane=$((lane + 1))
done
# shellcheck disable=SC2086 # one word for each process
wait $pids

failed=0
for target; do
    cat "$work/$target.line"
    grep -q '^FAILED' "$work/$target.line" && failed=$((failed + 1))
done
echo "$(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
