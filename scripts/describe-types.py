#!/usr/bin/env python3
"""Adds the types of newly exported names to tests/abi/types-{runtime,backports}.txt.

Types that are described already stay as they are: a type that changes is a change
of the ABI, and a line to be edited by hand. Needs gcc.
"""

import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
# The lists of names, and the descriptions of the same name.
LISTS = ["runtime", "backports"]
# Stands for the type of a name that is in no header.
UNDECLARED = "undeclared"


def lines(path):
    stripped = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in stripped if line]


def functions(directory):
    """Name and type of every function that gcc sees in the headers."""
    headers = sorted(str(path.relative_to(INCLUDE)) for path in INCLUDE.rglob("*.h"))
    unit, found = directory / "all.c", directory / "found"
    includes = ["qemu/osdep.h", *headers]
    unit.write_text("".join(f'#include "{header}"\n' for header in includes))
    flags = subprocess.run(["pkg-config", "--cflags", "glib-2.0"], check=True,
                           capture_output=True, text=True).stdout.split()
    defines = ["-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-DQIO_CHANNEL_EXTENSIONS"]
    subprocess.run(["gcc", "-std=gnu11", *defines, f"-I{INCLUDE}", *flags,
                    "-fsyntax-only", "-aux-info", found, unit], check=True)
    pattern = r"/\*.*\*/ extern (.*?)(\w+) \((.*)\);"
    matches = (re.fullmatch(pattern, line) for line in found.read_text().splitlines())
    types = {m[2]: f"{m[1]}({m[3]})" for m in matches if m}
    return {name: c_type.replace("_Bool", "bool").replace("__va_list_tag *", "va_list")
            for name, c_type in types.items()}


def variables():
    text = "".join(path.read_text() for path in INCLUDE.rglob("*.h"))
    found = re.findall(r"^(?:extern|QEMU_EXTERN_C) ([\w *]+?)(\w+);", text, re.M)
    return {name: c_type.strip() for c_type, name in found}


def describe(exported, description, known):
    described = dict(line.split(": ", 1) for line in lines(description))
    for name in lines(exported):
        if described.get(name, UNDECLARED) == UNDECLARED:
            described[name] = known.get(name, UNDECLARED)
            print(f"{name}: {described[name]}")
    comment = [line for line in description.read_text().splitlines() if line.startswith("#")]
    body = [f"{name}: {c_type}" for name, c_type in sorted(described.items())]
    description.write_text("\n".join([*comment, *body]) + "\n")


def main():
    with tempfile.TemporaryDirectory() as directory:
        known = variables() | functions(pathlib.Path(directory))
    for name in LISTS:
        describe(ROOT / f"symbols/{name}.txt", ROOT / f"tests/abi/types-{name}.txt", known)


if __name__ == "__main__":
    main()
