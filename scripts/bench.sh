#!/bin/sh
# Builds in release mode, runs the benchmarks, and prints one table: row, our cost,
# the reference's cost, ratio, target, pass or fail. Takes about a minute.
#
#     scripts/bench.sh [--json FILE] [--plot FILE.svg] [--rust] [PART-OF-A-NAME]
#
# --json writes the table as data, --plot draws it (needs gnuplot), --rust also runs
# the Rust-level benchmarks of parts, with criterion. With a part of a name, only
# the rows with that part are measured; the sections "memory" and "growth" have
# their own names.
set -eu

usage() {
    sed -n 's/^#     //p' "$0" >&2
    exit 2
}

json='' plot='' rust='' filter=''
while [ $# -gt 0 ]; do
    case $1 in
        --json) [ $# -gt 1 ] || usage; json=$2; shift ;;
        --plot) [ $# -gt 1 ] || usage; plot=$2; shift ;;
        --rust) rust=yes ;;
        -*) usage ;;
        *) [ -z "$filter" ] || usage; filter=$1 ;;
    esac
    shift
done
if [ -n "$plot" ] && ! command -v gnuplot >/dev/null; then
    echo "bench: --plot needs gnuplot (on Debian: apt-get install gnuplot-nox)" >&2
    exit 1
fi

root=$(dirname "$(dirname "$(realpath "$0")")")
builds=$root/build-bench
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
export CARGO_TARGET_DIR
[ -f "$builds/build.ninja" ] ||
    meson setup "$builds" "$root" -Dbuildtype=release -Dtests=false -Dexamples=false \
        -Dbenchmarks=true -Dcargo_target_dir="$CARGO_TARGET_DIR" >&2
ninja -C "$builds" --quiet >&2

# A row that is missing is a failure, so a crash must not look like a short table.
rows=$builds/rows.tsv
"$builds/benches/qio-bench" ${filter:+"$filter"} >"$rows"

set -- "$rows"
[ -z "$json" ] || set -- "$@" --json "$json"
[ -z "$plot" ] || set -- "$@" --plot "$plot"
status=0
"$root/scripts/bench-table.py" "$@" || status=$?

if [ -n "$rust" ]; then
    cargo bench --manifest-path "$root/Cargo.toml" --bench parts --features internals
fi
exit "$status"
