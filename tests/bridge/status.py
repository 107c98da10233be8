#!/usr/bin/env python3
"""The table of connections that qio-bridge --status shows. TAP.

usage: status.py QIO-BRIDGE
"""

import asyncio
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import termios

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import streams, tap
from support.bridge import PROGRAM, Bridge, run
from support.tap import PATIENCE, test

CAT = "--target", "exec:cat"
ROW = re.compile(r"(?P<peer>\S+) +(?P<listener>\S+) +(?P<state>\S+(?: \S+)?) +(?P<received>[\d.]+ \w+) +"
                 r"(?P<sent>[\d.]+ \w+) +(?P<rate>[\d.]+ \w+/s) +(?P<age>\d+:\d\d:\d\d)")


def watched(directory, *options):
    return Bridge(*options, *CAT, "--control", directory / "control")


def table(directory):
    """The number of connections, and a row for each."""
    result = run("--status", directory / "control")
    assert result.returncode == 0 and not result.stderr, result
    count, heading, *rows = result.stdout.splitlines()
    assert re.fullmatch(r"\d+ connections?", count), result.stdout
    assert heading.split() == ["PEER", "LISTENER", "STATE", "IN", "OUT", "RATE", "AGE"], heading
    assert "\033" not in result.stdout, result.stdout
    assert len(rows) == int(count.split()[0])
    matches = [ROW.fullmatch(row) for row in rows]
    assert all(matches), rows
    return [match.groupdict() for match in matches]


@test
def no_connection(directory):
    with watched(directory, "--listen", "tcp:127.0.0.1:0"):
        assert table(directory) == []


@test
def connections_of_several_kinds(directory):
    async def talk(addresses):
        first = await streams.connect(addresses[0])
        await streams.exchange(first, b"x" * 2048)
        second = await streams.connect(addresses[1])
        await streams.exchange(second, b"x" * 3)
        # Says nothing.
        third = await streams.connect(addresses[1].replace("ws", "tcp"))
        loop = asyncio.get_running_loop()
        while len(rows := await loop.run_in_executor(None, table, directory)) < 3:
            await asyncio.sleep(0.01)
        assert [row["listener"] for row in rows] == [addresses[0], addresses[1], addresses[1]], rows
        assert [row["state"] for row in rows] == ["open", "open", "HTTP"], rows
        assert [row["received"] for row in rows] == ["2.0 KiB", "3 bytes", "0 bytes"], rows
        assert [row["sent"] for row in rows] == ["2.0 KiB", "3 bytes", "0 bytes"], rows
        assert all(row["age"].startswith("0:00:") for row in rows), rows
        host, port = first.writer.get_extra_info("sockname")
        assert rows[0]["peer"] == f"{host}:{port}", rows
        for stream in first, second, third:
            await stream.close()

    with watched(directory, "--listen", "tcp:127.0.0.1:0", "--listen", "ws:127.0.0.1:0") as bridge:
        streams.run(talk(bridge.addresses))
        tap.wait_until(lambda: table(directory) == [], "the end of all connections")


@test
def many_connections(directory):
    async def crowd(address):
        clients = [await streams.connect(address) for _ in range(300)]
        loop = asyncio.get_running_loop()
        while len(await loop.run_in_executor(None, table, directory)) < len(clients):
            await asyncio.sleep(0.01)
        for client in clients:
            await client.close()

    path = directory / "sink"
    with socket.socket(socket.AF_UNIX) as sink:
        sink.bind(str(path))
        sink.listen(1000)
        with Bridge("--listen", "tcp:127.0.0.1:0", "--target", f"unix:{path}", "--control", directory / "control",
                    "--drain-timeout", "0") as bridge:
            streams.run(crowd(bridge.address))


def read_until(controller, text):
    """What a program shows on its terminal, up to some text."""
    shown = b""
    while text not in shown:
        assert select.select([controller], [], [], PATIENCE)[0], shown
        shown += os.read(controller, 65536)
    return shown


@test
def a_terminal_is_kept_up_to_date(directory):
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 4, 120, 0, 0))
    with watched(directory, "--listen", "tcp:127.0.0.1:0") as bridge:
        with subprocess.Popen([PROGRAM, "--status", directory / "control"], stdout=terminal) as show:
            assert read_until(controller, b"AGE").startswith(b"\033[H\033[J0 connections")
            with socket.create_connection(("127.0.0.1", bridge.port), PATIENCE):
                read_until(controller, b"1 connection\r")
                read_until(controller, b"tcp:127.0.0.1:")
                with socket.create_connection(("127.0.0.1", bridge.port), PATIENCE):
                    read_until(controller, b"2 connections")
                    with socket.create_connection(("127.0.0.1", bridge.port), PATIENCE):
                        # It stays within the screen: a heading, and not all rows.
                        shown = read_until(controller, b"3 connections")
                        shown = read_until(controller, b"\033[H")
                        assert shown.count(b"\n") <= 3, shown
            read_until(controller, b"0 connections")
            show.send_signal(signal.SIGINT)
            assert show.wait(PATIENCE) == -signal.SIGINT
        once = subprocess.run([PROGRAM, "--status", directory / "control", "--once"], stdout=terminal, check=True,
                              timeout=PATIENCE)
        assert once.returncode == 0
        shown = read_until(controller, b"AGE")
        assert b"\033[1m" in shown and b"\033[J" not in shown, shown
    os.close(controller)
    os.close(terminal)


@test
def showing_ends_with_the_bridge(directory):
    controller, terminal = pty.openpty()
    with watched(directory, "--listen", "tcp:127.0.0.1:0"):
        show = subprocess.Popen([PROGRAM, "--status", directory / "control"], stdout=terminal, stderr=subprocess.PIPE)
        read_until(controller, b"AGE")
    with show:
        assert show.wait(PATIENCE) == 1
        assert b"control" in show.stderr.read()
    os.close(controller)
    os.close(terminal)


@test
def nobody_else_may_ask(directory):
    path = directory / "control"
    with watched(directory, "--listen", "tcp:127.0.0.1:0"):
        mode = path.stat().st_mode
        assert stat.S_ISSOCK(mode) and not mode & 0o077, oct(mode)
    assert not path.exists()


@test
def who_does_not_read_is_no_burden(directory):
    with watched(directory, "--listen", "tcp:127.0.0.1:0") as bridge:
        idle = []
        for _ in range(50):
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(directory / "control"))
            idle.append(client)
        assert table(directory) == []
        for client in idle:
            client.close()
        assert table(directory) == [] and bridge.is_running()


@test
def somebody_else_at_the_socket(directory):
    with Bridge("--listen", f"unix:{directory}/other", "--target", "exec:echo rubbish"):
        result = run("--status", directory / "other")
    assert result.returncode == 1 and "does not speak" in result.stderr, result


if __name__ == "__main__":
    sys.exit(tap.main())
