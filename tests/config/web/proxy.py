"""Runs docker/haproxy.cfg, as it is but for addresses and files, in front of a server on the loopback address."""

import ipaddress
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from config.machine.users import GUARD
from tests.config.conftest import ROOT, free_port, wait_until

# A package's daemon lies where only root looks.
WHERE = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs, and the certificate by which it is known."""

    http_port: int
    https_port: int
    certificate: Path
    log: Path

    def tls(self) -> ssl.SSLContext:
        """Return what a browser needs that trusts this proxy."""
        return ssl.create_default_context(cafile=str(self.certificate))


@contextmanager
def proxy_before(web_port: int, folder: Path) -> Iterator[Proxy]:
    """Start the proxy, and stop it afterwards."""
    proxy = Proxy(free_port(), free_port(), folder / "certificate.pem", folder / "proxy.log")
    changed = {
        "bind :8080": f"bind 127.0.0.1:{proxy.http_port}",
        "bind :8443": f"bind 127.0.0.1:{proxy.https_port}",
        "server web web:8000": f"server web 127.0.0.1:{web_port}",
        "/run/secrets/tls_certificate": str(make_certificate(proxy.certificate)),
        "/usr/local/etc/haproxy/away.html": str(ROOT / "docker" / "away.html"),
    }
    text = (ROOT / "docker" / "haproxy.cfg").read_text()
    for there, here in changed.items():
        assert there in text, there
        text = text.replace(there, here)
    configuration = folder / "haproxy.cfg"
    configuration.write_text(text)
    guard = [sys.executable, "-I", "-S", str(GUARD), "--signal", "SIGTERM", "--grace", "1", "--"]
    with proxy.log.open("wb") as log:
        process = subprocess.Popen(
            [*guard, haproxy_or_skip(), "-db", "-f", str(configuration)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until(
            lambda: process.poll() is not None or _listens(proxy), seconds=10, message="the proxy does not listen"
        )
        assert process.poll() is None, proxy.log.read_text()
        yield proxy
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(10)


def haproxy_or_skip() -> str:
    """Return the program; a machine of CI must have it, elsewhere its tests are left out with a loud line."""
    found = shutil.which("haproxy", path=WHERE)
    if not found:
        message = "No haproxy was found (Debian: `apt install haproxy`): THE TESTS OF THE PROXY ARE LEFT OUT."
        assert not os.environ.get("CI"), message
        pytest.skip(message)
    return found


def make_certificate(certificate: Path) -> Path:
    """Make a certificate for this machine's loopback address; return the file that also holds its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), timezone.now()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate.write_bytes(public)
    both = certificate.with_name("both.pem")
    both.touch(mode=0o600)
    both.write_bytes(public + private)
    return both


def _listens(proxy: Proxy) -> bool:
    """Say whether the proxy takes connections."""
    try:
        ssl.get_server_certificate(("127.0.0.1", proxy.https_port), timeout=2)
    except OSError:
        return False
    return True
