#!/bin/sh
# Checks what the library and its tools depend on against deny.toml: with a script of
# ours that needs nothing but cargo, and with cargo-deny if it is installed. Known
# vulnerabilities are looked up if there is a copy of their database.
set -eu
cd "$(dirname "$0")/.."

scripts/check-dependencies.py
if cargo deny --version >/dev/null 2>&1; then
    cargo deny --offline --locked --workspace check bans licenses sources
    if [ -d "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs" ]; then
        cargo deny --offline --locked --workspace check advisories
    else
        echo 'audit: there is no database of vulnerabilities, so none were looked up'
    fi
else
    echo 'audit: cargo-deny is not installed, so vulnerabilities were not looked up'
fi
