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
# Those that move bytes. The programs with a malloc() of their own would lose it.
find "$build/tests/c" -maxdepth 1 -type f -perm -u+x \
    \( -name 'test-channel-*' -o -name 'test-tls-*' -o -name 'test-io-task' \
    -o -name 'test-net-listener' -o -name 'test-dns-resolver' -o -name 'test-sockets' \) |
    grep -v allocations | sort | xargs python3 tests/faults/run.py tests "$faults" || result=1
exit $result
