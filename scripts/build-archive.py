#!/usr/bin/env python3
"""Builds a Rust static library for meson.

Runs cargo, puts the archive where meson wants it and writes a depfile, so that
ninja starts cargo only when a file the archive is made from has changed.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cargo", required=True)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    parser.add_argument("--target-dir", required=True, type=pathlib.Path)
    parser.add_argument("--profile", required=True, choices=["dev", "release"])
    parser.add_argument("--package", default="qiochannel")
    parser.add_argument("--host", required=True, choices=["standalone", "qemu"])
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--depfile", required=True, type=pathlib.Path)
    return parser.parse_args()


def run_cargo(args):
    # The compiler that meson uses is for C only: build.rs compiles one C file
    # and finds CC by itself.
    command = [
        args.cargo, "rustc", "--quiet", "--locked", "--lib", "--crate-type", "staticlib",
        "--package", args.package, "--profile", args.profile,
        "--manifest-path", args.source / "Cargo.toml", "--target-dir", args.target_dir,
    ]
    if args.host == "qemu":
        command.append("--no-default-features")
    return subprocess.run(command, check=False).returncode


def write_depfile(args, cargo_depfile):
    """What cargo saw, and the files that decide what cargo does."""
    _, _, seen = cargo_depfile.read_text().partition(": ")
    manifests = [args.source / name for name in ("Cargo.toml", "Cargo.lock")]
    # cargo has already escaped the spaces in the paths that it names.
    others = [str(path).replace(" ", "\\ ") for path in manifests]
    args.depfile.write_text(f"{args.output}: {seen.strip()} {' '.join(others)}\n")


def main():
    args = arguments()
    # cargo resolves a relative directory against the manifest's.
    args.target_dir = args.target_dir.absolute()
    status = run_cargo(args)
    if status != 0:
        return status
    built = args.target_dir / ("debug" if args.profile == "dev" else "release")
    name = "lib" + args.package.replace("-", "_")
    shutil.copyfile(built / f"{name}.a", args.output)
    os.utime(args.output)
    write_depfile(args, built / f"{name}.d")
    return 0


if __name__ == "__main__":
    sys.exit(main())
