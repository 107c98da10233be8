#!/usr/bin/env python3
"""qio-bridge between qemu-img and qemu-nbd. TAP.

usage: nbd.py QIO-BRIDGE
"""

import contextlib
import pathlib
import random
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import tap
from support.bridge import Bridge
from support.certificates import make_certificates
from support.sockets import is_listening
from support.tap import PATIENCE, Skip, test

MEBIBYTE = 1 << 20
NUMBERS = random.Random(1)


def make_image(path):
    """64 MiB, some of it zero."""
    with open(path, "wb") as file:
        for _ in range(8):
            file.write(NUMBERS.randbytes(3 * MEBIBYTE))
            file.write(bytes(5 * MEBIBYTE))
    return path


@contextlib.contextmanager
def serving(image, *options):
    """A server of the image; its Unix socket."""
    if shutil.which("qemu-nbd") is None:
        raise Skip("qemu-nbd is not installed")
    path = image.with_suffix(".nbd")
    command = ["qemu-nbd", "--socket", path, "--persistent", "--shared", "4", "--format", "raw", *options, image]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as server:
        try:
            tap.wait_until(lambda: is_listening(path) or server.poll() is not None, "the server")
            assert server.poll() is None
            yield path
        finally:
            server.terminate()
            server.wait(PATIENCE)


def qemu_img(*arguments, status=0):
    result = subprocess.run(["qemu-img", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, check=False, timeout=PATIENCE)
    assert result.returncode == status, result
    return result


@test
def over_tls_for_programs_without_it(directory):
    """qemu-img and qemu-nbd use plain Unix sockets, on two hosts so to speak."""
    pki = make_certificates(directory / "pki")
    image, copy = make_image(directory / "image"), directory / "copy"
    with serving(image) as socket:
        with Bridge("--listen", "tls:127.0.0.1:0", "--target", f"unix:{socket}",
                    "--tls-creds", pki, "--tls-verify-peer") as there:
            port = there.port
            with Bridge("--listen", f"unix:{directory}/here", "--target", f"tls:localhost:{port}",
                        "--target-tls-creds", pki):
                url = f"nbd+unix:///?socket={directory}/here"
                qemu_img("convert", "-f", "raw", "-O", "raw", url, copy)
                assert copy.read_bytes() == image.read_bytes()
                assert "identical" in qemu_img("compare", "-f", "raw", "-F", "qcow2", url, qcow(copy)).stdout
                changed = make_image(directory / "changed")
                qemu_img("convert", "-n", "-f", "raw", "-O", "raw", changed, url)
                assert "identical" in qemu_img("compare", "-f", "raw", "-F", "raw", url, changed).stdout
                assert image.read_bytes() == changed.read_bytes()
                qemu_img("compare", "-f", "raw", "-F", "raw", url, copy, status=1)


def qcow(image):
    """The same content in another format."""
    packed = image.with_suffix(".qcow2")
    qemu_img("convert", "-f", "raw", "-O", "qcow2", image, packed)
    return packed


@test
def their_own_tls_passes(directory):
    """NBD starts TLS by itself; the bridge does not look inside."""
    # Keys that can encipher others, which QEMU wants.
    pki = make_certificates(directory / "pki", key_type="rsa")
    image, copy = make_image(directory / "image"), directory / "copy"
    creds = f"tls-creds-x509,id=tls0,dir={pki},endpoint="
    with serving(image, "--object", creds + "server,verify-peer=yes", "--tls-creds", "tls0") as socket:
        with Bridge("--listen", "tcp:127.0.0.1:0", "--target", f"unix:{socket}") as bridge:
            place = f"driver=nbd,host=localhost,port={bridge.port}"
            qemu_img("convert", "--object", creds + "client", "--image-opts", f"{place},tls-creds=tls0",
                     "-O", "raw", copy)
            assert copy.read_bytes() == image.read_bytes()
            assert "TLS" in qemu_img("info", "--image-opts", place, status=1).stderr


@test
def over_websocket_and_tls(directory):
    pki = make_certificates(directory / "pki")
    image = make_image(directory / "image")
    with serving(image, "--read-only") as socket:
        with Bridge("--listen", "wss:127.0.0.1:0", "--target", f"unix:{socket}", "--tls-creds", pki) as there:
            with Bridge("--listen", "tcp:127.0.0.1:0", "--target", f"wss:localhost:{there.port}",
                        "--target-tls-creds", pki) as here:
                url = f"nbd://127.0.0.1:{here.port}"
                assert "identical" in qemu_img("compare", "-f", "raw", "-F", "raw", url, image).stdout


if __name__ == "__main__":
    sys.exit(tap.main())
