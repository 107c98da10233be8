#!/usr/bin/env python3
"""Makes the pages of the API with Doxygen. Fails if it has something to complain about,
and if a function of the headers in WHOLE has a parameter or a result without a word about
it.

usage: docs-api.py SOURCE-DIRECTORY OUTPUT-DIRECTORY VERSION
"""

import pathlib
import re
import subprocess
import sys

# The headers whose functions are documented whole. Others of the runtime are often said in
# one sentence.
WHOLE = ['io/', 'block/', 'qapi/error.h', 'qemu/coroutine.h', 'qemu/error-report.h',
         'qemu/main-loop.h']
# Said of functions that are documented, if not all of it.
INCOMPLETE = re.compile(r': (parameters|return type) of member ')
# Said of what is not: old names, casts, macros that others are made of.
UNDOCUMENTED = re.compile(r'(Member|Compound) .* is not documented\.$')
MESSAGE = re.compile(r'(warning|error): ')


def is_fault(message, source):
    """Whether a message of Doxygen is about something to be mended."""
    if UNDOCUMENTED.search(message):
        return False
    if INCOMPLETE.search(message):
        return message.startswith(tuple(f'{source}/include/{header}' for header in WHOLE)
                                  + ('<qio_', '<aio_', '<error_', '<warn_', '<info_', '<qemu_co'))
    return True


def main():
    """Runs Doxygen and judges what it says."""
    source, output, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    output.mkdir(parents=True, exist_ok=True)
    values = {'source': source, 'output': output, 'version': version, 'python': sys.executable}
    settings = (source / 'docs/api/Doxyfile.in').read_text(encoding='utf-8')
    for name, value in values.items():
        settings = settings.replace(f'@{name}@', str(value))
    done = subprocess.run(['doxygen', '-'], input=settings, capture_output=True,
                          encoding='utf-8', check=False)
    messages = [line for line in done.stderr.splitlines() if MESSAGE.search(line)]
    faults = [line for line in messages if is_fault(line, source)]
    for fault in faults:
        print(fault, file=sys.stderr)
    if done.returncode != 0 and not messages:
        print(done.stderr, file=sys.stderr)
        return done.returncode
    page = output / 'html/index.html'
    if not page.exists():
        print(f'{page} was not made', file=sys.stderr)
        return 1
    print(page)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
