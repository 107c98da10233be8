#!/usr/bin/env python3
"""What qio-bridge says: about options that make no sense, about itself, about each
connection. TAP.

usage: options.py QIO-BRIDGE QIO-COPY EXAMPLES
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import streams, tap
from support.bridge import PROGRAM, Bridge, run
from support.certificates import make_certificates
from support.sockets import is_listening
from support.tap import PATIENCE, Skip, test

COPY = os.path.abspath(sys.argv[2])
PAGES = pathlib.Path(sys.argv[3])
PLAIN = "--listen", "tcp:127.0.0.1:0"
CAT = "--target", "exec:cat"


def fails(status, arguments, *words, **keywords):
    """One line that names the program and says what is wrong."""
    result = run(*arguments, **keywords)
    assert result.returncode == status and not result.stdout, (arguments, result)
    assert re.fullmatch(r"qio-bridge: .*\n", result.stderr), (arguments, result)
    for word in words:
        assert str(word) in result.stderr, (word, result)


@test
def options_that_make_no_sense(directory):
    pki = make_certificates(directory / "pki")
    empty = directory / "empty"
    empty.mkdir()
    (directory / "rubbish").write_text("rubbish")
    tls, wss = ("--listen", "tls:127.0.0.1:0"), ("--listen", "wss:127.0.0.1:0")
    creds, verified = ("--tls-creds", pki), ("--tls-creds", pki, "--tls-verify-peer")
    for arguments, words in (
        ((), ("--target",)),
        (PLAIN, ("--target",)),
        (CAT, ("--listen",)),
        (("--no-such-option",), ("--no-such-option",)),
        ((*PLAIN, *CAT, "more"), ("more",)),
        ((*CAT, "--listen"), ("--listen",)),
        ((*CAT, "--listen", "nonsense"), ("--listen", "nonsense", "wss+unix:")),
        ((*CAT, "--listen", "http:localhost:80"), ("--listen", "http:localhost:80")),
        ((*CAT, "--listen", "tcp:localhost"), ("--listen", "tcp:localhost")),
        ((*CAT, "--listen", "tcp:localhost:"), ("--listen", "tcp:localhost:")),
        ((*CAT, "--listen", "tcp:localhost:65536"), ("--listen", "tcp:localhost:65536", "port")),
        ((*PLAIN, "--target", "tcp:localhost:99999999999999999999"), ("--target", ":99999999999999999999", "port")),
        ((*PLAIN, "--target", "tcp:localhost:0"), ("--target", "tcp:localhost:0", "port")),
        ((*CAT, "--listen", "tcp:localhost:0,bogus=on"), ("--listen", "tcp:localhost:0,bogus=on", "bogus")),
        ((*CAT, "--listen", "unix:"), ("--listen", "unix:", "path")),
        ((*CAT, "--listen", "exec:cat"), ("--listen", "exec:cat")),
        ((*PLAIN, "--target", "exec:"), ("--target", "exec:", "command")),
        ((*PLAIN, "--target", "nonsense"), ("--target", "nonsense", "exec:")),
        ((*PLAIN, "--target", "tcp::80"), ("--target", "tcp::80", "host")),
        ((*PLAIN, *CAT, "--max-clients", "0"), ("--max-clients", "0")),
        ((*PLAIN, *CAT, "--max-clients", "many"), ("--max-clients", "many")),
        ((*PLAIN, *CAT, "--max-clients", "99999999"), ("--max-clients", "99999999")),
        ((*PLAIN, *CAT, "--handshake-timeout", "0"), ("--handshake-timeout", "0")),
        ((*PLAIN, *CAT, "--idle-timeout", "-1"), ("--idle-timeout", "-1")),
        ((*PLAIN, *CAT, "--drain-timeout", "-5"), ("--drain-timeout", "-5")),
        ((*PLAIN, *CAT, "--web", directory), ("--web", directory, "WebSocket")),
        (("--listen", "ws:127.0.0.1:0", *CAT, "--web", directory / "none"), ("--web", directory / "none")),
        (("--listen", "ws:127.0.0.1:0", *CAT, "--web", directory / "rubbish"), ("--web", directory / "rubbish")),
        ((*tls, *CAT), ("tls:127.0.0.1:0", "--tls-creds")),
        ((*wss, *CAT), ("wss:127.0.0.1:0", "--tls-creds")),
        ((*PLAIN, *CAT, *creds), ("--tls-creds", pki)),
        ((*PLAIN, *CAT, "--tls-verify-peer"), ("--tls-verify-peer",)),
        ((*tls, *CAT, "--tls-creds", directory / "none"), ("--tls-creds", directory / "none")),
        ((*tls, *CAT, "--tls-creds", empty), ("--tls-creds", empty)),
        ((*tls, *CAT, *creds, "--authz-list", directory / "rubbish"), ("--authz-list", "--tls-verify-peer")),
        ((*tls, *CAT, *verified, "--authz-list", directory / "rubbish"), ("--authz-list", directory / "rubbish")),
        ((*tls, *CAT, *verified, "--authz-list", directory / "none"), ("--authz-list", directory / "none")),
        ((*PLAIN, "--target", "tls:localhost:1"), ("tls:localhost:1", "--target-tls-creds")),
        ((*PLAIN, "--target", "tls+unix:/x", "--target-tls-creds", pki), ("tls+unix:/x", "--target-tls-hostname")),
        ((*PLAIN, *CAT, "--target-tls-creds", pki), ("--target-tls-creds", pki)),
        ((*PLAIN, *CAT, "--target-tls-hostname", "name"), ("--target-tls-hostname", "name")),
        ((*PLAIN, "--target", "tls:localhost:1", "--target-tls-creds", empty), ("--target-tls-creds", empty)),
        ((*CAT, "--inherit", "unix"), ("--inherit", "unix")),
        ((*CAT, "--inherit", "tcp"), ("--inherit", "LISTEN_FDS")),
        ((*PLAIN, *CAT, "--once"), ("--once",)),
        ((*PLAIN, *CAT, "--status", "x"), ("--status",)),
        (("--status", ""), ("--status ''",)),
        ((*PLAIN, *CAT, "--control", ""), ("--control ''",)),
    ):
        fails(2, arguments, *words)


@test
def what_cannot_be_done(directory):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"tcp:127.0.0.1:{other.getsockname()[1]}"
        fails(1, ("--listen", taken, *CAT), "--listen", taken, "Address already in use")
    place = f"unix:{directory}/none/socket"
    fails(1, ("--listen", place, *CAT), "--listen", place, "No such file")
    fails(1, (*PLAIN, *CAT, "--quiet", "--control", directory / "none/socket"), "--control", directory / "none/socket")
    fails(1, ("--status", directory / "nobody"), "--status", directory / "nobody")


@test
def nothing_of_value_is_replaced(directory):
    path, file = directory / "socket", directory / "file"
    file.write_text("valuable")
    place = f"unix:{path}"
    for taken in file, directory:
        fails(1, ("--listen", f"unix:{taken}", *CAT), "--listen", f"unix:{taken}", "socket")
    assert file.read_text() == "valuable"
    # Twice in one program, and in two.
    fails(1, ("--quiet", "--listen", place, "--listen", place, *CAT), "--listen", place, "listens")
    fails(1, ("--quiet", "--listen", place, *CAT, "--control", path), "--control", path, "listens")
    with Bridge("--listen", place, *CAT) as bridge:
        fails(1, ("--listen", place, *CAT), "--listen", place, "listens")
        streams.run(talk(bridge.address))


@test
def sockets_that_were_left_behind_are_replaced(directory):
    path = directory / "socket"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
        left.listen()
    assert path.exists()
    with Bridge("--listen", f"unix:{path}", *CAT) as bridge:
        streams.run(talk(bridge.address))
    assert not path.exists()


async def talk(address):
    stream = await streams.connect(address)
    await streams.exchange(stream, b"x" * 1234)
    await stream.close()


@test
def every_connection_is_in_the_log(directory):
    with Bridge("--listen", "tcp:127.0.0.1:0", "--listen", f"ws+unix:{directory}/socket", *CAT) as bridge:
        for number, address in enumerate(bridge.addresses, 1):
            streams.run(talk(address))
            line = bridge.wait_for_line(rf"connection {number} accepted: peer=(\S+) listener=(\S+)$")
            assert line[2] == address, line
            peer = r"127\.0\.0\.1:\d+" if number == 1 else rf".*\b{os.getpid()}\b.*"
            assert re.fullmatch(peer, line[1]), line[1]
            bridge.wait_for_line(rf"connection {number} closed: peer={peer} to-target=1234 to-client=1234 "
                                 r"duration=\d+\.\d\d\ds reason=\S")
        assert all(line.startswith("qio-bridge: ") for line in bridge.lines), bridge.lines


@test
def lines_of_the_log_cannot_be_forged(directory):
    # What starts a line, moves the cursor, or turns text round.
    path = f"{directory}/a\nb\x1bc\u2028d\u202ee\u00e9"
    with Bridge("--listen", f"unix:{path}", *CAT, env={**os.environ, "LC_ALL": "C.UTF-8"}) as bridge:
        assert bridge.address == f"unix:{directory}/a\\x0ab\\x1bc\\x2028d\\x202ee\u00e9", bridge.address


@test
def quiet_is_about_all_but_problems(directory):
    path = directory / "socket"
    with Bridge("--quiet", "--listen", f"unix:{path}", *CAT, listeners=0) as bridge:
        tap.wait_until(lambda: is_listening(path), "listening")
        streams.run(talk(f"unix:{path}"))
    assert not bridge.lines, bridge.lines


@test
def versions():
    for program in PROGRAM, COPY:
        result = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=PATIENCE)
        assert re.fullmatch(rf"{os.path.basename(program)} \(libqiochannel\) \d+\.\d+\.\d+\n", result.stdout), result


def options_in_help(program):
    """Every option with what stands for its value."""
    result = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert not result.stderr, result.stderr
    return dict(re.findall(r"^  (?:-\w, )?--([\w-]+)=?(\S*)  ", result.stdout, re.MULTILINE)), result.stdout


def page_text(name):
    """A manual page as a reader sees it."""
    command = (["mandoc", "-Tutf8", "-Owidth=78"] if shutil.which("mandoc") else
               ["man", "--local-file", "--encoding=utf8"])
    if shutil.which(command[0]) is None:
        raise Skip("neither mandoc nor man is installed")
    result = subprocess.run([*command, PAGES / name], capture_output=True, text=True, check=True, timeout=PATIENCE,
                            env={**os.environ, "MANWIDTH": "78", "LC_ALL": "C.UTF-8"})
    # Without overstriking.
    return re.sub(".\b", "", result.stdout)


def options_in_page(text):
    section = re.search(r"^OPTIONS\n(.*?)^\S", text, re.MULTILINE | re.DOTALL)[1]
    return dict(re.findall(r"^     (?:-\w, )?--([\w-]+)(?: (\S+))?$", section, re.MULTILINE))


@test
def pages_and_help_have_the_same_options():
    for program, page in (PROGRAM, "qio-bridge/qio-bridge.1"), (COPY, "qio-copy/qio-copy.1"):
        in_help, _ = options_in_help(program)
        assert len(in_help) >= 5, in_help
        in_page = options_in_page(page_text(page))
        assert in_page == in_help, (page, in_help, in_page)


@test
def pages_and_help_have_the_same_kinds_of_addresses():
    for program, page in (PROGRAM, "qio-bridge/qio-bridge.1"), (COPY, "qio-copy/qio-copy.1"):
        _, text = options_in_help(program)
        kinds = set(re.findall(r"\b((?:tcp|unix|tls|ws|wss|exec|fd)(?:-listen|\+unix)?:)", text))
        assert len(kinds) >= 8, kinds
        shown = page_text(page)
        for kind in kinds:
            assert kind in shown, (page, kind)


@test
def pages_are_well_formed():
    if shutil.which("mandoc") is None:
        raise Skip("mandoc is not installed")
    for page in "qio-bridge/qio-bridge.1", "qio-copy/qio-copy.1":
        result = subprocess.run(["mandoc", "-Tlint", "-Wwarning", PAGES / page], capture_output=True, text=True,
                                check=False, timeout=PATIENCE)
        assert result.returncode == 0 and not result.stdout, result.stdout


if __name__ == "__main__":
    sys.exit(tap.main())
