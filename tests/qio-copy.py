#!/usr/bin/env python3
"""Tests of the program qio-copy. TAP.

usage: qio-copy.py PROGRAM
"""

import asyncio
import base64
import fcntl
import hashlib
import http
import os
import pty
import random
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

from support import tap, websockets
from support.certificates import make_certificates, python_tls
from support.sockets import is_listening
from support.tap import PATIENCE, Skip, test

PROGRAM = os.path.abspath(sys.argv[1])
BIG = random.Random(1).randbytes(9_000_001)


def copy(*args, **keywords):
    """Runs qio-copy to its end."""
    keywords.setdefault("stdin", subprocess.DEVNULL if "input" not in keywords else None)
    if keywords["stdin"] is None:
        del keywords["stdin"]
    return subprocess.run([PROGRAM, *map(str, args)], capture_output="stdout" not in keywords,
                          check=False, timeout=PATIENCE, **keywords)


def start(*args, **keywords):
    return subprocess.Popen([PROGRAM, *map(str, args)], **keywords)


def succeeds(result):
    assert result.returncode == 0, result
    assert not result.stderr, result.stderr
    return result


def fails(result, *words):
    """One line that names the program and says what is wrong; status 1."""
    assert result.returncode == 1, result
    message = result.stderr.decode()
    assert message.startswith("qio-copy: ") and message.count("\n") == 1 and message.endswith("\n"), message
    for word in words:
        assert word in message, message


def read_terminal(controller):
    """What was written to a terminal that nobody has open any more."""
    shown = b""
    try:
        while chunk := os.read(controller, 65536):
            shown += chunk
    except OSError:  # EIO: the end
        pass
    # GLib puts no-break spaces between numbers and units.
    return shown.decode().replace("\u00a0", " ")


def is_non_blocking(fd):
    return bool(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK)


@test
def file_to_file(directory):
    source, destination = directory / "source", directory / "destination"
    source.write_bytes(BIG)
    succeeds(copy(source, destination))
    assert destination.read_bytes() == BIG


@test
def empty_file(directory):
    (directory / "source").touch()
    succeeds(copy(directory / "source", directory / "destination"))
    assert (directory / "destination").read_bytes() == b""


@test
def a_longer_destination_is_emptied_first(directory):
    (directory / "source").write_bytes(b"new")
    (directory / "destination").write_bytes(b"old and long")
    succeeds(copy(directory / "source", directory / "destination"))
    assert (directory / "destination").read_bytes() == b"new"


@test
def a_file_is_not_copied_onto_itself(directory):
    (directory / "source").write_bytes(b"precious")
    os.link(directory / "source", directory / "alias")
    for name in "source", "alias":
        fails(copy(directory / "source", directory / name), name, "same file")
    assert (directory / "source").read_bytes() == b"precious"


@test
def standard_input_to_standard_output(directory):
    assert succeeds(copy("-", "-", input=BIG)).stdout == BIG


@test
def in_the_middle_of_a_slow_pipeline(directory):
    (directory / "big").write_bytes(BIG)
    line = f"cat big | (sleep 0.1; {shlex.quote(PROGRAM)} - -) | (sleep 0.2; sha256sum)"
    result = subprocess.run(["sh", "-c", line], cwd=directory, capture_output=True, check=True, timeout=PATIENCE)
    assert result.stdout.split()[0].decode() == hashlib.sha256(BIG).hexdigest()
    assert not result.stderr


@test
def numbered_descriptors(directory):
    (directory / "source").write_bytes(BIG)
    with open(directory / "source", "rb") as source, open(directory / "destination", "wb") as destination:
        fds = source.fileno(), destination.fileno()
        succeeds(copy(f"fd:{fds[0]}", f"fd:{fds[1]}", pass_fds=fds))
    assert (directory / "destination").read_bytes() == BIG


@test
def a_descriptor_is_used_from_where_it_stands(directory):
    (directory / "source").write_bytes(b"0123456789")
    with open(directory / "source", "rb", buffering=0) as source:
        source.seek(4)
        assert succeeds(copy("fd:%d" % source.fileno(), "-", pass_fds=[source.fileno()])).stdout == b"456789"


