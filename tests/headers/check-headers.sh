#!/bin/sh
# Every public header compiles alone, twice, and together with all others in two
# orders, as C and as C++, without a warning; and what must not compile does not.
# TAP output.
#
# CC and CXX hold lists of compilers ("gcc clang"); one that is not installed is
# skipped, and the reason printed.
set -u
include=$(cd "${1:-$(dirname "$0")/../../include}" && pwd)
. "$(dirname "$0")/../support/tap.sh"
flags="-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Werror -fsyntax-only"
flags="$flags -I$include $(pkg-config --cflags glib-2.0)"
headers=$(cd "$include" && find . -name '*.h' | sed 's|^\./||' | LC_ALL=C sort)

# include_lines HEADER... : one include line for each.
include_lines() {
    for header in "$@"; do
        echo "#include \"$header\""
    done
}

# check_compiler LABEL COMMAND... : all headers with one compiler.
check_compiler() {
    label=$1
    shift
    for header in $headers; do
        include_lines "$header" "$header" > "$work/test"
        check "$label: $header" "$@" "$work/test"
    done
    # shellcheck disable=SC2086
    include_lines $headers > "$work/test"
    check "$label: all headers in order" "$@" "$work/test"
    LC_ALL=C sort -r "$work/test" > "$work/reversed"
    mv "$work/reversed" "$work/test"
    check "$label: all headers in reverse order" "$@" "$work/test"
}

# refuses NAME MESSAGE COMMAND... : the compiler does not accept $work/test, and
# says MESSAGE.
refuses() {
    name=$1
    message=$2
    shift 2
    ! "$@" "$work/test" > "$work/output" 2>&1 && grep -q "$message" "$work/output"
    result $? "$name"
}

# check_refusals LABEL COMMAND... : what must not compile with one compiler.
check_refusals() {
    label=$1
    shift
    include_lines qemu/osdep.h > "$work/test"
    for macro in NDEBUG G_DISABLE_ASSERT; do
        refuses "$label: qemu/osdep.h refuses $macro" \
            'assertions must be enabled' "$@" "-D$macro"
    done
    echo 'size_t size(char *p) { return ARRAY_SIZE(p); }' >> "$work/test"
    refuses "$label: a pointer has no ARRAY_SIZE" '' "$@"
    include_lines qapi/error.h > "$work/test"
    echo 'void f(Error **errp) { error_setg(errp, "%s", 1); }' >> "$work/test"
    refuses "$label: formats are checked" 'format' "$@"
}

for compiler in ${CC:-gcc clang}; do
    if ! command -v "$compiler" > /dev/null; then
        skip "$compiler"
        continue
    fi
    # shellcheck disable=SC2086
    check_compiler "$compiler" "$compiler" -std=gnu11 $flags -x c
    # shellcheck disable=SC2086
    check_refusals "$compiler" "$compiler" -std=gnu11 $flags -x c
done
for compiler in ${CXX:-g++ clang++}; do
    if ! command -v "$compiler" > /dev/null; then
        skip "$compiler"
        continue
    fi
    # shellcheck disable=SC2086
    check_compiler "$compiler" "$compiler" -std=gnu++17 $flags -x c++
    # shellcheck disable=SC2086
    check_refusals "$compiler" "$compiler" -std=gnu++17 $flags -x c++
done
finish
