#!/usr/bin/env python3
"""Writes the io/*.h of the hosted flavour from those of the standalone one.

usage: hosted-headers.py OUTPUT-DIR HEADER...

The declarations are the same. The hosted headers define QIO_CHANNEL_HOSTED, whichever
of them comes first; io/api-version.h then refuses what only the standalone flavour has.
"""

import pathlib
import sys

PROLOGUE = """\
/* Objects, errors and the rest are QEMU's; so are their headers. */
#ifndef QIO_CHANNEL_HOSTED
#define QIO_CHANNEL_HOSTED 1
#endif

"""


def main():
    output, *headers = map(pathlib.Path, sys.argv[1:])
    for header in headers:
        text = header.read_text()
        # In front of the guard and of io/api-version.h, which looks at the macro.
        guard = text.index(" */\n") + len(" */\n\n")
        (output / header.name).write_text(text[:guard] + PROLOGUE + text[guard:])


if __name__ == "__main__":
    main()
