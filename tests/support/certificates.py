"""Certificates for tests, and Python's TLS with them."""

import shutil
import ssl
import subprocess

from .tap import PATIENCE, Skip

CERTIFICATES = {
    "ca": ["ca", "cert_signing_key"],
    "server": ["dns_name = localhost", "ip_address = 127.0.0.1", "tls_www_server", "signing_key",
               "encryption_key"],
    "client": ["tls_www_client", "signing_key", "encryption_key"],
}


def certtool(*args):
    if shutil.which("certtool") is None:
        raise Skip("certtool is not installed")
    subprocess.run(["certtool", *map(str, args)], capture_output=True, check=True, timeout=PATIENCE)


def make_certificates(directory, key_type="ecdsa"):
    """A certificate authority, a server for localhost and a client."""
    directory.mkdir()
    key = directory / "ca-key.pem"
    certtool("--generate-privkey", f"--key-type={key_type}", "--no-text", "--outfile", key)
    for name, lines in CERTIFICATES.items():
        template, certificate = directory / "template", directory / f"{name}-cert.pem"
        template.write_text("\n".join([f"cn = {name}", "expiration_days = 2", *lines]))
        action = ["--generate-self-signed"]
        if name != "ca":
            shutil.copyfile(key, directory / f"{name}-key.pem")
            action = ["--generate-certificate", "--load-ca-certificate", directory / "ca-cert.pem",
                      "--load-ca-privkey", key]
        certtool(*action, "--load-privkey", key, "--template", template, "--outfile", certificate)
    return directory


def python_tls(pki, is_server):
    """Another implementation: what it needs to be a peer."""
    role = "server" if is_server else "client"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
    context.load_cert_chain(pki / f"{role}-cert.pem", pki / f"{role}-key.pem")
    context.load_verify_locations(pki / "ca-cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    # Some versions take a connection that just ends for an end of the stream.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context
