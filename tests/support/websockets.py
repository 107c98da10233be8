"""Python's websockets with the one interface that is in version 10 of Debian 12 and in
version 15 of Debian 13.
"""

from .tap import needs_module

needs_module("websockets")
from websockets.exceptions import (
    ConnectionClosed, ConnectionClosedError, ConnectionClosedOK, InvalidHandshake)
from websockets.legacy.client import InvalidStatusCode, connect, unix_connect
from websockets.legacy.server import serve, unix_serve
