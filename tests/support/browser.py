"""A headless Chromium."""

import contextlib
import shutil
import subprocess
import tempfile

from .tap import Skip


# JavaScript: sends bytes to a server that sends them back; says what came of it.
ROUND_TRIP = """
const roundTrip = (uri, protocols, size, report) => {
    const sent = new Uint8Array(size), got = new Uint8Array(size);
    for (let i = 0; i < size; i++) sent[i] = i * 31 + (i >> 8);
    const socket = new WebSocket(uri, protocols);
    let have = 0;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
        for (let at = 0; at < size; at += 100000) socket.send(sent.subarray(at, at + 100000));
    };
    socket.onmessage = event => {
        got.set(new Uint8Array(event.data), have);
        have += event.data.byteLength;
        if (have == size) socket.close(4000, "enough");
    };
    socket.onclose = event => {
        const same = have == size && got.every((byte, i) => byte == sent[i]);
        report([same, socket.protocol, event.code, event.reason, event.wasClean].join(" "));
    };
};
"""


@contextlib.contextmanager
def chromium(url, *options):
    """Shows a page for as long as the context lasts."""
    browser = shutil.which("chromium")
    if browser is None:
        raise Skip("chromium is not installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", f"--user-data-dir={profile}", "--remote-debugging-port=0",
             *options, url],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()
