#!/bin/sh
# Every fault in every scenario, in qio-copy, and in the C tests that know nothing of
# faults. `meson test --suite faults` does the first with fewer calls. Takes a quarter of
# an hour.
#
# usage: faults.sh [BUILD-DIRECTORY]
set -u
cd "$(dirname "$0")/.."
build=${1:-build}
faults=$build/tests/faults/libfaults.so
result=0

for scenarios in runtime sockets streams; do
    "$build/tests/faults/faults-$scenarios" || result=1
done
python3 tests/faults/run.py imports "$build/libqiochannel.so" "$faults" || result=1
python3 tests/faults/run.py copy "$faults" "$build/examples/qio-copy" || result=1
# Directories of object files have names that end in .p.
find "$build/tests/c" -maxdepth 1 -name 'test-*' -type f -perm -u+x | sort |
    xargs python3 tests/faults/run.py tests "$faults" || result=1
exit $result
