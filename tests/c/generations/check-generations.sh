#!/bin/sh
# The headers compile in each generation, as C and as C++; files of one
# generation do not compile as files of another one, and compilers say why. TAP.
#
# usage: check-generations.sh INCLUDE-DIR
#
# CC and CXX hold lists of compilers ("gcc clang"); one that is not installed is
# skipped, and the reason printed.
set -u
include=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../support/tap.sh"
flags="-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -fsyntax-only -Wall -Wextra -Werror"
flags="$flags -Wno-unused-parameter -Wno-missing-field-initializers"
flags="$flags -I$include -I$here/.. $(pkg-config --cflags glib-2.0)"
versions='0x020b00 0x020c00 0x030100 0x040000 0x040100 0x040200 0x050100 0x050200'
versions="$versions 0x060000 0x070000 0x070100 0x070200 0x0702ff"
alone='0x020b00 0x040200 0x070000'

# run ARGUMENT... : the compiler, which is one or more words.
# shellcheck disable=SC2086
run() {
    $compiler $flags "$@" >"$work/output" 2>&1
}

# refuses NAME MESSAGE ARGUMENT... : the compiler fails and says MESSAGE.
refuses() {
    name=$1
    message=$2
    shift 2
    ! run "$@" && grep -Eq "$message" "$work/output"
    result $? "$compiler: $name"
}

# check_headers FILE: all io headers together in each generation; alone in some, since
# that takes long.
check_headers() {
    for version in $versions; do
        for header in "$include"/io/*.h; do
            echo "#include \"io/${header##*/}\""
        done >"$1"
        run -DQIO_CHANNEL_API_VERSION="$version" "$1"
        result $? "$compiler: headers together, as of $version"
    done
    for version in $alone; do
        status=0
        for header in "$include"/io/*.h; do
            echo "#include \"io/${header##*/}\"" >"$1"
            run -DQIO_CHANNEL_API_VERSION="$version" "$1" || { status=1; break; }
        done
        result $status "$compiler: headers alone, as of $version"
    done
    printf '#include "io/%s.h"\n' channel-null channel-file >"$1"
    run "$1"
    result $? "$compiler: channel-null.h before channel-file.h"
    printf '#include "io/%s.h"\n' channel-file channel-null >"$1"
    run "$1"
    result $? "$compiler: channel-file.h before channel-null.h"
    run -DQIO_CHANNEL_EXTENSIONS -DQIO_CHANNEL_API_VERSION=0x020b00 "$1"
    result $? "$compiler: extensions in a file of 2.11"
}

# check_values FILE: what the macros must not be.
check_values() {
    echo '#include "io/channel.h"' >"$1"
    for version in 0x020a00 0x070300 0 11; do
        refuses "there is no generation $version" \
            'QIO_CHANNEL_API_VERSION: 0x020b00 .* to 0x0702ff' \
            -DQIO_CHANNEL_API_VERSION=$version "$1"
    done
    refuses 'the proposal needs 6.0' 'ZERO_COPY_V7: needs' \
        -DQIO_CHANNEL_API_VERSION=0x050200 -DQIO_CHANNEL_ZERO_COPY_V7 "$1"
    refuses 'no extensions where there are none' 'EXTENSIONS: not in this build' \
        -DQIO_CHANNEL_EXTENSIONS -DQIO_CHANNEL_NO_EXTENSIONS "$1"
    refuses 'inside QEMU there is no 2.11' 'inside QEMU there is only' \
        -DQIO_CHANNEL_HOSTED -DQIO_CHANNEL_API_VERSION=0x020b00 "$1"
    refuses 'inside QEMU there is no proposal' 'COPY_V7: not inside QEMU' \
        -DQIO_CHANNEL_HOSTED -DQIO_CHANNEL_ZERO_COPY_V7 "$1"
    refuses 'inside QEMU there are no extensions' 'EXTENSIONS: not inside QEMU' \
        -DQIO_CHANNEL_HOSTED -DQIO_CHANNEL_EXTENSIONS "$1"
    {
        echo '#include "io/channel.h"'
        echo '#undef QIO_CHANNEL_API_VERSION'
        echo '#define QIO_CHANNEL_API_VERSION 0x020b00'
        echo '#include "io/channel.h"'
    } >"$1"
    refuses 'one generation for each file' 'define it before the first header' "$1"
    {
        echo '#include "io/channel.h"'
        echo '#define QIO_CHANNEL_ZERO_COPY_V7'
        echo '#include "io/task.h"'
    } >"$1"
    refuses 'one proposal for each file' 'define it before the first header' "$1"
}

# file NAME VERSION MESSAGE: what compilers say about a file in the wrong generation.
file() {
    refuses "generation-$1.c is not of $2" "$3" \
        -DQIO_CHANNEL_API_VERSION="$2" "$here/generation-$1.c"
}

check_files() {
    few='too few arguments to function'
    many='too many arguments to function'
    file 2.11 0x070100 "$few.*(call|qio_channel|,)"
    file 2.11 0x070100 'incompatible .*pointer type'
    file 2.11 0x020c00 "$few.*(call|qio_channel_socket_connect_async|,)"
    file 2.12 0x020b00 'qio_net_listener_new'
    file 2.12 0x040200 "$few"
    file 6.0 0x070100 'incompatible .*pointer type'
    file 6.0 0x050200 'qio_channel_writev_full_all'
    file v7 0x060200 'qio_channel_writev_full_flags'
    file v7 0x070100 'qio_channel_writev_full_flags'
    # A file of today.
    refuses 'a file of today is not of 6.0' "$many|incompatible .*pointer type|undeclared|undefined" \
        -DQIO_CHANNEL_API_VERSION=0x060000 "$here/test-generations.c"
    refuses 'extensions must be asked for' 'qio_channel_preadv' "$here/test-extensions.c"
}

for compiler in ${CC:-gcc clang}; do
    if command -v "$compiler" >/dev/null; then
        check_headers "$work/unit.c"
        check_values "$work/unit.c"
        check_files
    else
        skip "$compiler"
    fi
done
for compiler in ${CXX:-g++ clang++}; do
    if command -v "$compiler" >/dev/null; then
        check_headers "$work/unit.cc"
        check_values "$work/unit.cc"
    else
        skip "$compiler"
    fi
done
finish
