#!/usr/bin/env python3
"""What qio-bridge allows: who may come in, how many, for how long, with how much
memory; and how it starts and stops. TAP.

usage: limits.py QIO-BRIDGE
"""

import asyncio
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import streams, tap
from support.bridge import Bridge
from support.certificates import make_certificates
from support.sockets import is_listening
from support.streams import Servers, connect, exchange
from support.tap import PATIENCE, test

PLAIN = "--listen", "tcp:127.0.0.1:0"
CAT = "--target", "exec:cat"
# What a refused client may see, depending on who is faster.
REFUSALS = OSError, EOFError, AssertionError, streams.websockets.InvalidHandshake


async def all_at_once(function, addresses, *args):
    await asyncio.gather(*(function(address, *args) for address in addresses))


async def talk(address, pki=None, **keywords):
    stream = await connect(address, pki, **keywords)
    await exchange(stream, b"some text")
    await stream.close()


def is_served(address, pki=None, **keywords):
    try:
        streams.run(talk(address, pki, **keywords))
    except REFUSALS:
        return False
    return True


async def expect_end(address, pki=None):
    stream = await connect(address, pki)
    try:
        assert await stream.receive() == b""
    except (OSError, streams.websockets.ConnectionClosed):
        # An end all the same.
        pass
    await stream.close()


def write_list(path, policy, *names):
    rules = [{"match": name, "policy": "allow", "format": "glob"} for name in names]
    # In one step: the bridge watches the file.
    path.with_suffix(".new").write_text(json.dumps({"policy": policy, "rules": rules}))
    path.with_suffix(".new").rename(path)


@test
def clients_need_a_certificate_if_it_is_verified(directory):
    pki = make_certificates(directory / "pki")
    strangers = make_certificates(directory / "strangers")
    nobody = ssl.create_default_context(cafile=pki / "ca-cert.pem")
    stranger = ssl.create_default_context(cafile=pki / "ca-cert.pem")
    stranger.load_cert_chain(strangers / "client-cert.pem", strangers / "client-key.pem")
    both = "--listen", "tls:127.0.0.1:0", "--listen", "wss:127.0.0.1:0", *CAT, "--tls-creds", pki
    with Bridge(*both) as bridge:
        for address in bridge.addresses:
            assert is_served(address, pki) and is_served(address, ssl=nobody)
    with Bridge(*both, "--tls-verify-peer") as bridge:
        for address in bridge.addresses:
            assert is_served(address, pki)
            assert not is_served(address, ssl=nobody)
            assert not is_served(address, ssl=stranger)
        bridge.wait_for_line("closed: .*reason=.*[Cc]ertificate", 4)


@test
def only_clients_in_the_list_are_served(directory):
    pki = make_certificates(directory / "pki")
    allowed = directory / "list.json"
    write_list(allowed, "deny", "CN=somebody else", "CN=cl*")
    options = (*CAT, "--tls-creds", pki, "--tls-verify-peer", "--authz-list", allowed)
    with Bridge("--listen", "tls:127.0.0.1:0", "--listen", "wss:127.0.0.1:0", *options) as bridge:
        for address in bridge.addresses:
            assert is_served(address, pki)
        write_list(allowed, "deny", "CN=somebody else")
        # It is read again soon.
        for address in bridge.addresses:
            tap.wait_until(lambda address=address: not is_served(address, pki), "refusal")
        bridge.wait_for_line("closed: .*reason=TLS: .*CN=client")
        write_list(allowed, "allow")
        for address in bridge.addresses:
            tap.wait_until(lambda address=address: is_served(address, pki), "service")


@test
def idle_connections_end(directory):
    pki = make_certificates(directory / "pki")
    kinds = [option for kind in ("tcp", "tls", "ws", "wss") for option in ("--listen", f"{kind}:127.0.0.1:0")]
    with Bridge(*kinds, *CAT, "--tls-creds", pki, "--idle-timeout", "1") as bridge:
        streams.run(all_at_once(expect_end, bridge.addresses, pki))
        bridge.wait_for_line("closed: .*reason=idle for 1 s", 4)


