#!/bin/sh
# Builds the library and does its main job on a real file: moves it through
# channels to a file, to a command, from a command and through pipes, and
# compares checksums. Says what it does.
set -eu
cd "$(dirname "$0")/.."

scripts/deps.sh
[ -f build/build.ninja ] ||
    meson setup build ${CARGO_TARGET_DIR:+"-Dcargo_target_dir=$CARGO_TARGET_DIR"} >/dev/null
echo 'Building the library (the first time takes a minute) …'
ninja -C build --quiet
copy=$PWD/build/examples/qio-copy
file=$PWD/build/libqiochannel.a

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
expected=$(sha256sum <"$file")

# same NAME: the copy under that name is what the file is.
same() {
    if [ "$(sha256sum <"$1")" != "$expected" ]; then
        echo "  $1 is NOT the same as the original" >&2
        exit 1
    fi
    echo '  The copy is the same as the original (SHA-256).'
}

size=$(stat --format=%s "$file")
echo "The file: $(basename "$file"), $((size / 1024 / 1024)) MiB."

echo '1. From file to file, through two file channels:'
"$copy" "$file" plain
same plain

echo "2. To the input of a command, gzip, through a command channel:"
"$copy" "$file" "exec:sh -c 'gzip -1 > packed.gz'"
echo "  gzip made $(($(stat --format=%s packed.gz) / 1024 / 1024)) MiB of it."

echo '3. And back from the output of gzip -d:'
"$copy" 'exec:gzip -dc packed.gz' unpacked
same unpacked

echo '4. Through the middle of a pipeline, non-blocking, with watches:'
# shellcheck disable=SC2002 # a pipe is what is wanted
cat "$file" | "$copy" - - | cat >piped
same piped

echo '5. With the checksum of what passed:'
reported=$("$copy" --checksum "$file" /dev/null)
[ "${reported%% *}" = "${expected%% *}" ] || { echo '  It is wrong.' >&2; exit 1; }
echo "  ${reported%% *}"

echo '6. A full disk is one clear line and exit status 1:'
if message=$("$copy" "$file" /dev/full 2>&1); then
    echo '  It went unnoticed.' >&2
    exit 1
fi
echo "  $message"
echo 'All of it worked.'
