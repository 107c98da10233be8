#!/usr/bin/env python3
"""qio-bridge between clients and servers of every kind. TAP.

usage: forward.py QIO-BRIDGE
"""

import asyncio
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import streams, tap
from support.bridge import Bridge
from support.certificates import make_certificates
from support.streams import Servers, connect, exchange, receive_exactly
from support.tap import PATIENCE, test

BIG = random.Random(1).randbytes(10 << 20)
SOME = BIG[:300_000]
LISTENERS = "tcp", "unix", "tls", "tls+unix", "ws", "ws+unix", "wss", "wss+unix"
TARGETS = "tcp", "unix", "tls", "tls+unix", "ws", "ws+unix", "wss", "wss+unix"


def listen(directory, scheme):
    """Options to listen at a free port, or a path, of a kind."""
    return "--listen", f"{scheme}:{directory / scheme if 'unix' in scheme else '127.0.0.1:0'}"


def forwarding(directory, pki, listeners, target):
    """A bridge with these kinds of listeners."""
    options = [option for scheme in listeners for option in listen(directory, scheme)]
    if any(scheme.startswith(("tls", "wss")) for scheme in listeners):
        options += ["--tls-creds", pki]
    if target.startswith(("tls", "wss")):
        options += ["--target-tls-creds", pki, "--target-tls-hostname", "localhost"]
    return Bridge(*options, "--target", target)


async def expect_end(address):
    stream = await connect(address)
    assert await stream.receive() == b""
    await stream.close()


async def talk(address, pki, *pieces, **keywords):
    stream = await connect(address, pki, **keywords)
    for data in pieces:
        await exchange(stream, data)
    await stream.close()


def add_test_of_target(scheme):
    def every_listener(directory):
        pki = make_certificates(directory / "pki")
        with Servers(directory, pki) as servers:
            target = "exec:cat" if scheme == "exec" else servers.start(scheme)
            with forwarding(directory, pki, LISTENERS, target) as bridge:
                for address in bridge.addresses:
                    streams.run(talk(address, pki, b"x", SOME))

    every_listener.__name__ = f"every kind of listener to {scheme}"
    test(every_listener)


for kind in *TARGETS, "exec":
    add_test_of_target(kind)


@test
def ten_mebibytes_both_ways(directory):
    pki = make_certificates(directory / "pki")
    with Servers(directory, pki) as servers:
        with forwarding(directory, pki, ("tcp", "wss"), servers.start("tls")) as bridge:
            for address in bridge.addresses:
                streams.run(talk(address, pki, BIG))


@test
def many_at_the_same_time(directory):
    pki = make_certificates(directory / "pki")

    async def talk_all(addresses):
        await asyncio.gather(*(talk(address, pki, SOME) for address in addresses * 10))

    with Servers(directory, pki) as servers:
        with forwarding(directory, pki, ("tcp", "tls", "ws", "wss"), servers.start("unix")) as bridge:
            streams.run(talk_all(bridge.addresses))


@test
def ip_version_6(directory):
    with Bridge("--listen", "tcp:[::1]:0", "--target", "exec:cat") as bridge:
        assert bridge.address.startswith("tcp:[::1]:"), bridge.address
        streams.run(talk(bridge.address, None, SOME))


@test
def pings_are_answered(directory):
    async def ping(address):
        stream = await connect(address)
        await asyncio.wait_for(await stream.connection.ping(b"payload"), PATIENCE)
        await exchange(stream, SOME)
        await asyncio.wait_for(await stream.connection.ping(b"again"), PATIENCE)
        await stream.close()
        assert stream.connection.close_code == 1000, stream.connection.close_code

    with forwarding(directory, None, ("ws",), "exec:cat") as bridge:
        streams.run(ping(bridge.address))


@test
def subprotocols_and_paths(directory):
    """noVNC asks for the path /websockify, and old versions for a subprotocol."""
    async def ask(bridge):
        uri = f"ws://localhost:{bridge.port}/websockify?token=x"
        async with streams.websockets.connect(uri, subprotocols=["base64", "binary"]) as connection:
            assert connection.subprotocol == "binary"
            await connection.send(b"through")
            assert await connection.recv() == b"through"

    with forwarding(directory, None, ("ws",), "exec:cat") as bridge:
        streams.run(ask(bridge))


