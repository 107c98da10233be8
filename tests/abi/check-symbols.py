#!/usr/bin/env python3
"""Compares what the shared library exports and imports with the lists. TAP.

usage: check-symbols.py --library LIB --archive ARCHIVE --include DIR --version VERSION
                        --list LIST... --io ALL-IO --io-exported LIST --io-missing LIST
                        [--may-import LIST...]
"""

import argparse
import pathlib
import re
import subprocess
import sys


def names(path):
    lines = path.read_text().splitlines()
    return {name for line in lines if (name := line.partition("#")[0].strip())}


def union(paths):
    return set().union(*map(names, paths))


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Tap:
    """Counts and prints the results."""

    def __init__(self):
        self.count = 0
        self.failed = False

    def check(self, good, what, details=()):
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {what}")
        if not good:
            self.failed = True
            for line in details:
                print(f"#   {line}")

    def no_surplus(self, surplus, what):
        self.check(not surplus, what, sorted(surplus))

    def finish(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


def exported(library, version, tap):
    """The names the library defines for others; their version is checked."""
    found, odd = set(), set()
    for line in output("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines():
        kind, name = line.split()[-2:]
        base, _, found_version = name.partition("@@")
        if kind == "A" and base == version:
            continue
        found.add(base)
        if found_version != version:
            odd.add(name)
    tap.no_surplus(odd, f"every exported name has the version {version}")
    return found


def imported(library):
    """Undefined names that neither libc, libgcc nor GLib provides.

    libc's and libgcc's names carry a version; a weak name may stay absent.
    """
    lines = output("nm", "-D", "--undefined-only", "--with-symbol-versions", library).splitlines()
    entries = [line.split()[-2:] for line in lines]
    return {name for kind, name in entries if kind == "U" and not re.search(r"@|^g_", name)}


def declared(archive, include_dir):
    """The C names that the archive defines and a header mentions."""
    headers = "".join(path.read_text() for path in include_dir.rglob("*.h"))
    words = set(re.findall(r"\w+", headers))
    lines = output("nm", "--extern-only", "--defined-only", archive).splitlines()
    entries = [line.split() for line in lines if len(line.split()) == 3]
    return {name for _, kind, name in entries if kind in "TDBR" and name in words}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--archive", required=True)
    parser.add_argument("--include", type=pathlib.Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--list", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--io", type=pathlib.Path, required=True)
    parser.add_argument("--io-exported", type=pathlib.Path, required=True)
    parser.add_argument("--io-missing", type=pathlib.Path, required=True)
    parser.add_argument("--may-import", nargs="*", type=pathlib.Path, default=[])
    args = parser.parse_args()

    tap = Tap()
    listed, found = union(args.list), exported(args.library, args.version, tap)
    tap.no_surplus(listed - found, "every listed name is exported")
    tap.no_surplus(found - listed, "every exported name is listed")

    if args.include:
        tap.no_surplus(declared(args.archive, args.include) - listed,
                       "what a header declares and the archive defines is listed")

    have, missing = names(args.io_exported), names(args.io_missing)
    tap.no_surplus(have & missing, "no name is both exported and missing")
    tap.no_surplus((have | missing) ^ names(args.io), "the lists of io/ are the 82 names")
    print(f"# {len(have)} of the {len(have | missing)} functions of io/ exist; "
          f"{len(missing)} are in {args.io_missing.name}")

    tap.no_surplus(imported(args.library) - union(args.may_import),
                   "nothing is imported that the host does not promise")

    dynamic = output("readelf", "--wide", "--dynamic", args.library)
    tap.check("Library soname: [libqiochannel.so.0]" in dynamic, "the soname is libqiochannel.so.0")
    tap.check("NODELETE" in dynamic, "the library is never unloaded")
    tap.check("SYMBOLIC" not in dynamic, "data is not bound to the library")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
