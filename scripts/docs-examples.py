#!/usr/bin/env python3
"""Holds the documentation to what it says: compiles its C programs, runs them, and
compares what they print; follows its links to files. Writes TAP.

In a page, each block marked `c` is a whole program, and the block marked `text` that
comes next is what the program prints; it prints nothing on standard error. Blocks
marked `sh setup` are run before the programs that follow them, in the directory where
those run. Other blocks are not looked at.

usage: docs-examples.py [--cc COMMAND] [--pkg-config PACKAGE] [--flags FLAGS]
                        [--libs FLAGS] [--library-path DIRECTORY] [--wrapper COMMAND]
                        PAGE...
"""

import argparse
import dataclasses
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

WARNINGS = ['-Wall', '-Wextra', '-Werror']
TIMEOUT_SECONDS = 120


@dataclasses.dataclass
class Block:
    """A fenced block of a page."""

    kind: str
    line: int
    text: str


@dataclasses.dataclass
class Program:
    """A program of a page, and what it prints."""

    line: int
    source: str
    output: str


def blocks(page):
    """The fenced blocks of a page, in order."""
    fence = re.compile(r'^```([^\n]*)\n(.*?)^```$', re.MULTILINE | re.DOTALL)
    text = page.read_text(encoding='utf-8')
    for match in fence.finditer(text):
        line = text.count('\n', 0, match.start()) + 1
        yield Block(match[1].strip(), line, match[2])


def steps(page):
    """What a page has to run, in order: setup blocks and programs."""
    program = None
    for block in blocks(page):
        if block.kind == 'sh setup':
            yield block
        elif block.kind == 'c':
            if program:
                raise ValueError(f'{page}:{program.line}: not said what the program prints')
            program = block
        elif block.kind == 'text' and program:
            yield Program(program.line, program.text, block.text)
            program = None
    if program:
        raise ValueError(f'{page}:{program.line}: not said what the program prints')


class Report:
    """The results, as TAP."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, what, problem):
        """One more result: good unless there is a problem to tell."""
        self.count += 1
        self.failed += bool(problem)
        print(f'{"not ok" if problem else "ok"} {self.count} - {what}')
        for line in (problem or '').splitlines():
            print(f'# {line}')
        sys.stdout.flush()

    def end(self):
        """Says how many results there were; the exit status."""
        print(f'1..{self.count}')
        return 1 if self.failed else 0


def run(command, directory, environment=None):
    """Runs a command without input; its output is text."""
    return subprocess.run(command, cwd=directory, env=environment, timeout=TIMEOUT_SECONDS,
                          stdin=subprocess.DEVNULL, capture_output=True, encoding='utf-8',
                          errors='replace', check=False)


def set_up(block, directory):
    """Runs the commands of a block; tells what went wrong."""
    done = run(['sh', '-euc', block.text], directory)
    return None if done.returncode == 0 else done.stdout + done.stderr


def compile_program(program, arguments, directory):
    """Makes `./program` of a program; tells what went wrong."""
    (directory / 'program.c').write_text(program.source, encoding='utf-8')
    done = run(arguments.cc + WARNINGS + ['-g', '-o', 'program', 'program.c']
               + arguments.flags + arguments.libs, directory)
    return None if done.returncode == 0 else done.stderr


def run_program(program, arguments, directory):
    """Runs `./program` and compares; tells what is different."""
    environment = dict(os.environ, LC_ALL='C.UTF-8')
    if arguments.library_path:
        environment['LD_LIBRARY_PATH'] = arguments.library_path
    try:
        done = run(arguments.wrapper + ['./program'], directory, environment)
    except subprocess.TimeoutExpired:
        return f'still running after {TIMEOUT_SECONDS} seconds'
    if done.returncode == 0 and done.stdout == program.output and not done.stderr:
        return None
    return (f'exit status {done.returncode}; the page says:\n{program.output}'
            f'the program says:\n{done.stdout}{done.stderr}')


def check_page(page, arguments, report):
    """Compiles and runs what is in a page."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for step in steps(page):
            where = f'{page.name}:{step.line}'
            if isinstance(step, Block):
                report.check(f'{where} can be set up', set_up(step, directory))
                continue
            problem = compile_program(step, arguments, directory)
            report.check(f'{where} compiles', problem)
            if not problem:
                report.check(f'{where} prints what the page says',
                             run_program(step, arguments, directory))


def anchors(page):
    """The fragments that the headings of a page can be named by."""
    text = re.sub(r'^```.*?^```$', '', page.read_text(encoding='utf-8'),
                  flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r'^#+ (.*)$', text, re.MULTILINE):
        words = re.sub(r'[^\w\- ]', '', heading.lower())
        yield words.strip().replace(' ', '-')


def broken_links(page):
    """The links of a page that lead nowhere, outside of this machine's knowledge excepted."""
    text = re.sub(r'^```.*?^```$', '', page.read_text(encoding='utf-8'),
                  flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r'\]\(([^)\s]+)\)', text):
        if re.match(r'[a-z]+:', link):
            continue
        path, _, fragment = link.partition('#')
        target = page.parent / path if path else page
        if not target.exists() or (
                fragment and target.suffix == '.md' and fragment not in anchors(target)):
            yield link


def package_flags(kind, package):
    """What pkg-config says of a package."""
    done = subprocess.run(['pkg-config', kind, package], stdout=subprocess.PIPE,
                          encoding='utf-8', check=True)
    return shlex.split(done.stdout)


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--cc', type=shlex.split, default=['cc'])
    parser.add_argument('--pkg-config', metavar='PACKAGE')
    parser.add_argument('--flags', type=shlex.split, default=[])
    parser.add_argument('--libs', type=shlex.split, default=[])
    parser.add_argument('--wrapper', type=shlex.split, default=[])
    parser.add_argument('--library-path', default='')
    parser.add_argument('pages', nargs='+', type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.pkg_config:
        arguments.flags += package_flags('--cflags', arguments.pkg_config)
        arguments.libs += package_flags('--libs', arguments.pkg_config)
    return arguments


def main():
    """Checks each page."""
    arguments = parse_arguments()
    report = Report()
    for page in arguments.pages:
        check_page(page, arguments, report)
        report.check(f'{page.name}: the links lead somewhere', '\n'.join(broken_links(page)))
    return report.end()


if __name__ == '__main__':
    sys.exit(main())