@test
def bad_descriptors(directory):
    fails(copy("fd:77", "-"), "fd:77", "Bad file descriptor")
    fails(copy("fd:", "-"), "not the number")
    fails(copy("fd:1x", "-"), "not the number")
    fails(copy("fd:-1", "-"), "not the number")
    fails(copy("-", directory / "destination", preexec_fn=lambda: os.close(0)), "Bad file descriptor")


@test
def to_a_command(directory):
    (directory / "source").write_bytes(BIG)
    succeeds(copy(directory / "source", "exec:sh -c 'gzip > out.gz'", cwd=directory))
    assert subprocess.run(["gzip", "-dc", directory / "out.gz"], capture_output=True, check=True).stdout == BIG


@test
def from_a_command(directory):
    (directory / "source").write_bytes(BIG)
    subprocess.run(["gzip", directory / "source"], check=True)
    succeeds(copy("exec:gzip -dc source.gz", directory / "destination", cwd=directory))
    assert (directory / "destination").read_bytes() == BIG


@test
def from_command_to_command(directory):
    (directory / "source").write_bytes(BIG)
    succeeds(copy("exec:cat source", "exec:sh -c 'cat > destination'", cwd=directory))
    assert (directory / "destination").read_bytes() == BIG


@test
def command_lines_are_split_as_in_a_shell(directory):
    assert succeeds(copy("exec:printf '%s|' 'a b' c\\ d", "-")).stdout == b"a b|c d|"


@test
def missing_commands(directory):
    fails(copy("exec:no-such-program-here", "-"), "no-such-program-here")
    fails(copy("-", "exec:/no/such/program"), "/no/such/program")
    fails(copy("exec:", "-"), "exec:")
    fails(copy("exec:echo 'open", "-"), "exec:")


@test
def a_failed_source_command(directory):
    result = copy("exec:sh -c 'echo some; exit 3'", "-")
    fails(result, "exit status 3")
    assert result.stdout == b"some\n"


@test
def messages_that_nobody_wants_are_not_copied(directory):
    result = subprocess.run(["sh", "-c", 'exec "$@" 2>&-', "sh", PROGRAM, "exec:sh -c 'echo some; exit 3'",
                             directory / "copy"], stdin=subprocess.DEVNULL, check=False, timeout=PATIENCE)
    assert result.returncode == 1
    assert (directory / "copy").read_bytes() == b"some\n"


@test
def a_closed_standard_stream_is_an_error(directory):
    (directory / "file").write_bytes(b"some")
    for closed, ends in (">&-", (directory / "file", "-")), ("<&-", ("-", directory / "copy")):
        result = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", PROGRAM, *ends],
                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, timeout=PATIENCE)
        fails(result, "Bad file descriptor")


@test
def a_killed_source_command(directory):
    result = copy("exec:sh -c 'echo some; kill -9 $$'", "-")
    fails(result, "signal 9")
    assert result.stdout == b"some\n"


@test
def a_failed_destination_command(directory):
    fails(copy("-", "exec:sh -c 'cat >/dev/null; exit 4'", input=b"data"), "exit status 4")


@test
def a_destination_command_that_died_early(directory):
    (directory / "source").write_bytes(BIG)
    fails(copy(directory / "source", "exec:false"), "exec:false", "exit status 1")
    fails(copy(directory / "source", "exec:sh -c 'kill -9 $$'"), "signal 9")


@test
def a_destination_command_that_did_not_want_everything(directory):
    (directory / "source").write_bytes(BIG)
    fails(copy(directory / "source", "exec:head -c 10"), "before it had read everything")


@test
def a_destination_command_that_only_closed_its_input(directory):
    (directory / "source").write_bytes(BIG)
    fails(copy(directory / "source", "exec:sh -c 'exec <&-; exec sleep 300'"), "Broken pipe")


@test
def no_reader(directory):
    (directory / "source").write_bytes(BIG)
    reader, writer = os.pipe()
    os.close(reader)
    fails(copy(directory / "source", f"fd:{writer}", pass_fds=[writer]), "Broken pipe")
    os.close(writer)


@test
def a_full_disk(directory):
    (directory / "source").write_bytes(BIG)
    fails(copy(directory / "source", "/dev/full"), "/dev/full", "No space left on device")


