"""Tests of programs: functions that fail by raising. Prints TAP.

A script marks its tests with @test and ends with sys.exit(tap.main()). A test that
takes an argument gets an empty directory, a pathlib.Path.
"""

import inspect
import os
import pathlib
import signal
import sys
import tempfile
import time
import traceback

# For waiting on things that happen at once unless the test fails.
PATIENCE = 60

TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Skip(Exception):
    """Why a test cannot run."""


def needs_module(name):
    """Starts the script again with the system's Python if this one lacks a module."""
    try:
        __import__(name)
    except ImportError:
        # Debian's packages are for Debian's Python, which may not be the first in PATH.
        if os.path.realpath(sys.executable) == os.path.realpath("/usr/bin/python3"):
            raise
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])


def wait_until(condition, what="what was waited for"):
    """Asks again and again until the answer is not false; returns it."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.01)
    return answer


def run(function):
    if not inspect.signature(function).parameters:
        function()
        return
    with tempfile.TemporaryDirectory(prefix="test-", ignore_cleanup_errors=True) as directory:
        function(pathlib.Path(directory))


def heed_signals():
    """Ends what nohup does to signals, and a shell in the background: what is started here
    would ignore them as well."""
    for number in signal.SIGHUP, signal.SIGINT, signal.SIGQUIT:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def main():
    heed_signals()
    failed = False
    print(f"1..{len(TESTS)}", flush=True)
    for number, function in enumerate(TESTS, 1):
        outcome, reason = "ok", ""
        try:
            run(function)
        except Skip as skip:
            reason = f" # SKIP {skip}"
        except Exception:
            failed = True
            outcome = "not ok"
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
        print(f"{outcome} {number} - {function.__name__.replace('_', ' ')}{reason}", flush=True)
    return 1 if failed else 0
