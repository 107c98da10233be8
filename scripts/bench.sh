#!/bin/sh
# Builds in release mode, runs the benchmarks, and prints one table: row, our cost,
# the reference's cost, ratio, target, pass or fail. Takes about a minute.
#
#     scripts/bench.sh [--json FILE] [--plot FILE.svg] [--markdown FILE] [--rust] [PART-OF-A-NAME]
#     scripts/bench.sh --document
#
# --json writes the table as data, --plot draws it (and installs gnuplot for that),
# --markdown puts it into a document, --rust also runs the Rust-level benchmarks of parts,
# with criterion. With a part of a name, only the rows with that part are measured;
# "memory" and "growth" are all rows of these sections. --document brings
# docs/performance.md and its drawing up to date.
set -eu

usage() {
    sed -n 's/^#     //p' "$0" >&2
    exit 2
}

root=$(dirname "$(dirname "$(realpath "$0")")")
json='' plot='' markdown='' rust='' filter=''
while [ $# -gt 0 ]; do
    case $1 in
        --json) [ $# -gt 1 ] || usage; json=$2; shift ;;
        --plot) [ $# -gt 1 ] || usage; plot=$2; shift ;;
        --markdown) [ $# -gt 1 ] || usage; markdown=$2; shift ;;
        --document) markdown=$root/docs/performance.md plot=$root/docs/performance.svg ;;
        --rust) rust=yes ;;
        -*) usage ;;
        *) [ -z "$filter" ] || usage; filter=$1 ;;
    esac
    shift
done
# shellcheck disable=SC2086 # nothing, or one package
"$root/scripts/deps.sh" ${plot:+gnuplot-nox} >&2

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

status=0
data=${json:-$builds/rows.json}
"$root/scripts/bench-table.py" "$rows" --json "$data" ${markdown:+--markdown "$markdown"} ||
    status=$?
[ -z "$plot" ] || "$root/scripts/bench-plot.py" "$data" "$plot"

if [ -n "$rust" ]; then
    cargo bench --manifest-path "$root/Cargo.toml" --bench parts --features internals
fi
exit "$status"
