#!/bin/sh
# Installs into an empty directory and uses what is there, as a stranger would:
# with pkg-config, shared and static, and as a meson subproject. Then takes it away
# again. TAP.
#
# usage: check-install.sh SOURCE-DIR BUILD-DIR PREFIX CARGO-TARGET-DIR CARGO-PROFILE
set -eu

source=$1 build=$2 prefix=$3 cargo_target_dir=$4 cargo_profile=$5
client=$source/tests/programs/client.c
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/stage.sh"

stage "$build" "$prefix"

installed() {
    for file in "$libdir/libqiochannel.so.0" "$libdir/libqiochannel.so" "$libdir/libqiochannel.a" \
        "$root$prefix/bin/qio-copy" "$root$prefix/share/man/man1/qio-copy.1" \
        "$root$prefix/bin/qio-bridge" "$root$prefix/share/man/man1/qio-bridge.1" \
        "$root$prefix/include/qiochannel/io/channel.h"; do
        test -e "$file" || { echo "$file is not there"; return 1; }
    done
    # Nothing but headers among the headers.
    stray=$(find "$root$prefix/include" -type f ! -name '*.h')
    test -z "$stray" || { echo "stray: $stray"; return 1; }
}
check 'the library, the headers and the programs are there' installed

# shellcheck disable=SC2046 # the flags are words
shared() {
    ${CC:-cc} -Wall -Wextra -Werror $(pkg-config --cflags qiochannel) -o "$work/shared" "$client" \
        $(pkg-config --libs qiochannel) && LD_LIBRARY_PATH=$libdir "$work/shared"
}
check 'a program builds with the flags of pkg-config alone' shared

first_page() {
    "$source/scripts/docs-examples.py" --cc "${CC:-cc}" --pkg-config qiochannel \
        --library-path "$libdir" "$source/README.md"
}
check 'so do the examples of the README' first_page

# shellcheck disable=SC2046
static() {
    mkdir "$work/static-lib" && cp "$libdir/libqiochannel.a" "$work/static-lib" &&
        ${CC:-cc} $(pkg-config --cflags qiochannel) -o "$work/static" "$client" \
            -L"$work/static-lib" $(pkg-config --static --libs qiochannel |
                sed "s|-L$libdir||") &&
        "$work/static" && ! ldd "$work/static" | grep libqiochannel
}
check 'the static library links with the flags of pkg-config --static' static

subproject() {
    mkdir -p "$work/super/subprojects" &&
        ln -s "$source" "$work/super/subprojects/libqiochannel" &&
        cat >"$work/super/meson.build" <<'EOF' &&
project('super', 'c', default_options: ['c_std=gnu11'])
qiochannel = dependency('qiochannel', fallback: 'libqiochannel')
test('client', executable('client', 'client.c', dependencies: qiochannel))
EOF
        cp "$client" "$work/super/client.c" &&
        env -u PKG_CONFIG_PATH meson setup "$work/super-build" "$work/super" \
            --force-fallback-for=libqiochannel \
            -Dlibqiochannel:tests=false -Dlibqiochannel:cargo_profile="$cargo_profile" \
            -Dlibqiochannel:cargo_target_dir="$cargo_target_dir" &&
        env -u PKG_CONFIG_PATH meson test -C "$work/super-build" client
}
check 'it works as a meson subproject' subproject

uninstall() {
    ninja -C "$build" uninstall &&
        { left=$(find "$root" ! -type d); test -z "$left" || { echo "left: $left"; return 1; }; }
}
# pkg-config was told where the tree is; it is a file of ours all the same.
check 'what is taken away leaves nothing behind' uninstall

finish