@test
def bad_paths(directory):
    fails(copy(directory / "missing", directory / "destination"), "missing", "No such file")
    assert not (directory / "destination").exists()
    fails(copy("/dev/null", directory / "missing" / "destination"), "No such file")
    fails(copy(directory, directory / "destination"), "Is a directory")
    fails(copy("/dev/null", directory), "Is a directory")


@test
def a_path_may_look_like_something_else(directory):
    (directory / "exec:cat").write_bytes(b"file")
    assert succeeds(copy("./exec:cat", "-", cwd=directory)).stdout == b"file"


@test
def fifos(directory):
    (directory / "big").write_bytes(BIG)
    os.mkfifo(directory / "in")
    os.mkfifo(directory / "out")
    with start(directory / "in", directory / "out") as program:
        # Commands, as opening a FIFO may wait for ever, and a command can be ended.
        with subprocess.Popen(["sh", "-c", "cat big > in"], cwd=directory) as writer:
            reader = subprocess.run(["cat", directory / "out"], capture_output=True, check=True, timeout=PATIENCE)
            assert reader.stdout == BIG
            assert writer.wait(PATIENCE) == 0
        assert program.wait(PATIENCE) == 0


@test
def a_terminal(directory):
    controller, terminal = pty.openpty()
    with start("-", "exec:sh -c 'cat > destination'", stdin=terminal, cwd=directory) as program:
        os.write(controller, b"typed\n\x04")
        assert program.wait(PATIENCE) == 0
    assert (directory / "destination").read_bytes() == b"typed\n"
    assert not is_non_blocking(terminal)
    os.close(controller)
    os.close(terminal)


@test
def shared_descriptors_block_again_afterwards(directory):
    source, sink = os.pipe(), os.pipe()
    os.write(source[1], b"data")
    os.close(source[1])
    succeeds(copy("-", f"fd:{sink[1]}", stdin=source[0], pass_fds=[sink[1]]))
    assert os.read(sink[0], 10) == b"data"
    assert not is_non_blocking(source[0]) and not is_non_blocking(sink[1])
    os.set_blocking(source[0], False)
    fails(copy("-", "/dev/full/x", stdin=source[0]))
    succeeds(copy("-", f"fd:{sink[1]}", stdin=source[0], pass_fds=[sink[1]]))
    assert is_non_blocking(source[0]), "it was non-blocking before"
    for fd in source[0], *sink:
        os.close(fd)


@test
def one_pipe_for_both_ends_blocks_again_afterwards(directory):
    controller, terminal = pty.openpty()
    with start("-", "-", stdin=terminal, stdout=terminal) as program:
        os.write(controller, b"\x04")
        assert program.wait(PATIENCE) == 0
    assert not is_non_blocking(terminal)
    os.close(controller)
    os.close(terminal)


@test
def killed_while_waiting_it_leaves_the_descriptors_blocking(directory):
    reader, writer = os.pipe()
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        with start("-", "/dev/null", stdin=reader) as program:
            deadline = time.monotonic() + PATIENCE
            while not is_non_blocking(reader) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert is_non_blocking(reader)
            program.send_signal(number)
            assert program.wait(PATIENCE) == -number
        assert not is_non_blocking(reader)
    os.close(reader)
    os.close(writer)


