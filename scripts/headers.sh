#!/bin/sh
# Writes the public C headers under include/ from the Rust source.
# With --check: fails if one of them is not up to date.
set -eu
cd "$(dirname "$0")/.."
exec cargo run --quiet --package headers -- "$@"
