#!/bin/sh
# Installs the Debian packages that building and testing need (Debian 12 and 13), and
# those that are named. Does nothing, quickly, when they are all there. Rust itself comes
# from rustup or a newer Debian: see rust-version in Cargo.toml.
set -eu

packages="
    meson ninja-build pkg-config gcc g++ clang binutils doxygen
    libc6-dev libc6-dbg libglib2.0-dev libgnutls28-dev
    valgrind strace socat python3 python3-websockets chromium
    gnutls-bin openssl libpam0g-dev qemu-utils mandoc
    ca-certificates coreutils file findutils grep gzip procps sed
"

missing=
for package in $packages "$@"; do
    case $(dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null) in
        *' ok installed') ;;
        *) missing="$missing $package" ;;
    esac
done

if [ -n "$missing" ]; then
    echo "deps: installing$missing"
    sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    $sudo apt-get update -qq
    # shellcheck disable=SC2086 # one word for each package
    $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --yes --no-install-recommends $missing >/dev/null
fi

for tool in cargo rustfmt cargo-clippy; do
    if ! command -v "$tool" >/dev/null; then
        echo "deps: $tool is missing: install Rust (for example with rustup), including rustfmt and clippy" >&2
        exit 1
    fi
done