@test
def an_ignored_signal_stays_ignored(directory):
    reader, writer = os.pipe()
    with start("-", "/dev/null", stdin=reader,
               preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as program:
        deadline = time.monotonic() + PATIENCE
        while not is_non_blocking(reader) and time.monotonic() < deadline:
            time.sleep(0.01)
        program.send_signal(signal.SIGHUP)
        os.close(writer)
        assert program.wait(PATIENCE) == 0
    os.close(reader)


@test
def checksum(directory):
    (directory / "source").write_bytes(BIG)
    digest = hashlib.sha256(BIG).hexdigest()
    result = succeeds(copy("--checksum", directory / "source", directory / "destination"))
    assert result.stdout.decode() == f"{digest}  {directory / 'source'}\n"
    subprocess.run(["sha256sum", "--check", "--quiet"], input=result.stdout, check=True)
    result = copy("--checksum", directory / "source", "-")
    assert result.returncode == 0 and result.stdout == BIG
    assert result.stderr.decode().split()[0] == digest


@test
def progress_on_a_terminal_only(directory):
    (directory / "source").write_bytes(BIG)
    controller, terminal = pty.openpty()
    with start(directory / "source", directory / "destination", stderr=terminal) as program:
        assert program.wait(PATIENCE) == 0
    os.close(terminal)
    shown = read_terminal(controller)
    assert "8.6 MiB" in shown and "100%" in shown and "/s" in shown and shown.endswith("\n"), shown
    os.close(controller)


def free_port():
    """A TCP port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def start_client(spec, *arguments, **keywords):
    """Copies to or from a server that may not listen yet."""
    deadline = time.monotonic() + PATIENCE
    while True:
        result = copy(*(spec if argument is None else argument for argument in arguments), **keywords)
        if result.returncode == 0 or time.monotonic() > deadline:
            return result
        assert b"Failed to connect" in result.stderr, result
        time.sleep(0.02)


@test
def sockets_in_both_directions(directory):
    (directory / "source").write_bytes(BIG)
    port = free_port()
    for kind, place in ("tcp", f"127.0.0.1:{port}"), ("unix", directory / "socket"):
        with start(f"{kind}-listen:{place}", directory / "received") as server:
            succeeds(start_client(f"{kind}:{place}", directory / "source", None))
            assert server.wait(PATIENCE) == 0
        assert (directory / "received").read_bytes() == BIG
        (directory / "received").unlink()
        with start(directory / "source", f"{kind}-listen:{place}") as server:
            succeeds(start_client(f"{kind}:{place}", None, directory / "received"))
            assert server.wait(PATIENCE) == 0
        assert (directory / "received").read_bytes() == BIG
    assert not (directory / "socket").exists()


@test
def socket_failures_name_the_place(directory):
    (directory / "source").write_bytes(b"x")
    port = free_port()
    fails(copy(f"tcp:127.0.0.1:{port}", "-"), f"127.0.0.1:{port}", "Connection refused")
    fails(copy(directory / "source", f"unix:{directory}/none"), f"{directory}/none")
    fails(copy("tcp:nonsense", "-"), "nonsense", "HOST:PORT")
    fails(copy("tcp-listen:127.0.0.1:0,bogus", "-"), "bogus")
    fails(copy("unix-listen:", "-"), "path")
    for spec in "tcp:localhost:65536", "tcp:localhost:0", "tcp-listen:localhost:70000":
        fails(copy(spec, "-"), spec, "the port is not between")
    (directory / "file").write_text("valuable")
    fails(copy(f"unix-listen:{directory}/file", "-"), "unix-listen:", "socket")
    assert (directory / "file").read_text() == "valuable"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(directory / "taken"))
        other.listen()
        fails(copy(f"unix-listen:{directory}/taken", "-"), "listens")
    fails(copy(f"unix-listen:{directory}/none/socket", "-"), "none/socket")
    fails(copy(f"unix:{'x' * 200}", "-"), "too long")


def needs_tls():
    if b"built without" in copy("--tls-creds", "tls0", "-", "tls:unix:nowhere").stderr:
        raise Skip("built without backports")


def certificates_for(directory):
    needs_tls()
    return f"tls0,dir={make_certificates(directory / 'pki')}"


def listening(directory, *arguments):
    """Starts a server at a Unix socket, which listens when this returns."""
    program = start(*arguments, stderr=subprocess.PIPE)
    tap.wait_until(lambda: is_listening(directory / "socket") or program.poll() is not None, "listening")
    return program


def result_of(program):
    output, errors = program.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(program.args, program.returncode, output, errors)


def receive_all(connection):
    received = bytearray()
    # Reading fails unless the peer has said that this is all.
    while chunk := connection.recv(65536):
        received += chunk
    return bytes(received)


@test
def tls_in_both_directions(directory):
    (directory / "source").write_bytes(BIG)
    creds = "--tls-creds", certificates_for(directory)
    port = free_port()
    for kind, place in ("tcp", f"127.0.0.1:{port}"), ("tcp", f"localhost:{port}"), ("unix", directory / "socket"):
        client, server = f"tls:{kind}:{place}", f"tls:{kind}-listen:{place}"
        more = ["--tls-hostname", "localhost"] if kind == "unix" else []
        with start(*creds, server, directory / "received") as program:
            succeeds(start_client(client, *creds, *more, directory / "source", None))
            assert program.wait(PATIENCE) == 0
        assert (directory / "received").read_bytes() == BIG
        (directory / "received").unlink()
        with start(*creds, directory / "source", server) as program:
            succeeds(start_client(client, *creds, *more, None, directory / "received"))
            assert program.wait(PATIENCE) == 0
        assert (directory / "received").read_bytes() == BIG


@test
def from_tls_to_tls(directory):
    (directory / "source").write_bytes(BIG)
    creds = "--tls-creds", certificates_for(directory), "--tls-hostname", "localhost"
    one, other = directory / "socket", directory / "other"
    with listening(directory, *creds, f"tls:unix-listen:{one}", directory / "received") as last:
        with start(*creds, f"tls:unix-listen:{other}", f"tls:unix:{one}") as middle:
            succeeds(start_client(f"tls:unix:{other}", *creds, directory / "source", None))
            assert middle.wait(PATIENCE) == 0
        succeeds(result_of(last))
    assert (directory / "received").read_bytes() == BIG


@test
def tls_of_other_kinds(directory):
    needs_tls()
    (directory / "psk").mkdir()
    (directory / "psk/keys.psk").write_text("qemu:0123456789abcdef\n")
    address = directory / "socket"
    for creds in "any,qom-type=tls-creds-anon", f"key,qom-type=tls-creds-psk,dir={directory}/psk":
        with listening(directory, "--tls-creds", creds, f"tls:unix-listen:{address}", directory / "received") as server:
            succeeds(copy("--tls-creds", creds, "-", f"tls:unix:{address}", input=b"secret"))
            succeeds(result_of(server))
        assert (directory / "received").read_bytes() == b"secret"


@test
def tls_with_other_implementations(directory):
    (directory / "source").write_bytes(BIG)
    creds = "--tls-creds", certificates_for(directory)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        address = f"tls:tcp:localhost:{listener.getsockname()[1]}"
        context = python_tls(directory / "pki", is_server=True)
        # OpenSSL sends tickets, which a sender must not leave unread.
        with start(*creds, directory / "source", address) as client:
            with context.wrap_socket(listener.accept()[0], server_side=True, suppress_ragged_eofs=False) as peer:
                assert receive_all(peer) == BIG
            assert client.wait(PATIENCE) == 0
        with start(*creds, address, directory / "received") as client:
            with context.wrap_socket(listener.accept()[0], server_side=True, suppress_ragged_eofs=False) as peer:
                peer.sendall(BIG)
                # Says goodbye, and waits until the client does.
                peer.unwrap().close()
            assert client.wait(PATIENCE) == 0
        assert (directory / "received").read_bytes() == BIG
    context = python_tls(directory / "pki", is_server=False)
    with listening(directory, *creds, directory / "source", f"tls:unix-listen:{directory}/socket") as server:
        with socket.socket(socket.AF_UNIX) as plain:
            plain.connect(str(directory / "socket"))
            with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as peer:
                assert receive_all(peer) == BIG
        succeeds(result_of(server))


@test
def a_tls_stream_that_breaks_is_an_error(directory):
    creds = "--tls-creds", certificates_for(directory)
    context = python_tls(directory / "pki", is_server=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        spec = f"tls:tcp:localhost:{listener.getsockname()[1]}"
        with start(*creds, spec, directory / "received", stderr=subprocess.PIPE) as client:
            peer = context.wrap_socket(listener.accept()[0], server_side=True)
            peer.sendall(b"some")
            # No goodbye.
            peer.close()
            fails(result_of(client), spec, "Cannot read from TLS channel")
    assert (directory / "received").read_bytes() == b"some"


@test
def a_broken_source_is_not_a_whole_stream(directory):
    creds = "--tls-creds", certificates_for(directory)
    context = python_tls(directory / "pki", is_server=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        spec = f"tls:tcp:localhost:{listener.getsockname()[1]}"
        with start(*creds, "exec:sh -c 'echo some; exit 3'", spec, stderr=subprocess.PIPE) as client:
            with context.wrap_socket(listener.accept()[0], server_side=True, suppress_ragged_eofs=False) as peer:
                try:
                    received = receive_all(peer)
                except (ssl.SSLError, ConnectionError):
                    received = None
            fails(result_of(client), "exit status 3")
        assert received is None, "the stream looks whole"


def tls_failure(directory, server_creds, client_creds, *client_options):
    """A handshake that goes wrong; what both ends say."""
    address = directory / "socket"
    with listening(directory, "--tls-creds", server_creds, f"tls:unix-listen:{address}", "/dev/null") as server:
        client = copy("--tls-creds", client_creds, *client_options, "-", f"tls:unix:{address}", input=b"x")
        return result_of(server), client


@test
def failed_tls_handshakes(directory):
    good = certificates_for(directory)
    other = f"tls0,dir={make_certificates(directory / 'other')}"
    server, client = tls_failure(directory, good, good, "--tls-hostname", "example.org")
    fails(client, "tls:unix:", "example.org")
    server, client = tls_failure(directory, good, other, "--tls-hostname", "localhost")
    fails(client, "tls:unix:", "known issuer")
    (directory / "anonymous").mkdir()
    shutil.copyfile(directory / "pki/ca-cert.pem", directory / "anonymous/ca-cert.pem")
    nobody = f"tls0,dir={directory}/anonymous"
    # With TLS 1.3 the client may be gone before the server has looked.
    server, client = tls_failure(directory, good, nobody, "--tls-hostname", "localhost")
    fails(server, "tls:unix-listen:", "No certificate was found")
    server, client = tls_failure(directory, good + ",verify-peer=off", nobody, "--tls-hostname", "localhost")
    succeeds(server)
    succeeds(client)
    # Somebody who knows nothing of TLS.
    spec = f"tls:unix-listen:{directory}/socket"
    with listening(directory, "--tls-creds", good, spec, "/dev/null") as server:
        copy("-", f"unix:{directory}/socket", input=b"GET / HTTP/1.0\r\n\r\n")
        fails(result_of(server), spec, "TLS handshake failed")
    with listening(directory, "--tls-creds", good, spec, "/dev/null") as server:
        succeeds(copy("/dev/null", f"unix:{directory}/socket"))
        fails(result_of(server), spec, "TLS handshake failed")


@test
def tls_arguments(directory):
    spec = f"tls:unix:{directory}/socket"
    good = certificates_for(directory)
    fails(copy("-", spec), spec, "--tls-creds")
    fails(copy("--tls-creds", "tls0", "-", spec), "--tls-creds", "dir")
    fails(copy("--tls-creds", "tls0,dir=/nowhere", "-", spec), "/nowhere")
    fails(copy("--tls-creds", f"{good},bogus=1", "-", spec), "bogus")
    fails(copy("--tls-creds", "tls0,qom-type=authz-list", "-", spec), "--tls-creds", "endpoint")
    fails(copy("--tls-creds", "bad id", "-", spec), "--tls-creds")
    fails(copy("--tls-creds", good, "-", spec), "socket", "No such file")
    for inner in "file", "exec:cat", "fd:1", "-", "tls:unix:socket":
        fails(copy("--tls-creds", good, "-", f"tls:{inner}"), f"tls:{inner}", "'tcp:'")


@test
def websocket_in_both_directions(directory):
    (directory / "source").write_bytes(BIG)
    creds = "--tls-creds", certificates_for(directory), "--tls-hostname", "localhost"
    port = free_port()
    for prefix, options in ("ws", ()), ("wss", creds):
        for kind, place in ("tcp", f"127.0.0.1:{port}"), ("tcp", f"localhost:{port}"), ("unix", directory / "socket"):
            client, server = f"{prefix}:{kind}:{place}", f"{prefix}:{kind}-listen:{place}"
            with start(*options, server, directory / "received") as program:
                succeeds(start_client(client, *options, directory / "source", None))
                assert program.wait(PATIENCE) == 0
            assert (directory / "received").read_bytes() == BIG
            (directory / "received").unlink()
            with start(*options, directory / "source", server) as program:
                succeeds(start_client(client, *options, None, directory / "received"))
                assert program.wait(PATIENCE) == 0
            assert (directory / "received").read_bytes() == BIG


@test
def from_websocket_to_websocket(directory):
    creds = "--tls-creds", certificates_for(directory), "--tls-hostname", "localhost"
    one, other = directory / "socket", directory / "other"
    for data in BIG, b"x", b"":
        with listening(directory, f"ws:unix-listen:{one}", directory / "received") as last:
            with start(*creds, f"wss:unix-listen:{other}", f"ws:unix:{one}") as middle:
                (directory / "source").write_bytes(data)
                succeeds(start_client(f"wss:unix:{other}", *creds, directory / "source", None))
                assert middle.wait(PATIENCE) == 0
            succeeds(result_of(last))
        assert (directory / "received").read_bytes() == data


async def finish(program):
    return await asyncio.get_running_loop().run_in_executor(None, result_of, program)


def with_websocket_server(handle, *arguments, context=None, **keywords):
    """
    Runs qio-copy as the client of another implementation, whose URL replaces None in
    the arguments; returns what came of it and the connection at the server.
    """
    connections = []

    async def handle_one(connection):
        connections.append(connection)
        await handle(connection)

    async def serve():
        async with websockets.serve(handle_one, "127.0.0.1", 0, ssl=context, max_size=None, **keywords) as server:
            port = server.sockets[0].getsockname()[1]
            spec = f"{'wss' if context else 'ws'}:tcp:localhost:{port}"
            program = start(*(spec if argument is None else argument for argument in arguments),
                            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
            result = await finish(program)
            for connection in connections:
                await connection.wait_closed()
            if connections:
                assert connections[0].request_headers["Host"] == f"localhost:{port}"
            return result

    return asyncio.run(asyncio.wait_for(serve(), PATIENCE)), *connections


def collect_in(received):
    async def handle(connection):
        async for message in connection:
            received.append(message)

    return handle


async def send_big(connection):
    for at in range(0, len(BIG), 300_000):
        await connection.send(BIG[at:at + 300_000])


@test
def websocket_to_another_server(directory):
    (directory / "source").write_bytes(BIG)
    creds = "--tls-creds", certificates_for(directory)
    for context, options in (None, ()), (python_tls(directory / "pki", is_server=True), creds):
        received = []
        collect = collect_in(received)
        result, peer = with_websocket_server(collect, *options, directory / "source", None, context=context)
        succeeds(result)
        assert b"".join(received) == BIG and peer.close_code == 1000, peer.close_code
        result, peer = with_websocket_server(send_big, *options, None, directory / "received", context=context)
        succeeds(result)
        assert (directory / "received").read_bytes() == BIG and peer.close_code == 1000, peer.close_code


@test
def websocket_from_another_client(directory):
    (directory / "source").write_bytes(BIG)
    creds = "--tls-creds", certificates_for(directory)
    port = free_port()

    async def connect(prefix, context):
        while True:
            try:
                return await websockets.connect(f"{prefix}://localhost:{port}/", ssl=context, max_size=None)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)

    async def talk(prefix, options, context):
        spec = f"{prefix}:tcp-listen:127.0.0.1:{port}"
        program = start(*options, directory / "source", spec, stderr=subprocess.PIPE)
        received = []
        connection = await connect(prefix, context)
        await collect_in(received)(connection)
        assert b"".join(received) == BIG and connection.close_code == 1000, connection.close_code
        succeeds(await finish(program))
        program = start(*options, spec, directory / "received", stderr=subprocess.PIPE)
        connection = await connect(prefix, context)
        await send_big(connection)
        await connection.close()
        assert connection.close_code == 1000, connection.close_code
        succeeds(await finish(program))
        assert (directory / "received").read_bytes() == BIG

    for arguments in ("ws", (), None), ("wss", creds, python_tls(directory / "pki", is_server=False)):
        asyncio.run(asyncio.wait_for(talk(*arguments), PATIENCE))


def answer_websocket_request(connection):
    """The server's part of a handshake."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(1)
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", request).group(1)
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")


@test
def what_a_slow_websocket_reader_sends_does_no_harm(directory):
    (directory / "source").write_bytes(BIG[:200_000])
    with socket.socket() as listener:
        # Most is still with the sender when it has done everything else.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        spec = f"ws:tcp:127.0.0.1:{listener.getsockname()[1]}"
        with start(directory / "source", spec, stderr=subprocess.PIPE) as program:
            with listener.accept()[0] as peer:
                peer.settimeout(PATIENCE)
                answer_websocket_request(peer)
                time.sleep(0.3)
                ping = b"\x89\x00"
                peer.sendall(ping)
                time.sleep(0.1)
                received = receive_all(peer)
            # A Close frame, its mask, and the code in it.
            assert len(received) > 200_000 and received[-8:-6] == b"\x88\x82", (len(received), received[-8:])
            succeeds(result_of(program))


@test
def a_websocket_stream_that_breaks_is_an_error(directory):
    async def abort(connection):
        await connection.send(b"some")
        await connection.drain()
        connection.transport.close()

    async def give_up(connection):
        await connection.send(b"some")
        await connection.close(1011, "out of order")

    async def chat(connection):
        await connection.send("text")
        await connection.wait_closed()

    result, _ = with_websocket_server(abort, None, directory / "received")
    fails(result, "ws:tcp:localhost:", "without a Close frame")
    assert (directory / "received").read_bytes() == b"some"
    result, _ = with_websocket_server(give_up, None, directory / "received")
    fails(result, "ws:tcp:localhost:", "1011", "out of order")
    assert (directory / "received").read_bytes() == b"some"
    result, peer = with_websocket_server(chat, None, directory / "received")
    fails(result, "ws:tcp:localhost:", "protocol error")
    assert peer.close_code == 1003, peer.close_code


@test
def a_broken_source_is_not_a_whole_websocket_stream(directory):
    command = "exec:sh -c 'echo some; exit 3'"
    creds = "--tls-creds", certificates_for(directory)
    for context, options in (None, ()), (python_tls(directory / "pki", is_server=True), creds):
        received = []

        async def handle(connection):
            try:
                await collect_in(received)(connection)
            except websockets.ConnectionClosedError:
                pass

        result, peer = with_websocket_server(handle, *options, command, None, context=context)
        fails(result, "exit status 3")
        assert received == [b"some\n"] and peer.close_code == 1006, (received, peer.close_code)


@test
def a_websocket_peer_that_wants_no_more_is_an_error(directory):
    async def refuse(connection):
        await connection.recv()
        await connection.close()

    result, _ = with_websocket_server(refuse, "/dev/zero", None)
    fails(result, "ws:tcp:localhost:", "closed by peer")


@test
def failed_websocket_handshakes(directory):
    spec = f"ws:unix-listen:{directory}/socket"
    with listening(directory, spec, "/dev/null") as server:
        copy("-", f"unix:{directory}/socket", input=b"\0\1\2\r\n\r\n")
        fails(result_of(server), spec)
    with listening(directory, spec, "/dev/null") as server:
        succeeds(copy("/dev/null", f"unix:{directory}/socket"))
        fails(result_of(server), spec)
    creds = "--tls-creds", certificates_for(directory)
    with listening(directory, *creds, f"wss:unix-listen:{directory}/socket", "/dev/null") as server:
        fails(copy("-", f"ws:unix:{directory}/socket", input=b"x"), "ws:unix:")
        fails(result_of(server), "TLS handshake failed")

    async def refuse(_path, _headers):
        return http.HTTPStatus.FORBIDDEN, [], b"no"

    fails(*with_websocket_server(None, None, "-", process_request=refuse), "ws:tcp:localhost:", "403")


@test
def websocket_arguments(directory):
    fails(copy("-", f"ws:unix:{directory}/socket"), "socket", "No such file")
    fails(copy("-", f"wss:unix:{directory}/socket"), "wss:unix:", "--tls-creds")
    for inner in "file", "exec:cat", "fd:1", "-", "ws:unix:socket", "tls:unix:socket":
        for prefix in "ws:", "wss:":
            fails(copy("-", prefix + inner), prefix + inner, f"'{prefix}'", "'tcp:'")


@test
def help_version_and_usage(directory):
    result = succeeds(copy("--help"))
    assert all(word in result.stdout for word in (b"SOURCE", b"exec:", b"tls:", b"wss:"))
    assert succeeds(copy("--version")).stdout.startswith(b"qio-copy (libqiochannel) ")
    for arguments in [], ["one"], ["one", "two", "three"], ["--no-such-option"]:
        result = copy(*arguments)
        assert result.returncode == 2 and result.stderr.count(b"\n") == 1, result


if __name__ == "__main__":
    sys.exit(tap.main())
