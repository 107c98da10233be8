#!/usr/bin/env python3
"""WebSocket against peers that are not ours: Python's websockets, plain sockets that
break off or send rubbish, and a headless Chromium. TAP.

usage: websock-peers.py PROGRAM
"""

import asyncio
import http.server
import os
import random
import socket
import ssl
import subprocess
import sys
import threading

from support import tap, websockets
from support.browser import ROUND_TRIP, chromium
from support.certificates import make_certificates
from support.tap import test

PROGRAM = os.path.abspath(sys.argv[1])
MEBIBYTE = 1 << 20
BIG = random.Random(1).randbytes(10 * MEBIBYTE)
# For waiting on things that happen at once unless the test fails.
PATIENCE = 120


class Server:
    """Our server as a program of its own; with a directory of certificates, over TLS."""

    def __init__(self, *directory):
        self.scheme = "wss" if directory else "ws"
        self.command = [PROGRAM, "server", *directory]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.uri = f"{self.scheme}://127.0.0.1:{self.port}/"
        return self

    def __exit__(self, *_):
        alive = self.process.poll() is None
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        assert alive, "the server ended"

    def connect(self, **keywords):
        return websockets.connect(self.uri, max_size=None, **keywords)


async def receive(connection, size):
    data = bytearray()
    while len(data) < size:
        data += await connection.recv()
    return bytes(data)


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, PATIENCE))


@test
def their_client_and_our_server():
    async def talk(server, **keywords):
        async with server.connect(**keywords) as connection:
            for size in (0, 1, 125, 126, 127, 65535, 65536, MEBIBYTE):
                await connection.send(BIG[:size])
                assert await receive(connection, size) == BIG[:size]
            await asyncio.wait_for(await connection.ping(b"payload"), PATIENCE)
            return connection.subprotocol

    with Server() as server:
        assert run(talk(server)) is None
        assert run(talk(server, compression=None)) is None
        assert run(talk(server, subprotocols=["base64", "binary"])) == "binary"


@test
def their_client_sends_ten_mebibytes():
    async def talk(server):
        async with server.connect() as connection:
            sending = asyncio.ensure_future(connection.send(BIG))
            assert await receive(connection, len(BIG)) == BIG
            await sending

    with Server() as server:
        run(talk(server))


@test
def their_client_and_our_server_over_tls(directory):
    async def talk(server, context):
        async with server.connect(ssl=context) as connection:
            for size in (0, 1, 125, 65535, 65536, MEBIBYTE):
                await connection.send(BIG[:size])
                assert await receive(connection, size) == BIG[:size]
            sending = asyncio.ensure_future(connection.send(BIG))
            assert await receive(connection, len(BIG)) == BIG
            await sending

    pki = make_certificates(directory / "pki")
    context = ssl.create_default_context(cafile=pki / "ca-cert.pem")
    with Server(pki) as server:
        run(talk(server, context))


@test
def their_client_sends_fragments():
    pieces = [BIG[start:start + 1000] for start in range(0, 50_000, 1000)]

    async def talk(server):
        async with server.connect() as connection:
            await connection.send(pieces)
            assert await receive(connection, 50_000) == BIG[:50_000]

    with Server() as server:
        run(talk(server))


@test
def text_is_refused():
    async def talk(server):
        async with server.connect() as connection:
            await connection.send("text")
            await connection.wait_closed()
            assert connection.close_code == 1003, connection.close_code

    with Server() as server:
        run(talk(server))


@test
def their_close_is_answered():
    async def talk(server):
        async with server.connect() as connection:
            await connection.close(4001, "done")
            assert connection.close_code == 4001, connection.close_code
            assert connection.close_reason == "peer requested close"

    with Server() as server:
        run(talk(server))


@test
def a_wrong_path_is_refused():
    async def talk(server):
        try:
            async with websockets.connect(server.uri + "elsewhere"):
                raise AssertionError("accepted")
        except websockets.InvalidStatusCode as error:
            assert error.status_code == 404, error.status_code

    with Server() as server:
        run(talk(server))


