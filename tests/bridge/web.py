#!/usr/bin/env python3
"""qio-bridge as a web server: files for those who do not talk WebSocket. TAP.

usage: web.py QIO-BRIDGE
"""

import contextlib
import http.client
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import streams, tap
from support.bridge import Bridge
from support.browser import ROUND_TRIP, chromium
from support.certificates import make_certificates
from support.tap import PATIENCE, Skip, test

BIG = random.Random(1).randbytes(20_000_001)


def make_site(directory):
    """Files to be served, and some that must not be."""
    site = directory / "site"
    (site / "sub").mkdir(parents=True)
    (site / "empty").mkdir()
    (site / "index.html").write_text("<!doctype html>the root")
    (site / "sub/index.html").write_text("<!doctype html>below")
    (site / "app.js").write_text("'use strict'")
    (site / "a b%.txt").write_text("blank")
    (site / "nothing").touch()
    (site / "big").write_bytes(BIG)
    (site / "inside").symlink_to("sub/index.html")
    (site / "outside").symlink_to("../secret")
    (site / "absolute").symlink_to("/etc/passwd")
    (site / "above").symlink_to("..")
    (site / "loop").symlink_to("loop")
    os.mkfifo(site / "fifo")
    (site / "private").touch(mode=0)
    (directory / "secret").write_text("secret")
    return site


def serving(site, *options):
    return Bridge("--listen", "ws:127.0.0.1:0", "--target", "exec:cat", "--web", site, *options)


def ask(bridge, path, method="GET", **keywords):
    connection = http.client.HTTPConnection("127.0.0.1", bridge.port, timeout=PATIENCE)
    # http.client sends the path as it is.
    connection.request(method, path, **keywords)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def status_of(bridge, path, *args, **keywords):
    return ask(bridge, path, *args, **keywords)[0].status


