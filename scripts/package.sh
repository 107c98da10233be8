#!/bin/sh
# package.sh [DIRECTORY]: builds the Debian packages from a copy of what is committed or
# changed here, judges them with lintian, and compiles and runs the examples of the README
# with what is in them. Leaves them in the directory (default: build-package).
set -eu
cd "$(dirname "$0")/.."
source=$PWD

scripts/deps.sh build-essential debhelper fakeroot git lintian
output=${1:-build-package}
mkdir -p "$output"
output=$(cd "$output" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same version everywhere.
version=$(dpkg-parsechangelog --show-field Version)
for line in "Cargo.toml:version = \"$version\"" "meson.build:version: '$version'" \
    "CHANGELOG.md:## [$version]"; do
    grep --quiet --fixed-strings "${line#*:}" "${line%%:*}" ||
        { echo "package: ${line%%:*} is not of version $version" >&2; exit 1; }
done

mkdir "$work/source"
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$work/source"
(cd "$work/source" && DEB_BUILD_OPTIONS="nocheck ${DEB_BUILD_OPTIONS:-}" dpkg-buildpackage -us -uc -b)
lintian --fail-on error --profile debian "$work"/*.changes

root=$work/root
for package in "$work"/*.deb; do
    case $package in
        *-dbgsym_*) ;;
        *) dpkg-deb --extract "$package" "$root" ;;
    esac
done
libdir=$(dirname "$(find "$root" -name 'libqiochannel.so.0')")
sed -i "s|^prefix=.*|prefix=$root/usr|" "$libdir/pkgconfig/qiochannel.pc"
PKG_CONFIG_PATH=$libdir/pkgconfig "$source/scripts/docs-examples.py" --pkg-config qiochannel \
    --library-path "$libdir" README.md
LD_LIBRARY_PATH=$libdir "$root/usr/bin/qio-copy" --version

rm -f "$output"/*.deb "$output"/*.buildinfo "$output"/*.changes
mv "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes "$output"
echo "The packages are in $output:"
for package in "$output"/*.deb; do
    basename "$package"
done