@test
def text_is_refused(directory):
    async def chat(address):
        stream = await connect(address)
        await stream.connection.send("text")
        await stream.connection.wait_closed()
        assert stream.connection.close_code == 1003, stream.connection.close_code

    with forwarding(directory, None, ("ws",), "exec:cat") as bridge:
        streams.run(chat(bridge.address))


@test
def one_direction_may_end_first(directory):
    async def half_close(address):
        stream = await connect(address)
        await stream.send(SOME)
        await stream.end_output()
        received = b""
        while piece := await stream.receive():
            received += piece
        await stream.close()
        return received

    target = "exec:sha256sum"
    expected = subprocess.run(["sha256sum"], input=SOME, capture_output=True, check=True).stdout
    with forwarding(directory, None, ("tcp", "unix"), target) as bridge:
        for address in bridge.addresses:
            assert streams.run(half_close(address)) == expected


@test
def an_end_of_the_target_ends_every_kind_of_client(directory):
    pki = make_certificates(directory / "pki")

    async def read_to_end(address):
        stream = await connect(address, pki)
        assert await receive_exactly(stream, 6) == b"hello\n"
        assert await stream.receive() == b""
        await stream.close()

    with forwarding(directory, pki, LISTENERS, "exec:echo hello") as bridge:
        for address in bridge.addresses:
            streams.run(read_to_end(address))


@test
def an_end_of_the_client_ends_every_kind_of_target(directory):
    pki = make_certificates(directory / "pki")
    ends = []

    async def read_to_end(stream):
        received = b""
        while piece := await stream.receive():
            received += piece
        ends.append(received)
        await stream.close()

    async def speak(address):
        stream = await connect(address)
        await stream.send(b"hello")
        await stream.close()

    with Servers(directory, pki) as servers:
        for count, scheme in enumerate(TARGETS, 1):
            target = servers.start(scheme, read_to_end)
            with forwarding(directory, pki, ("tcp",), target) as bridge:
                streams.run(speak(bridge.address))
                tap.wait_until(lambda count=count: len(ends) == count, f"the end at {scheme}")
    assert ends == [b"hello"] * len(TARGETS), ends


@test
def nobody_at_the_target(directory):
    with Bridge("--listen", "tcp:127.0.0.1:0", "--target", f"unix:{directory}/nobody") as bridge:
        streams.run(expect_end(bridge.address))
        bridge.wait_for_line(f"unix:{directory}/nobody|{directory}/nobody")
        # It goes on.
        streams.run(expect_end(bridge.address))


@test
def a_target_with_another_certificate_is_refused(directory):
    pki = make_certificates(directory / "pki")
    other = make_certificates(directory / "other")

    with Servers(directory, pki) as servers:
        target = servers.start("tls")
        # The target does not like the other authority's client either, and may be faster.
        for reason, more in (("target TLS: ", ("--target-tls-creds", other)),
                             ("target TLS: .*example.org",
                              ("--target-tls-creds", pki, "--target-tls-hostname", "example.org"))):
            with Bridge("--listen", "tcp:127.0.0.1:0", "--target", target, *more) as bridge:
                streams.run(expect_end(bridge.address))
                bridge.wait_for_line(f"reason={reason}")


@test
def a_command_that_fails(directory):
    with Bridge("--listen", "tcp:127.0.0.1:0", "--target", "exec:exit 3") as bridge:
        streams.run(expect_end(bridge.address))


@test
def openssl_is_a_client(directory):
    pki = make_certificates(directory / "pki")
    with forwarding(directory, pki, ("tls",), "exec:tr a-z A-Z") as bridge:
        command = ["openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", pki / "ca-cert.pem",
                   "-verify_hostname", "localhost", "-connect", f"127.0.0.1:{bridge.port}"]
        # Its input stays open: with the end of it, s_client goes at once.
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as client:
            client.stdin.write(b"hello openssl\n")
            client.stdin.flush()
            # tr writes when its input has ended, or its buffer is full.
            client.stdin.write(b"x" * 100_000)
            client.stdin.flush()
            assert client.stdout.read(14) == b"HELLO OPENSSL\n"
            client.kill()


if __name__ == "__main__":
    sys.exit(tap.main())