def exchange_raw(port, request, timeout=PATIENCE):
    """Sends bytes and receives until the end."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        connection.sendall(request)
        received = bytearray()
        while piece := connection.recv(65536):
            received += piece
    return bytes(received)


@test
def files_and_their_types(directory):
    with serving(make_site(directory)) as bridge:
        for path, kind, text in (("/", "text/html; charset=utf-8", b"<!doctype html>the root"),
                                 ("/index.html?v=1", "text/html; charset=utf-8", b"<!doctype html>the root"),
                                 ("/sub/", "text/html; charset=utf-8", b"<!doctype html>below"),
                                 ("//sub/./index.html", "text/html; charset=utf-8", b"<!doctype html>below"),
                                 ("/app.js", "text/javascript; charset=utf-8", b"'use strict'"),
                                 ("/a%20b%25.txt", "text/plain; charset=utf-8", b"blank"),
                                 ("/nothing", "application/octet-stream", b""),
                                 ("http://localhost/app.js", "text/javascript; charset=utf-8", b"'use strict'")):
            response, body = ask(bridge, path)
            assert (response.status, response.getheader("Content-Type"), body) == (200, kind, text), (path, body)
            assert response.getheader("Content-Length") == str(len(text))
            assert response.getheader("Connection") == "close"
        bridge.wait_for_line(r"200 /app\.js")


@test
def heads_only(directory):
    with serving(make_site(directory)) as bridge:
        response, body = ask(bridge, "/big", "HEAD")
        assert response.status == 200 and response.getheader("Content-Length") == str(len(BIG)) and body == b""
        response, body = ask(bridge, "/none", "HEAD")
        assert response.status == 404 and body == b""


@test
def directories_get_a_slash(directory):
    with serving(make_site(directory)) as bridge:
        for path, location in (("/sub", "/sub/"), ("/sub?x", "/sub/"), ("//sub", "/sub/"), ("/./sub", "/./sub/")):
            response, _ = ask(bridge, path)
            assert (response.status, response.getheader("Location")) == (301, location), path
        assert status_of(bridge, "/empty/") == 404


@test
def nothing_outside_is_served(directory):
    site = make_site(directory)
    with serving(site) as bridge:
        for path in ("/../secret", "/sub/../../secret", "/%2e%2e/secret", "/%2E%2e%2fsecret", "/..%2fsecret",
                     "/sub/%2e%2e/%2e%2e/secret", "/outside", "/absolute", "/above/secret", "/above/", "/loop",
                     "/..", "/sub/.."):
            response, body = ask(bridge, path)
            assert response.status == 403 and b"secret" not in body and b"root:" not in body, (path, body)
        assert ask(bridge, "/inside")[1] == b"<!doctype html>below"
        # That is the file's name, not a way up.
        for path in f"/{site}/index.html", "/...", "/..%5csecret", "/%252e%252e/secret":
            assert status_of(bridge, path) == 404, path


@test
def nothing_outside_is_served_by_old_kernels_either(directory):
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=openat2:error=ENOSYS"]
    if shutil.which("strace") is None:
        raise Skip("strace is not installed")
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode != 0:
        raise Skip("strace may not trace here")
    bridge = serving(make_site(directory))
    # Not its parent: signals are for the bridge.
    bridge.arguments = [command[0], "-D", *command[1:], *bridge.arguments]
    with bridge:
        assert ask(bridge, "/sub//index.html")[1] == b"<!doctype html>below"
        assert ask(bridge, "/")[1] == b"<!doctype html>the root"
        for path in "/../secret", "/outside", "/absolute", "/above/", "/inside", "/loop":
            assert status_of(bridge, path) in (403, 404), path
        assert status_of(bridge, "/none/none") == 404


@test
def what_is_no_file_is_not_served(directory):
    with serving(make_site(directory)) as bridge:
        assert status_of(bridge, "/fifo") == 403
        assert status_of(bridge, "/none") == 404
        assert status_of(bridge, "/index.html/") == 404
        assert status_of(bridge, "/" + "x" * 300) == 404
        if os.geteuid() != 0:
            assert status_of(bridge, "/private") == 403


@test
def other_methods_are_refused(directory):
    with serving(make_site(directory)) as bridge:
        for method in "POST", "PUT", "DELETE", "OPTIONS", "BREW":
            response, _ = ask(bridge, "/", method, body=b"x" * 200_000)
            assert (response.status, response.getheader("Allow")) == (405, "GET, HEAD"), method


@test
def files_that_the_client_has_already(directory):
    with serving(make_site(directory)) as bridge:
        modified = ask(bridge, "/big")[0].getheader("Last-Modified")
        response, body = ask(bridge, "/big", headers={"If-Modified-Since": modified})
        assert response.status == 304 and body == b""
        os.utime(directory / "site/big", (0, 0))
        response, body = ask(bridge, "/big", headers={"If-Modified-Since": modified})
        assert response.status == 200 and body == BIG
        assert response.getheader("Last-Modified") == "Thu, 01 Jan 1970 00:00:00 GMT"


@test
def requests_that_make_no_sense(directory):
    with serving(make_site(directory)) as bridge:
        for request in (b"GET\r\n\r\n", b"GET /\r\n\r\n", b"\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n",
                        b"GET  / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
                        b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"GET / HTTP/1.1\r\nA : x\r\n\r\n",
                        b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", b"GET / HTTP/1.1\n\n",
                        b"GET /\x01 HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nA: \0\r\n\r\n",
                        b"GET * HTTP/1.1\r\n\r\n", b"GET /%00 HTTP/1.1\r\n\r\n", b"GET /%zz HTTP/1.1\r\n\r\n",
                        # TLS to a listener without it.
                        b"\x16\x03\x01\x02\x00\x01\x00"):
            answer = exchange_raw(bridge.port, request)
            assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n"), (request, answer)
        answer = exchange_raw(bridge.port, b"GET / HTTP/1.1\r\nA: " + b"x" * 8192 + b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 431 "), answer
        # Not an error: HTTP/1.0, no header, byte by byte.
        with socket.create_connection(("127.0.0.1", bridge.port), PATIENCE) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET /app.js HTTP/1.0\r\n\r\n":
                connection.sendall(bytes([byte]))
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


@test
def clients_that_send_nothing_are_told_so(directory):
    with serving(make_site(directory), "--handshake-timeout", "1") as bridge:
        for start in b"", b"GET / HT":
            answer = exchange_raw(bridge.port, start)
            assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n"), (start, answer)
        bridge.wait_for_line("408")


@test
def clients_that_go_away(directory):
    with serving(make_site(directory)) as bridge:
        for start in b"", b"GET / HT", b"GET /big HTTP/1.1\r\n\r\n":
            with socket.create_connection(("127.0.0.1", bridge.port), PATIENCE) as connection:
                connection.sendall(start)
        assert ask(bridge, "/app.js")[1] == b"'use strict'"


@test
def big_files_wait_for_slow_readers(directory):
    """What is not read stays on the disk."""
    site = make_site(directory)
    with open(site / "huge", "wb") as file:
        file.truncate(400 << 20)
    with serving(site) as bridge:
        assert ask(bridge, "/big")[1] == BIG
        clients = [socket.create_connection(("127.0.0.1", bridge.port), PATIENCE) for _ in range(5)]
        for client in clients:
            client.sendall(b"GET /huge HTTP/1.1\r\n\r\n")
            assert client.recv(10) == b"HTTP/1.1 2"
        # Others are served, by a process that is not big.
        assert ask(bridge, "/big")[1] == BIG
        with open(f"/proc/{bridge.process.pid}/status", encoding="ascii") as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
        assert resident < 60 << 10, f"{resident} KiB"
        for client in clients:
            client.close()


@test
def downloads_do_not_keep_the_bridge_from_stopping(directory):
    site = make_site(directory)
    for limit in "0", "1":
        with serving(site, "--drain-timeout", limit) as bridge:
            with contextlib.ExitStack() as stack:
                for request in b"", b"GET / HT", b"GET /big HTTP/1.1\r\n\r\n":
                    client = stack.enter_context(socket.create_connection(("127.0.0.1", bridge.port), PATIENCE))
                    client.sendall(request)
                assert client.recv(10) == b"HTTP/1.1 2"
                bridge.wait_for_line("accepted", 3)
                bridge.process.send_signal(signal.SIGTERM)
                assert bridge.process.wait(PATIENCE) == 0


@test
def large_downloads_take_longer_than_a_handshake(directory):
    with serving(make_site(directory), "--handshake-timeout", "1") as bridge:
        with socket.create_connection(("127.0.0.1", bridge.port), PATIENCE) as client:
            client.sendall(b"GET /big HTTP/1.1\r\n\r\n")
            received = bytearray(client.recv(100_000))
            threading.Event().wait(2)
            while piece := client.recv(65536):
                received += piece
        assert received.endswith(BIG[-1000:]) and len(received) > len(BIG)


@test
def over_tls(directory):
    pki = make_certificates(directory / "pki")
    site = make_site(directory)
    context = ssl.create_default_context(cafile=pki / "ca-cert.pem")
    # Only an end that was announced is one.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    with Bridge("--listen", "wss:127.0.0.1:0", "--target", "exec:cat", "--tls-creds", pki, "--web", site) as bridge:
        with socket.create_connection(("127.0.0.1", bridge.port), PATIENCE) as plain:
            with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as connection:
                connection.sendall(b"GET /big HTTP/1.1\r\n\r\n")
                received = bytearray()
                while piece := connection.recv(65536):
                    received += piece
        assert received.endswith(b"\r\n\r\n" + BIG)
        streams.run(talk(bridge.address, pki))


async def talk(address, pki=None):
    stream = await streams.connect(address, pki)
    await streams.exchange(stream, BIG[:100_000])
    await stream.close()


@test
def websocket_is_there_as_well(directory):
    with serving(make_site(directory)) as bridge:
        streams.run(talk(bridge.address))
        assert status_of(bridge, "/") == 200


UPGRADE = (b"GET /any/path HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


@test
def what_comes_along_with_a_handshake_is_not_lost(directory):
    frame = b"\x82\x84\0\0\0\0data"
    with serving(make_site(directory)) as bridge:
        with socket.create_connection(("127.0.0.1", bridge.port), PATIENCE) as connection:
            connection.sendall(UPGRADE + frame)
            answer = b""
            while not answer.endswith(b"\r\n\r\n\x82\x04data"):
                piece = connection.recv(65536)
                assert piece, answer
                answer += piece
        assert answer.startswith(b"HTTP/1.1 101 "), answer


@test
def handshakes_that_make_no_sense(directory):
    with serving(make_site(directory)) as bridge:
        for old, new in ((b"Host: a\r\n", b""), (b"GET", b"POST"), (b"Version: 13", b"Version: 7"),
                         (b"Connection: Upgrade", b"Connection: close"), (b"dGhl", b"dGh")):
            answer = exchange_raw(bridge.port, UPGRADE.replace(old, new))
            assert answer.startswith(b"HTTP/1.1 400 "), (new, answer)
        answer = exchange_raw(bridge.port, UPGRADE.replace(b"Host: a", b"Host: " + b"a" * 5000))
        assert answer.startswith(b"HTTP/1.1 431 "), answer


@test
def hostile_clients(directory):
    numbers = random.Random(3)
    starts = UPGRADE, b"GET /big HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: b\r\n\r\n"

    def attack(port, data):
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            try:
                connection.sendall(data)
                if numbers.random() < 0.5:
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(65536)
            except OSError:
                # The bridge has had enough.
                pass

    with serving(make_site(directory), "--drain-timeout", "0") as bridge:
        attack(bridge.port, b"x" * 10_000_000)
        for _ in range(200):
            rubbish = numbers.randbytes(numbers.randrange(2000))
            start = numbers.choice(starts)
            mutated = bytearray(start)
            mutated[numbers.randrange(len(mutated))] = numbers.randrange(256)
            for data in rubbish, start[:numbers.randrange(len(start))] + rubbish, start + rubbish, mutated:
                attack(bridge.port, data)
        streams.run(talk(bridge.address))
        assert ask(bridge, "/app.js")[1] == b"'use strict'"


@test
def without_a_directory_there_are_no_files(directory):
    with Bridge("--listen", "ws:127.0.0.1:0", "--target", "exec:cat") as bridge:
        answer = exchange_raw(bridge.port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 ")), answer


PAGE = """<!doctype html><title>loading</title><script src="page.js"></script>"""

SCRIPT = ROUND_TRIP + """
const uri = location.href.replace("http", "ws") + "websockify";
// The bridge's log tells the test.
roundTrip(uri, ["binary"], 3 << 20, text => fetch("result/" + text.replaceAll(" ", "-")));
"""


def in_browser(directory, scheme, *options):
    """A page from the bridge talks to it."""
    site = directory / "site"
    site.mkdir()
    (site / "index.html").write_text(PAGE)
    (site / "page.js").write_text(SCRIPT)
    with Bridge("--listen", f"{scheme}:127.0.0.1:0", "--target", "exec:cat", "--web", site, *options) as bridge:
        url = f"{scheme.replace('ws', 'http')}://127.0.0.1:{bridge.port}/"
        # The authority is not in the browser's list.
        with chromium(url, "--ignore-certificate-errors"):
            result = bridge.wait_for_line(r"404 /result/(\S+)")[1]
        assert result == "true-binary-4000-peer-requested-close-true", result


@test
def chromium_loads_a_page_and_talks(directory):
    in_browser(directory, "ws")


@test
def chromium_loads_a_page_and_talks_over_tls(directory):
    in_browser(directory, "wss", "--tls-creds", make_certificates(directory / "pki"))


if __name__ == "__main__":
    sys.exit(tap.main())