@test
def busy_connections_go_on(directory):
    async def talk_slowly(address):
        stream = await connect(address)
        for _ in range(12):
            await exchange(stream, b"tick")
            await asyncio.sleep(0.2)
        await stream.close()

    # Much longer than the pauses, and shorter than the whole.
    with Bridge(*PLAIN, *CAT, "--idle-timeout", "2") as bridge:
        streams.run(talk_slowly(bridge.address))
        assert "idle" not in bridge.wait_for_line("closed: .*")[0]


@test
def clients_beyond_the_limit_wait(directory):
    async def crowd(addresses):
        first, second = [await connect(address) for address in addresses]
        for stream in first, second:
            await exchange(stream, b"in")
        third = asyncio.ensure_future(talk(addresses[0]))
        await asyncio.wait([third], timeout=0.5)
        assert not third.done(), "served"
        await exchange(second, b"still in")
        await second.close()
        await third
        await first.close()

    with Bridge(*PLAIN, *PLAIN, *CAT, "--max-clients", "2") as bridge:
        streams.run(crowd(bridge.addresses))


@test
def silent_clients_and_targets_are_given_up(directory):
    pki = make_certificates(directory / "pki")

    async def silence(address):
        """A client that says nothing."""
        _, place = streams.split_address(address)
        stream = await connect(f"tcp:{place['host']}:{place['port']}")
        try:
            while await stream.receive():
                pass
        except OSError:
            pass
        await stream.close()

    limit = "--handshake-timeout", "1"
    with Bridge("--listen", "tls:127.0.0.1:0", "--listen", "wss:127.0.0.1:0", "--listen", "ws:127.0.0.1:0",
                *CAT, "--tls-creds", pki, *limit) as bridge:
        streams.run(all_at_once(silence, bridge.addresses))
        bridge.wait_for_line("reason=no TLS within 1 s", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for kind, state in ("ws", "target WebSocket"), ("tls", "target TLS"):
            creds = ("--target-tls-creds", pki) if kind == "tls" else ()
            with Bridge(*PLAIN, "--target", f"{kind}:localhost:{port}", *creds, *limit) as bridge:
                streams.run(expect_end(bridge.address))
                bridge.wait_for_line(f"reason=no {state} within 1 s")


@test
def attempts_to_connect_are_limited(directory):
    def count_threads(bridge):
        return len(os.listdir(f"/proc/{bridge.process.pid}/task"))

    async def come(bridge, target, others):
        idle = count_threads(bridge)
        clients = [await connect(bridge.address) for _ in range(2)]
        bridge.wait_for_line("reason=no connecting within 1 s", 2)
        # Two threads still try: nobody else is let in as long as they do.
        third = asyncio.ensure_future(talk(bridge.address))
        await asyncio.wait([third], timeout=2.5)
        assert not third.done() and not any("connection 3" in line for line in bridge.lines), bridge.lines
        assert count_threads(bridge) <= idle + 2
        others.close()
        await asyncio.start_server(echo, sock=target)
        await third
        for client in clients:
            await client.close()

    async def echo(reader, writer):
        await streams.echo(streams.ByteStream(reader, writer))

    with socket.socket() as target, socket.socket() as other:
        target.bind(("127.0.0.1", 0))
        # One may wait there, and does: further ones get no answer.
        target.listen(0)
        other.connect(target.getsockname())
        address = f"tcp:127.0.0.1:{target.getsockname()[1]}"
        with Bridge(*PLAIN, "--target", address, "--max-clients", "2", "--handshake-timeout", "1") as bridge:
            streams.run(come(bridge, target, other))


def peak_memory(bridge):
    """In KiB."""
    with open(f"/proc/{bridge.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


@test
def slow_readers_cost_no_memory(directory):
    pki = make_certificates(directory / "pki")
    sent, enough = [], []
    piece = bytes(65536)

    async def pour(stream):
        number = len(sent)
        sent.append(0)
        while sent[number] < 200 << 20 and not enough:
            await stream.send(piece)
            sent[number] += len(piece)
        await stream.close()

    async def neglect(addresses):
        clients = [await connect(address, pki) for address in addresses * 5]
        for client in clients:
            # Nobody reads here either, beyond what asyncio keeps.
            if isinstance(client, streams.ByteStream):
                client.writer.transport.pause_reading()
        before = None
        while before != (now := (len(sent), sum(sent))) or len(sent) < len(clients):
            before = now
            await asyncio.sleep(0.5)
        enough.append(True)
        for client in clients:
            connection = client.writer if isinstance(client, streams.ByteStream) else client.connection
            connection.transport.abort()

    kinds = [option for kind in ("tcp", "tls", "ws", "wss") for option in ("--listen", f"{kind}:127.0.0.1:0")]
    with Servers(directory, pki) as servers:
        with Bridge(*kinds, "--target", servers.start("unix", pour), "--tls-creds", pki) as bridge:
            idle = peak_memory(bridge)
            streams.run(neglect(bridge.addresses))
            assert len(sent) == 20 and all(count < 100 << 20 for count in sent), sent
            growth = peak_memory(bridge) - idle
            # Two directions of each connection, and what layers keep.
            assert growth < 20 * 1024, f"{growth} KiB for {len(sent)} connections"
            bridge.wait_for_line("closed:", 20)


@test
def inherited_sockets(directory):
    path = directory / "socket"
    with socket.create_server(("127.0.0.1", 0)) as first, socket.socket(socket.AF_UNIX) as second:
        second.bind(str(path))
        second.listen()
        fds = first.fileno(), second.fileno()
        bridge = Bridge("--inherit", "tcp", "--inherit", "ws", *CAT, listeners=2, pass_fds=fds)
        # As systemd does it: numbers from 3 on, and the process they are for.
        bridge.arguments = ["sh", "-c", 'exec 8<&$1 9<&$2; exec 3<&8 4<&9 8<&- 9<&-; shift 2;'
                            'LISTEN_FDS=2 LISTEN_PID=$$ exec "$@"', "sh", *map(str, fds), *bridge.arguments]
        with bridge:
            port = first.getsockname()[1]
            assert bridge.addresses == [f"tcp:127.0.0.1:{port}", f"ws+unix:{path}"], bridge.addresses
            for address in bridge.addresses:
                assert is_served(address), address
    assert path.exists(), "it belongs to somebody else"


@test
def sockets_for_another_process_are_left_alone(directory):
    with Bridge(*PLAIN, *CAT, env={**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": "1"}) as bridge:
        assert len(bridge.addresses) == 1 and is_served(bridge.address)


@test
def standard_streams_may_be_closed(directory):
    path = directory / "socket"
    bridge = Bridge("--listen", f"unix:{path}", *CAT, listeners=0)
    bridge.arguments = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *bridge.arguments]
    with bridge:
        tap.wait_until(lambda: is_listening(path), "listening")
        # Otherwise lines of the log go to whatever has their numbers.
        for number in range(3):
            assert os.readlink(f"/proc/{bridge.process.pid}/fd/{number}") == "/dev/null"
        assert is_served(f"unix:{path}")


@test
def what_is_under_way_may_finish(directory):
    async def outlive(bridge):
        stream = await connect(bridge.address)
        await exchange(stream, b"before")
        bridge.process.send_signal(signal.SIGTERM)

        async def is_closed():
            try:
                await (await connect(bridge.address)).close()
            except OSError:
                return True
            return False

        while not await is_closed():
            await asyncio.sleep(0.01)
        await exchange(stream, b"after")
        assert bridge.is_running()
        await stream.close()

    for kind in "tcp:127.0.0.1:0", f"unix:{directory}/socket":
        with Bridge("--listen", kind, *CAT, "--drain-timeout", "100") as bridge:
            streams.run(outlive(bridge))
            assert bridge.process.wait(PATIENCE) == 0
    assert not (directory / "socket").exists()


@test
def what_does_not_finish_is_cut(directory):
    async def stay(bridge, count):
        stream = await connect(bridge.address)
        await exchange(stream, b"here")
        for _ in range(count):
            bridge.process.send_signal(signal.SIGTERM)
            # Two that come at once are one.
            await asyncio.sleep(0.2)
        try:
            assert await stream.receive() == b""
        except OSError:
            pass
        await stream.close()

    for limit, count in ("1", 1), ("0", 1), ("100", 2):
        with Bridge(*PLAIN, *CAT, "--drain-timeout", limit) as bridge:
            streams.run(stay(bridge, count))
            assert bridge.process.wait(PATIENCE) == 0


@test
def interrupting_is_stopping(directory):
    with Bridge(*PLAIN, *CAT) as bridge:
        bridge.process.send_signal(signal.SIGINT)
        assert bridge.process.wait(PATIENCE) == 0


@test
def commands_do_not_outlive_their_connections(directory):
    pids = directory / "pids"

    async def leave(address):
        stream = await connect(address)
        while not pids.exists() or len(pids.read_text().split()) < 2:
            await asyncio.sleep(0.01)
        await stream.close()

    def is_gone(pid):
        return not pathlib.Path(f"/proc/{pid}").exists()

    # One that does not care for the end of its input, with a child of its own.
    command = f"exec:trap '' HUP; sleep 1000 & echo $$ $! > {pids}; wait"
    with Bridge(*PLAIN, "--target", command, "--drain-timeout", "1") as bridge:
        streams.run(leave(bridge.address))
        bridge.process.send_signal(signal.SIGTERM)
        assert bridge.process.wait(PATIENCE) == 0
    for pid in pids.read_text().split():
        tap.wait_until(lambda pid=pid: is_gone(pid), "the end of a process")


@test
def not_even_those_that_refuse_to_end_outlive_them(directory):
    pid = directory / "pid"
    # One that is left behind.
    command = f"exec:(trap '' HUP TERM; echo started; exec sleep 1000 <&- >&-) & echo $! > {pid}"

    async def leave(address):
        stream = await connect(address)
        assert await streams.receive_exactly(stream, 8) == b"started\n"
        await stream.close()

    for limit in "100", "1":
        with Bridge(*PLAIN, "--target", command, "--drain-timeout", limit) as bridge:
            streams.run(leave(bridge.address))
            bridge.process.send_signal(signal.SIGTERM)
            assert bridge.process.wait(PATIENCE) == 0
            # It may be there for nobody has asked how it ended.
            tap.wait_until(lambda: is_dead(int(pid.read_text())), "the end of a process")


def is_dead(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@test
def commands_start_as_the_bridge_was_started(directory):
    async def ask(address):
        stream = await connect(address)
        answer = b""
        while piece := await stream.receive():
            answer += piece
        await stream.close()
        return answer.decode().split("\n")

    # Descriptors, their limit, ignored and blocked signals.
    command = "exec:ulimit -Sn; echo /proc/self/fd/*; grep -E 'Sig(Ign|Blk)' /proc/self/status | cut -f2"
    bridge = Bridge(*PLAIN, "--target", command, "--max-clients", "200")
    bridge.arguments = ["sh", "-c", 'ulimit -Sn 500; exec "$@"', "sh", *bridge.arguments]
    with bridge:
        limit, descriptors, *signals = streams.run(ask(bridge.address))
    assert limit == "500" and len(descriptors.split()) <= 4, (limit, descriptors)
    assert signals[:2] == ["0" * 16] * 2, signals


@test
def new_certificates_are_loaded_on_demand(directory):
    pki = make_certificates(directory / "pki")
    later = make_certificates(directory / "later")
    old = ssl.create_default_context(cafile=pki / "ca-cert.pem")
    new = ssl.create_default_context(cafile=later / "ca-cert.pem")
    with Bridge("--listen", "tls:127.0.0.1:0", *CAT, "--tls-creds", pki) as bridge:
        assert is_served(bridge.address, ssl=old) and not is_served(bridge.address, ssl=new)
        for path in later.iterdir():
            shutil.copyfile(path, pki / path.name)
        bridge.process.send_signal(signal.SIGHUP)
        tap.wait_until(lambda: is_served(bridge.address, ssl=new), "the new certificate")
        assert not is_served(bridge.address, ssl=old)
        (pki / "server-key.pem").write_text("rubbish")
        bridge.process.send_signal(signal.SIGHUP)
        bridge.wait_for_line("stay as they were")
        assert is_served(bridge.address, ssl=new)


if __name__ == "__main__":
    sys.exit(tap.main())
