"""A proxy on loopback that steps use while a build is recorded or replayed.

It speaks for every server, over TLS too (its authority is in the steps' CA offer), and hands each
question to `Answers`. Whole bodies only: a part that is asked for is cut out of the whole here. It
wants a password, so that nobody else of this machine can ask through it.
"""

from __future__ import annotations

import base64
import re
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO

from dockwright.engines.authority import Authority
from dockwright.engines.recordings import Answer
from dockwright.engines.replay import Answers, Question
from dockwright.errors import DockwrightError

_USER = "dockwright"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_BODY_LIMIT = 64 << 20


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers: Answers
    authority: Authority
    login: str
    tunnel = ""
    """`host:port` that TLS was opened for, once it was."""

    def do_CONNECT(self) -> None:
        if not self._welcome():
            return
        self.send_response(200)
        self.end_headers()
        self.tunnel = self.path
        host = self.path.rpartition(":")[0].strip("[]")
        with suppress(OSError):
            self.connection: socket.socket = self.authority.context(host).wrap_socket(
                self.connection, server_side=True
            )
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb")
            # Also after a CONNECT of HTTP/1.0, which pip says.
            self.close_connection = False
            return
        # Whoever asked does not trust us.
        self.close_connection = True

    def do_GET(self) -> None:
        if not self.tunnel and not self._welcome():
            return
        length = int(self.headers.get("content-length") or 0)
        if length > _BODY_LIMIT or "transfer-encoding" in self.headers:
            self._refuse(413, "a request of this form cannot be recorded")
            return
        question = Question(
            method=self.command,
            url=self._url(),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        try:
            answer, body = self.answers(question)
        except DockwrightError as error:
            self._refuse(504, f"{error.message}\n")
            return
        with suppress(OSError):
            self._send(answer, body)
            return
        self.close_connection = True

    do_HEAD = do_POST = do_GET  # noqa: N815 (the names are http.server's)

    def finish(self) -> None:
        """The server closes the connection that it knows; TLS has taken that over."""
        super().finish()
        if self.tunnel:
            self.connection.close()

    def _url(self) -> str:
        if not self.tunnel:
            return self.path
        host, _, port = self.tunnel.rpartition(":")
        return f"https://{host if port == '443' else self.tunnel}{self.path}"

    def _welcome(self) -> bool:
        if secrets.compare_digest(self.headers.get("Proxy-Authorization", ""), self.login):
            return True
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="dockwright"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _refuse(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        # Who takes the connection for open would send the next question into the void.
        self.send_header("Connection", "close")
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _send(self, answer: Answer, body: Path | None) -> None:
        first, last = 0, answer.size - 1
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        part = asked and answer.status == 200 and self.command == "GET"
        if part and asked:
            first, last = _slice(asked[1], asked[2], answer.size)
            if first > last:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{answer.size}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
        self.send_response(206 if part else answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if part:
            self.send_header("Content-Range", f"bytes {first}-{last}/{answer.size}")
        self.send_header("Accept-Ranges", "bytes")
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        if self.command != "HEAD" and body is not None:
            with body.open("rb") as file:
                file.seek(first)
                _copy(file, self.wfile, last - first + 1)

    def log_message(self, *_: object) -> None:
        """The engine's log tells what steps do."""


def _slice(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last or 0)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _copy(source: BinaryIO, target: BufferedIOBase, count: int) -> None:
    while count > 0 and (block := source.read(min(count, 1 << 18))):
        target.write(block)
        count -= len(block)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A step that hangs up is its own matter."""


@contextmanager
def intercepting(answers: Answers, authority: Authority) -> Iterator[str]:
    """Serve until the end; the proxy's address with its password."""
    password = secrets.token_hex(16)
    login = base64.b64encode(f"{_USER}:{password}".encode()).decode()
    attributes = {
        "answers": staticmethod(answers),
        "authority": authority,
        "login": f"Basic {login}",
    }
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), attributes))
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"http://{_USER}:{password}@127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
