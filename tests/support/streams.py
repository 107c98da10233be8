"""Connections of every kind that qio-bridge knows, made by other implementations: asyncio's
sockets and TLS, and websockets. An address is written as for the bridge.
"""

import asyncio
import threading

from . import websockets
from .certificates import python_tls
from .tap import PATIENCE

CHUNK = 100_000


def split_address(address):
    """An address: its layers ("", "tls", "ws" or "wss"), and a path or a host and a port."""
    scheme, _, place = address.partition(":")
    layers = scheme.removesuffix("+unix").replace("tcp", "").replace("unix", "")
    if "unix" in scheme:
        return layers, {"path": place}
    host, _, port = place.rpartition(":")
    return layers, {"host": host.strip("[]"), "port": int(port)}


class ByteStream:
    """A connection without messages."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self):
        """Some bytes; none at the end."""
        return await self.reader.read(65536)

    async def end_output(self):
        self.writer.write_eof()

    async def close(self):
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            # The peer was faster.
            pass


class MessageStream:
    """A WebSocket connection."""

    def __init__(self, connection):
        self.connection = connection

    async def send(self, data):
        for start in range(0, len(data), CHUNK):
            await self.connection.send(data[start:start + CHUNK])

    async def receive(self):
        try:
            return await self.connection.recv()
        except websockets.ConnectionClosedOK:
            return b""

    async def close(self):
        await self.connection.close()


async def connect(address, pki=None, **keywords):
    """Connects to an address; a certificate of the client's is shown if somebody asks."""
    layers, place = split_address(address)
    is_secure = layers in ("tls", "wss")
    if is_secure:
        if "ssl" not in keywords:
            keywords["ssl"] = python_tls(pki, is_server=False)
        keywords.setdefault("server_hostname", "localhost")
    if layers.startswith("ws"):
        uri = f"{layers}://localhost/"
        connect_to = websockets.unix_connect if "path" in place else websockets.connect
        where = {"path": place["path"]} if "path" in place else place
        return MessageStream(await connect_to(uri=uri, max_size=None, **where, **keywords))
    if "path" in place:
        return ByteStream(*await asyncio.open_unix_connection(place["path"], **keywords))
    return ByteStream(*await asyncio.open_connection(place["host"], place["port"], **keywords))


async def receive_exactly(stream, size):
    received = bytearray()
    while len(received) < size:
        piece = await stream.receive()
        assert piece, f"the stream ends after {len(received)} of {size} bytes"
        received += piece
    return bytes(received)


async def exchange(stream, data):
    """Sends data to somebody who sends the same back."""
    sending = asyncio.ensure_future(stream.send(data))
    assert await receive_exactly(stream, len(data)) == data
    await sending


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, PATIENCE))


async def echo(stream):
    """Sends everything back."""
    while piece := await stream.receive():
        await stream.send(piece)
    await stream.close()


class Servers:
    """Servers in a thread of their own, each at a free port or a path."""

    def __init__(self, directory, pki=None):
        self.directory, self.pki = directory, pki
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.call(self.cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    async def cancel_all(self):
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def start(self, scheme, handle=echo):
        """Starts a server of a kind; returns its address."""
        return self.call(self.serve(scheme, handle))

    async def serve(self, scheme, handle):
        layers, _ = split_address(f"{scheme}:0:0")
        context = python_tls(self.pki, is_server=True) if layers in ("tls", "wss") else None

        async def handle_bytes(reader, writer):
            await self.guard(handle, ByteStream(reader, writer))

        async def handle_messages(connection):
            await self.guard(handle, MessageStream(connection))

        path = str(self.directory / f"{scheme}-server")
        if layers.startswith("ws"):
            keywords = {"ssl": context, "max_size": None}
            if scheme.endswith("unix"):
                await websockets.unix_serve(handle_messages, path, **keywords)
                return f"{scheme}:{path}"
            server = await websockets.serve(handle_messages, "127.0.0.1", 0, **keywords)
        elif scheme.endswith("unix"):
            await asyncio.start_unix_server(handle_bytes, path, ssl=context)
            return f"{scheme}:{path}"
        else:
            server = await asyncio.start_server(handle_bytes, "127.0.0.1", 0, ssl=context)
        return f"{scheme}:localhost:{server.sockets[0].getsockname()[1]}"

    @staticmethod
    async def guard(handle, stream):
        try:
            await handle(stream)
        except (OSError, EOFError, websockets.ConnectionClosed):
            # The peer has gone.
            pass
