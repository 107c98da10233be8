#!/bin/sh
# The hosted flavour's headers compile with their host's headers and nothing else of
# ours, alone, twice, and together in two orders, with the warnings that QEMU turns
# on; and what must not compile does not. TAP.
#
# usage: check-headers.sh HOSTED-INCLUDE-DIR
#
# The host's headers are those in `include` beside this script. CC holds a list of
# compilers ("gcc clang"); one that is not installed is skipped, and the reason
# printed.
set -u
hosted=$(cd "$1" && pwd)
host=$(cd "$(dirname "$0")/include" && pwd)
. "$(dirname "$0")/../support/tap.sh"
flags="-std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -fsyntax-only -Wall -Wextra -Werror"
flags="$flags -Wno-unused-parameter -Wundef -Wwrite-strings -Wmissing-prototypes"
flags="$flags -Wstrict-prototypes -Wredundant-decls -Wold-style-definition -Wtype-limits"
flags="$flags -Winit-self -Wempty-body -Wnested-externs -Wendif-labels -Wvla"
flags="$flags -I$hosted -I$host $(pkg-config --cflags glib-2.0)"
headers=$(cd "$hosted" && find io -name '*.h' | LC_ALL=C sort)

# unit HEADER...: a C file that includes the headers.
unit() {
    {
        echo '#include "qemu/osdep.h"'
        printf '#include "%s"\n' "$@"
        echo '#ifndef QIO_CHANNEL_HOSTED'
        echo '#error "QIO_CHANNEL_HOSTED is not defined"'
        echo '#endif'
    } >"$work/unit.c"
}

# shellcheck disable=SC2086 # the flags are words
compiles() {
    $compiler $flags "$work/unit.c" >"$work/output" 2>&1
    result $? "$compiler: $1"
}

# refuses MESSAGE NAME FLAG: the compiler says MESSAGE.
# shellcheck disable=SC2086
refuses() {
    ! $compiler $flags "$3" "$work/unit.c" >"$work/output" 2>&1 && grep -q "$1" "$work/output"
    result $? "$compiler: $2"
}

# shellcheck disable=SC2086
check_compiler() {
    for header in $headers; do
        unit "$header" "$header"
        compiles "$header"
        refuses 'there is only 0x070100' "$header refuses QEMU 2.11's API" \
            -DQIO_CHANNEL_API_VERSION=0x020b00
        refuses 'EXTENSIONS: not' "$header refuses extensions" -DQIO_CHANNEL_EXTENSIONS
        refuses 'COPY_V7: not' "$header refuses zero copy of 7.0" -DQIO_CHANNEL_ZERO_COPY_V7
    done
    unit $headers
    compiles 'all headers in order'
    unit $(echo "$headers" | LC_ALL=C sort -r)
    compiles 'all headers in reverse order'
}

for compiler in ${CC:-gcc clang}; do
    if command -v "$compiler" >/dev/null; then
        check_compiler
    else
        skip "$compiler"
    fi
done
finish
