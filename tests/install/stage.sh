# For scripts that look at what `meson install` installs, which source this file.
#
# stage BUILD-DIR PREFIX: installs below the directory $root. $libdir is where the
# library is, and pkg-config finds it.
stage() {
    root=$work/root
    check 'meson install' meson install -C "$1" --no-rebuild --destdir "$root"

    # The staged tree is not where it will be: tell pkg-config.
    pc=$(find "$root" -name qiochannel.pc)
    libdir=${pc%/pkgconfig/qiochannel.pc}
    sed -i "s|^prefix=.*|prefix=$root$2|" "$pc"
    export PKG_CONFIG_PATH="${pc%/*}${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
}