def run_client(port, path, protocol, size):
    command = [PROGRAM, "client", str(port), path, protocol, str(size)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


@test
def our_client_and_their_server():
    async def serve():
        seen = []

        async def echo(connection):
            seen.append((connection.path, connection.subprotocol))
            try:
                async for message in connection:
                    assert isinstance(message, bytes)
                    await connection.send(message)
            finally:
                seen.append(connection.close_code)

        loop = asyncio.get_running_loop()
        keywords = {"max_size": None, "subprotocols": ["binary"]}
        async with websockets.serve(echo, "127.0.0.1", 0, **keywords) as server:
            port = server.sockets[0].getsockname()[1]
            for path, protocol, size in (("/", "-", 0), ("/a?b=c", "binary", 1000),
                                         ("/", "-", 10 * MEBIBYTE)):
                seen.clear()
                result = await loop.run_in_executor(None, run_client, port, path, protocol, size)
                assert (result.returncode, result.stdout) == (0, "the same\n"), result
                while len(seen) < 2:
                    await asyncio.sleep(0.01)
                expected = None if protocol == "-" else protocol
                assert seen == [(path, expected), 1000], seen

    run(serve())


@test
def their_server_may_refuse_our_client():
    async def serve():
        async def refuse(_path, _headers):
            return http.HTTPStatus.FORBIDDEN, [], b"no"

        loop = asyncio.get_running_loop()
        async with websockets.serve(None, "127.0.0.1", 0, process_request=refuse) as server:
            port = server.sockets[0].getsockname()[1]
            result = await loop.run_in_executor(None, run_client, port, "/", "-", 1)
            assert result.returncode == 1 and "403" in result.stdout, result

    run(serve())


@test
def hostile_peers():
    numbers = random.Random(2)
    request = (b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")

    def attack(server, data):
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
            try:
                connection.sendall(data)
                if numbers.random() < 0.5:
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass
            except OSError:
                # The server has had enough.
                pass

    with Server() as server:
        attack(server, b"x" * (10 * MEBIBYTE))
        attack(server, request + b"\x82\xff\x7f" + b"\xff" * 11)
        for _ in range(300):
            rubbish = numbers.randbytes(numbers.randrange(2000))
            attack(server, rubbish)
            attack(server, request[:numbers.randrange(len(request))] + rubbish)
            attack(server, request + rubbish)
            mutated = bytearray(request)
            mutated[numbers.randrange(len(mutated))] = numbers.randrange(256)
            attack(server, mutated)

        async def talk():
            async with server.connect() as connection:
                await connection.send(b"still there?")
                assert await connection.recv() == b"still there?"

        run(talk())


PAGE = f"""<!doctype html><script>{ROUND_TRIP}</script>""" + """<script>
const report = text => fetch("/result", { method: "POST", body: text });
const talk = () => roundTrip("URI", PROTOCOLS, 10 << 20, report);
// A WebSocket never answers a TLS server that asks for a certificate of the client. Other
// requests do, with none, and the browser remembers that. Not found is good enough.
if ("URI".startsWith("wss:"))
    fetch("URI".replace("wss:", "https:"), { mode: "no-cors" }).finally(talk);
else
    talk();
</script>"""


def in_browser(uri, protocols, *options):
    """What the page says at the end."""
    results = []
    done = threading.Event()
    page = PAGE.replace("URI", uri).replace("PROTOCOLS", protocols).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page if self.path == "/" else b"")

        def do_POST(self):
            results.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()
            done.set()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with chromium(f"http://127.0.0.1:{server.server_address[1]}/", *options):
        try:
            assert done.wait(PATIENCE), "the page did not report"
        finally:
            server.shutdown()
            server.server_close()
    return results[0]


@test
def chromium_and_our_server():
    with Server() as server:
        assert in_browser(server.uri, "[]") == "true  4000 peer requested close true"
        assert (in_browser(server.uri, '["base64", "binary"]')
                == "true binary 4000 peer requested close true")


@test
def chromium_and_our_server_over_tls(directory):
    with Server(make_certificates(directory / "pki")) as server:
        # The authority is not in the browser's list.
        assert (in_browser(server.uri, '["binary"]', "--ignore-certificate-errors")
                == "true binary 4000 peer requested close true")


if __name__ == "__main__":
    sys.exit(tap.main())
