#!/bin/sh
# Installs the hosted flavour into an empty directory and links a program with what is
# there and a host's archive, as QEMU is linked. TAP.
#
# usage: check-hosted.sh SOURCE-DIR BUILD-DIR PREFIX HOST-ARCHIVE
set -eu

source=$1 build=$2 prefix=$3 host=$4
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/stage.sh"

stage "$build" "$prefix"

# The host has all other headers, and may have its own of the same names.
only_io_headers() {
    for file in "$libdir/libqiochannel.so.0" "$libdir/libqiochannel.so" "$libdir/libqiochannel.a"; do
        test -e "$file" || { echo "$file is not there"; return 1; }
    done
    installed=$(cd "$root$prefix/include/qiochannel" && find . -type f | LC_ALL=C sort)
    expected=$(cd "$source/include" && find ./io -name '*.h' | LC_ALL=C sort)
    test "$installed" = "$expected" || { echo "$installed"; return 1; }
}
check 'of the headers, those of io and no others are there' only_io_headers

# The host's headers are found behind the library's.
# shellcheck disable=SC2046 # the flags are words
${CC:-cc} -Wall -Wextra -Werror -c $(pkg-config --cflags qiochannel) "-I$source/include" \
    -o "$work/client.o" "$source/tests/programs/client.c"

# shellcheck disable=SC2046
shared() {
    ${CC:-cc} -o "$work/shared" "$work/client.o" $(pkg-config --libs-only-L qiochannel) \
        -lqiochannel "$host" $(pkg-config --libs glib-2.0 gnutls) -lm &&
        LD_LIBRARY_PATH=$libdir "$work/shared" &&
        readelf --dynamic "$work/shared" | grep 'NEEDED.*libqiochannel.so.0'
}
check 'the shared library stands before the archives of the host' shared

# shellcheck disable=SC2046
static() {
    ${CC:-cc} -o "$work/static" "$work/client.o" "$libdir/libqiochannel.a" \
        "$host" $(pkg-config --libs glib-2.0 gnutls) -lm &&
        "$work/static" && ! readelf --dynamic "$work/static" | grep libqiochannel
}
check 'so does the static library' static

finish
