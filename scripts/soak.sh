#!/bin/sh
# soak.sh [MINUTES]: 2,000 connections over TCP, TLS and WebSocket open, transfer,
# break and close at random for so long (default: 10). Prints what came of them, and
# what the process held before and after; fails if a byte, a descriptor or memory is lost.
set -eu
cd "$(dirname "$0")/.."

scripts/deps.sh
build=${QIO_SOAK_BUILD:-build-soak}
[ -f "$build/build.ninja" ] ||
    meson setup "$build" -Dbuildtype=release ${CARGO_TARGET_DIR:+"-Dcargo_target_dir=$CARGO_TARGET_DIR"}
ninja -C "$build" tests/soak/soak
exec "$build/tests/soak/soak" --minutes="${1:-10}"
