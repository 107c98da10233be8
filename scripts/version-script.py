#!/usr/bin/env python3
"""Writes the linker's version script from lists of symbols.

usage: version-script.py OUTPUT VERSION LIST...

A list holds one name a line; `#` starts a comment.
"""

import pathlib
import sys


def names(path):
    for line in pathlib.Path(path).read_text().splitlines():
        name = line.partition("#")[0].strip()
        if name:
            yield name


def main():
    output, version, *lists = sys.argv[1:]
    exported = sorted(name for path in lists for name in names(path))
    lines = [f"        {name};" for name in exported]
    body = "\n".join(["    global:", *lines] if lines else [])
    pathlib.Path(output).write_text(f"{version} {{\n{body}\n    local:\n        *;\n}};\n")


if __name__ == "__main__":
    main()
