"""A push service on this machine, and the browser whose messages it keeps: what is sent is opened as that browser would."""

import http.server
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET = b"sixteen bytes ok"


def written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Posted:
    """One request to the service, whole."""

    path: str
    headers: dict[str, str]
    body: bytes


class PushService(http.server.ThreadingHTTPServer):
    """Takes messages in, or answers as it is told."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.statuses: dict[str, int] = {}
        self.key = ec.generate_private_key(ec.SECP256R1())
        super().__init__(("127.0.0.1", 0), TakingIn)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def browsers_key(self) -> str:
        return written(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def opened(self, posted: Posted) -> Any:
        """Return what the browser reads."""
        plain = http_ece.decrypt(posted.body, private_key=self.key, auth_secret=SECRET, version="aes128gcm")
        return json.loads(plain)


class TakingIn(http.server.BaseHTTPRequestHandler):
    """Keeps each message whole."""

    server: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(Posted(self.path, dict(self.headers), body))
        self.send_response(self.server.statuses.get(self.path, 201))
        self.send_header("Location", f"{self.server.origin}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
