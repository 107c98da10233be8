"""A running qio-bridge."""

import os
import re
import signal
import subprocess
import sys
import threading

from .tap import PATIENCE, wait_until

PROGRAM = os.path.abspath(sys.argv[1])

LISTENING = re.compile(r"listening on (\S+)")


def run(*arguments, **keywords):
    """Runs the program to its end."""
    return subprocess.run([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=PATIENCE,
                          **keywords)


class Bridge:
    """A bridge that listens as long as the context lasts, and stops cleanly then."""

    def __init__(self, *arguments, listeners=None, **keywords):
        self.arguments = [PROGRAM, *map(str, arguments)]
        self.keywords = keywords
        self.listeners = arguments.count("--listen") if listeners is None else listeners
        self.lines = []

    def __enter__(self):
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, **self.keywords)
        self.reader = threading.Thread(target=self.read_lines, daemon=True)
        self.reader.start()
        wait_until(lambda: len(self.addresses) >= self.listeners or not self.is_running(),
                   "listening")
        assert self.is_running(), self.lines
        return self

    def __exit__(self, kind, *_):
        if self.is_running():
            self.process.send_signal(signal.SIGTERM if kind is None else signal.SIGKILL)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.reader.join()
            self.process.stderr.close()
        if kind is None:
            assert status == 0, (status, self.lines)
        else:
            print("".join(f"# {line}\n" for line in self.lines), end="")

    def read_lines(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def is_running(self):
        return self.process.poll() is None

    @property
    def addresses(self):
        """Where it listens, in the order of the command line."""
        return [match[1] for line in list(self.lines) if (match := LISTENING.search(line))]

    @property
    def address(self):
        return self.addresses[0]

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    def wait_for_line(self, pattern, count=1):
        """Waits for lines of the log; returns the match of the last one of them."""
        def found():
            matches = [match for line in list(self.lines) if (match := re.search(pattern, line))]
            return matches[count - 1] if len(matches) >= count else None
        try:
            return wait_until(found, f"the line '{pattern}'")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.lines}") from None
