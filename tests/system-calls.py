#!/usr/bin/env python3
"""Counts the system calls of reads and writes with strace. TAP.

usage: system-calls.py PROGRAM

PROGRAM (tests/programs/transfer.c) runs twice for each case, with no transfer
and with many: the difference is what the transfers cost.
"""

import collections
import shutil
import subprocess
import sys
import tempfile

COUNT = 500
# What to do, with how many elements, and the system calls that it may take.
CASES = [
    ("file-read", 1, ["read"]), ("file-read", 16, ["readv"]), ("file-read", 64, ["readv"]),
    ("file-write", 1, ["write"]), ("file-write", 16, ["writev"]), ("file-write", 64, ["writev"]),
    ("socket", 1, ["sendto", "recvfrom"]), ("socket", 64, ["sendmsg", "recvmsg"]),
    ("null-read", 1, []), ("null-read", 64, []), ("null-write", 1, []), ("null-write", 64, []),
]


def calls(program, what, count, niov):
    """How often each system call was made."""
    with tempfile.NamedTemporaryFile("r") as log:
        subprocess.run(["strace", "-f", "-qq", "-o", log.name, program, what, str(count), str(niov)],
                       check=True, stdin=subprocess.DEVNULL)
        lines = log.read().splitlines()
    names = (line.split(maxsplit=1)[1].partition("(")[0] for line in lines if "(" in line)
    return collections.Counter(names)


def cost(program, what, niov):
    many = calls(program, what, COUNT, niov)
    many.subtract(calls(program, what, 0, niov))
    return {name: number for name, number in many.items() if number}


def main():
    program = sys.argv[1]
    if not shutil.which("strace"):
        print("1..0 # SKIP strace is not installed")
        return 0
    probe = subprocess.run(["strace", "-o", "/dev/null", "true"], check=False)
    if probe.returncode != 0:
        print("1..0 # SKIP strace may not trace here")
        return 0
    failed = False
    print(f"1..{len(CASES)}")
    for number, (what, niov, expected) in enumerate(CASES, 1):
        found = cost(program, what, niov)
        good = found == {call: COUNT for call in expected}
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {number} - "
              f"{what} with {niov} elements: {' and '.join(expected) or 'no system call'}")
        if not good:
            print(f"#   {COUNT} transfers took {found}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
