#!/bin/sh
# Builds the library and does its main job on a real file: moves it through
# channels to a file, to a command, from a command, through pipes and through
# encrypted connections, and compares checksums. Says what it does.
set -eu
cd "$(dirname "$0")/.."

scripts/deps.sh
[ -f build/build.ninja ] ||
    meson setup build ${CARGO_TARGET_DIR:+"-Dcargo_target_dir=$CARGO_TARGET_DIR"} >/dev/null
echo 'Building the library (the first time takes a minute) …'
ninja -C build --quiet
copy=$PWD/build/examples/qio-copy
bridge=$PWD/build/examples/qio-bridge
file=$PWD/build/libqiochannel.a

work=$(mktemp -d)
bridges=
clean_up() {
    # shellcheck disable=SC2086 # one word for each process
    [ -z "$bridges" ] || kill $bridges
    wait
    rm -rf "$work"
}
trap clean_up EXIT
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

# wait_for COMMAND…: until it succeeds, for ten seconds.
wait_for() {
    for _ in $(seq 100); do
        if "$@"; then
            return
        fi
        sleep 0.1
    done
    echo '  That takes too long.' >&2
    exit 1
}

# start_bridge NAME ARGUMENTS…: starts a bridge; $port is where it listens, if that is TCP.
start_bridge() {
    log=$1.log
    shift
    "$bridge" "$@" 2>"$log" &
    bridges="$bridges $!"
    wait_for grep --quiet --no-messages 'listening on' "$log"
    port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$log")
}

# An authority, and a certificate of this host.
make_certificates() {
    mkdir pki
    printf '%s\n' 'cn = demo' ca cert_signing_key >ca.cfg
    printf '%s\n' 'cn = localhost' 'dns_name = localhost' tls_www_server signing_key >server.cfg
    for name in ca server; do
        certtool --generate-privkey --key-type=ecdsa --outfile "pki/$name-key.pem"
    done
    certtool --generate-self-signed --load-privkey pki/ca-key.pem --template ca.cfg \
        --outfile pki/ca-cert.pem
    certtool --generate-certificate --load-privkey pki/server-key.pem --template server.cfg \
        --load-ca-privkey pki/ca-key.pem --load-ca-certificate pki/ca-cert.pem \
        --outfile pki/server-cert.pem
}

make_certificates 2>/dev/null
start_bridge unix --listen unix:cat.socket --target \
    'exec:if [ -e arrived ]; then cat arrived; else cat >arriving && mv arriving arrived; fi'
start_bridge tls --listen tls:127.0.0.1:0 --tls-creds pki --target unix:cat.socket
start_bridge wss --listen wss:127.0.0.1:0 --tls-creds pki \
    --target "tls:localhost:$port" --target-tls-creds pki

echo '7. Through WebSocket over TLS, then TLS, then a Unix socket, with three qio-bridges, to cat:'
"$copy" --tls-creds tls0,dir=pki "$file" "wss:tcp:localhost:$port"
wait_for test -e arrived
sed -n 's/^.*to-target=\([0-9]*\).*duration=\([^ ]*\).*/  \1 bytes passed in \2./p' wss.log

echo '8. And from cat back the same way:'
"$copy" --tls-creds tls0,dir=pki "wss:tcp:localhost:$port" returned
same returned
echo "  $(sha256sum returned | cut -d ' ' -f 1)"
echo 'All of it worked.'
