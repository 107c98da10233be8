#!/usr/bin/env python3
"""Builds a Rust static library for meson.

Runs cargo, puts the archive where meson wants it and writes a depfile, so that
ninja starts cargo only when a file the archive is made from has changed.

With --list, the archive becomes one object in which only the listed names are
global. Rust's standard library, which is in the archive, then meets no other copy
of itself in a program that links two Rust archives; and whoever needs any function
of the object gets the constructor in it as well. The environment's ARCHIVE_LDFLAGS
go to the linker that joins it.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cargo", required=True)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    parser.add_argument("--target-dir", required=True, type=pathlib.Path)
    parser.add_argument("--profile", required=True, choices=["dev", "release"])
    parser.add_argument("--package", default="qiochannel")
    parser.add_argument("--no-default-features", action="store_true")
    parser.add_argument("--features", action="append", default=[])
    parser.add_argument("--list", nargs="+", type=pathlib.Path, default=[])
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
    if args.no_default_features:
        command.append("--no-default-features")
    command += [f"--features={feature}" for feature in args.features]
    return subprocess.run(command, check=False).returncode


def names(path):
    lines = path.read_text().splitlines()
    return [name for line in lines if (name := line.partition("#")[0].strip())]


def run(*command):
    subprocess.run(command, check=True)


def write_object(archive, args):
    """The archive as one object whose global names are those of the lists."""
    with tempfile.TemporaryDirectory(dir=args.output.parent) as directory:
        work = pathlib.Path(directory)
        keep, whole = work / "names", work / "qiochannel.o"
        listed = sorted({name for path in args.list for name in names(path)})
        keep.write_text("".join(f"{name}\n" for name in listed))
        # A section group would be dropped in favour of another object's group of the
        # same name, and the names in it are no longer global.
        run("ld", "-r", "--force-group-allocation", "-o", whole, "--whole-archive", archive,
            *shlex.split(os.environ.get("ARCHIVE_LDFLAGS", "")))
        # The standard library carries bitcode, which no longer is any when joined.
        run("objcopy", f"--keep-global-symbols={keep}",
            "--remove-section=.llvmbc", "--remove-section=.llvmcmd", whole)
        args.output.unlink(missing_ok=True)
        run("ar", "rcs", args.output, whole)


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
    # A target that was named has a directory of its own.
    target = os.environ.get("CARGO_BUILD_TARGET", "")
    built = args.target_dir / target / ("debug" if args.profile == "dev" else "release")
    stem = f"lib{args.package.replace('-', '_')}"
    if args.list:
        write_object(built / f"{stem}.a", args)
    else:
        shutil.copyfile(built / f"{stem}.a", args.output)
        os.utime(args.output)
    write_depfile(args, built / f"{stem}.d")
    return 0


if __name__ == "__main__":
    sys.exit(main())
