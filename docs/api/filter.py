#!/usr/bin/env python3
"""Makes a header or a page readable for Doxygen; it runs this for each file.

The documentation of functions is written for Rust and C readers at once: what Doxygen
takes for something else is said in its words here.
"""

import pathlib
import re
import sys


def header(text):
    """A C header: Rust's headings and links, and plain comments that document."""
    # What callers have to see to.
    text = text.replace(' * # Safety\n *\n', ' * @par Must hold\n')
    text = re.sub(r'\[`(\w+)`\]', r'`\1`', text)
    # GLib's way to document, in the templates.
    text = re.sub(r'^ \* @(\w+): ', r' * @param \1 ', text, flags=re.MULTILINE)
    text = re.sub(r'^ \* Returns: ', ' * @return ', text, flags=re.MULTILINE)
    # A comment right above a macro, a type or an inline function is about that.
    return re.sub(r'^/\*(?= |\n)(?=(?:(?!\*/).)*\*/\n(?:#define \w+|static inline|typedef))',
                  '/**', text, flags=re.MULTILINE | re.DOTALL)


def page(text):
    """A page: Doxygen knows the language of a block, and nothing about its use."""
    return re.sub(r'^```(\w+) \w+$', r'```\1', text, flags=re.MULTILINE)


def main():
    """Prints the file that is named."""
    path = pathlib.Path(sys.argv[1])
    text = path.read_text(encoding='utf-8')
    sys.stdout.reconfigure(encoding='utf-8')
    sys.stdout.write(header(text) if path.suffix == '.h' else page(text))


if __name__ == '__main__':
    main()
