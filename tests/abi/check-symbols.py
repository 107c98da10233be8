#!/usr/bin/env python3
"""Compares what the two libraries export and import with the lists. TAP.

usage: check-symbols.py --cc COMPILER... --library LIB --archive ARCHIVE --version VERSION
                        --system SONAME... --list LIST...
                        --io ALL-IO --io-exported LIST
                        [--include DIR] [--may-import LIST...] [--must-not-import LIST...]
                        [--host ARCHIVE]

The system's libraries may provide any name, the host only those of --may-import.
--host is the archive that plays the host in tests: it must not be a library of
channels itself.
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


def provided(compiler, sonames):
    """The names that the libraries define. One that the compiler does not find is
    not there; a library that needs it fails elsewhere."""
    found = set()
    for soname in sonames:
        path = pathlib.Path(output(*compiler, f"-print-file-name={soname}").strip())
        if path.is_absolute():
            lines = output("nm", "-D", "--defined-only", path).splitlines()
            found |= {line.split()[-1].partition("@")[0] for line in lines}
    return found


def undefined(*command):
    """The names that must be found elsewhere; a weak one may stay absent."""
    entries = [line.split()[-2:] for line in output(*command).splitlines()]
    names_of = {e[1].partition("@")[0] for e in entries if len(e) == 2 and e[0] == "U"}
    # The linker makes this one.
    return names_of - {"_GLOBAL_OFFSET_TABLE_"}


def defined(archive):
    """The global names that the archive defines."""
    lines = output("nm", "--extern-only", "--defined-only", archive).splitlines()
    return {fields[2] for line in lines if len(fields := line.split()) == 3}


def needed(dynamic):
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))


def declared(archive, include_dir):
    """The C names that the archive defines, for itself or for others, and a header
    mentions."""
    lines = output("nm", "--defined-only", archive).splitlines()
    own = {fields[2] for line in lines if len(fields := line.split()) == 3}
    headers = "".join(path.read_text() for path in include_dir.rglob("*.h"))
    return own & set(re.findall(r"\w+", headers))


def check_lists(args, tap):
    listed, wanted = names(args.io_exported), names(args.io)
    tap.no_surplus(listed ^ wanted, "the list of io/ is the 82 names")


def check_exports(args, tap):
    listed, found = union(args.list), exported(args.library, args.version, tap)
    tap.no_surplus(listed - found, "every listed name is exported")
    tap.no_surplus(found - listed, "every exported name is listed")
    static = defined(args.archive)
    tap.no_surplus(listed - static, "the archive defines every listed name")
    tap.no_surplus(static - listed, "the archive defines no other name for others")
    if args.include:
        tap.no_surplus(declared(args.archive, args.include) - listed,
                       "what a header declares and the archive defines is listed")


def check_imports(args, tap):
    allowed = provided(args.cc, args.system) | union(args.may_import)
    imports = undefined("nm", "-D", "--undefined-only", args.library)
    tap.no_surplus(imports - allowed,
                   "the shared library imports nothing that the host does not promise")
    tap.no_surplus(undefined("nm", "--undefined-only", args.archive) - allowed,
                   "the archive imports nothing that the host does not promise")
    if args.must_not_import:
        tap.no_surplus(imports & union(args.must_not_import), "nothing forbidden is imported")
    if args.host:
        tap.no_surplus(defined(args.host) & (names(args.io) | names(args.io_exported)),
                       "the test host has no channels")
        tap.no_surplus(defined(args.archive) & union(args.may_import),
                       "the library has nothing of its host's")


def check_dynamic(args, tap):
    dynamic = output("readelf", "--wide", "--dynamic", args.library)
    tap.no_surplus(needed(dynamic) - set(args.system), "only the system's libraries are needed")
    tap.check("Library soname: [libqiochannel.so.0]" in dynamic, "the soname is libqiochannel.so.0")
    tap.check("NODELETE" in dynamic, "the library is never unloaded")
    tap.check("SYMBOLIC" not in dynamic, "data is not bound to the library")


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("--library", "--archive", "--version"):
        parser.add_argument(name, required=True)
    for name in ("--cc", "--system"):
        parser.add_argument(name, nargs="+", required=True)
    for name in ("--io", "--io-exported"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--list", nargs="+", type=pathlib.Path, required=True)
    parser.add_argument("--include", type=pathlib.Path)
    parser.add_argument("--host")
    for name in ("--may-import", "--must-not-import"):
        parser.add_argument(name, nargs="*", type=pathlib.Path, default=[])
    return parser.parse_args()


def main():
    args, tap = arguments(), Tap()
    check_lists(args, tap)
    check_exports(args, tap)
    check_imports(args, tap)
    check_dynamic(args, tap)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
