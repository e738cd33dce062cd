"""An upstream on loopback that has good and bad days: what a server may do to a download."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(kw_only=True)
class Answer:
    """A bad answer, given once: a status with headers, or a file that breaks off after `cut`."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = -1


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass(kw_only=True)
class Upstream:
    """Files by path; `bad` answers by path, used up one after the other; what was asked."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    bad: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    ranges: bool = True
    rate: float = 0
    """Bytes per second of one connection; 0 is as fast as it goes."""

    def put(self, path: str, content: bytes) -> str:
        """Serve a file; its sha256."""
        self.files[path] = content
        return hashlib.sha256(content).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    upstream: Upstream
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.upstream.asked.append(Request(method=self.command, path=self.path, headers=headers))
        waiting = self.upstream.bad.get(self.path, [])
        answer = waiting.pop(0) if waiting else Answer()
        if answer.status != 200:
            self._send(answer.status, b"", answer.headers)
        elif self.path not in self.upstream.files:
            self._send(404, b"", {})
        else:
            self._file(self.upstream.files[self.path], answer)

    do_HEAD = do_GET  # noqa: N815 (the name is http.server's)

    def _file(self, content: bytes, answer: Answer) -> None:
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"ETag": tag, **answer.headers}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", tag) == tag
        if not self.upstream.ranges or not asked or not same:
            self._send(200, content, headers, cut=answer.cut)
            return
        first, size = int(asked[1]), len(content)
        if first >= size:
            self._send(416, b"", {"Content-Range": f"bytes */{size}"})
            return
        headers["Content-Range"] = f"bytes {first}-{size - 1}/{size}"
        self._send(206, content[first:], headers, cut=answer.cut)

    def _send(self, status: int, body: bytes, headers: dict[str, str], *, cut: int = -1) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        try:
            self._write(body if cut < 0 else body[:cut])
        except OSError:
            self.close_connection = True
        if cut >= 0:
            self.close_connection = True

    def _write(self, body: bytes) -> None:
        if not self.upstream.rate:
            self.wfile.write(body)
            return
        step = max(1, int(self.upstream.rate / 50))
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            time.sleep(0.02)

    def log_message(self, *_: object) -> None:
        """Not in the tests' output."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is part of the tests."""


@contextmanager
def serving(*, certificate: Path | None = None) -> Iterator[Upstream]:
    """Serve until the end, over TLS when there is a certificate (with its key, in one file)."""
    upstream = Upstream()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"upstream": upstream}))
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # Not at accept: a client that hangs up in the handshake must not hold up the others.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        scheme = "https"
    upstream.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file that is also its own CA bundle."""
    from ipaddress import IPv4Address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "tests.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
