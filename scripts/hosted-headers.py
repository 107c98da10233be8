#!/usr/bin/env python3
"""Writes the io/*.h of the hosted flavour from those of the standalone one.

usage: hosted-headers.py OUTPUT-DIR HEADER...

The declarations are the same. The hosted headers define QIO_CHANNEL_HOSTED, and
refuse what only the standalone flavour has, whichever of them comes first.
"""

import pathlib
import sys

PROLOGUE = """\
/* Objects, errors and the rest are QEMU's; so are their headers. */
#ifndef QIO_CHANNEL_HOSTED
#define QIO_CHANNEL_HOSTED 1
#endif
#if defined(QIO_CHANNEL_API_VERSION) && \\
    (QIO_CHANNEL_API_VERSION < 0x070100 || QIO_CHANNEL_API_VERSION > 0x0702ff)
#error "QIO_CHANNEL_API_VERSION: inside QEMU there is only 0x070100 to 0x0702ff"
#endif
#ifdef QIO_CHANNEL_ZERO_COPY_V7
#error "QIO_CHANNEL_ZERO_COPY_V7: not inside QEMU"
#endif
#ifdef QIO_CHANNEL_EXTENSIONS
#error "QIO_CHANNEL_EXTENSIONS: not inside QEMU"
#endif

"""


def main():
    output, *headers = map(pathlib.Path, sys.argv[1:])
    for header in headers:
        text = header.read_text()
        # In front of the guard: a second inclusion checks again.
        guard = text.index("#ifndef QIOCHANNEL_")
        (output / header.name).write_text(text[:guard] + PROLOGUE + text[guard:])


if __name__ == "__main__":
    main()
