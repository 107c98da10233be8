"""A headless Chromium."""

import contextlib
import shutil
import subprocess
import tempfile

from .tap import Skip


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
