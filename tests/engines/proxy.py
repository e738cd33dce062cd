"""A proxy as offices have it: on loopback, with a password, in front of whatever this host uses."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult, unquote, urlsplit

USER = "dockwright"


@dataclass(kw_only=True)
class Seen:
    """What went through: hosts that were asked for, and requests without the password."""

    url: str
    hosts: list[str] = field(default_factory=list)
    refused: int = 0


@contextlib.contextmanager
def proxy(password: str, env: Mapping[str, str]) -> Iterator[Seen]:
    """Serve until the end. Goes on through the proxy that `env` names, if it names one."""
    upstream = urlsplit(env.get("HTTPS_PROXY") or env.get("https_proxy") or "")
    wanted = "Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode()
    seen = Seen(url="")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            self._forward("")

        def do_GET(self) -> None:
            self._forward(self.path)

        do_HEAD = do_GET  # noqa: N815 (the name is http.server's)

        def _forward(self, url: str) -> None:
            self.close_connection = True
            if self.headers.get("Proxy-Authorization") != wanted:
                seen.refused += 1
                self.send_response(407)
                self.send_header("Proxy-Authenticate", 'Basic realm="tests"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            split = urlsplit(url or f"//{self.path}")
            host, port = split.hostname or "", split.port or 80
            seen.hosts.append(host)
            try:
                remote = _connect(upstream, host, port, tunnel=not url)
            except OSError:
                self.send_error(502)
                return
            with remote:
                if url:
                    remote.sendall(self._plain(split._replace(scheme="", netloc="").geturl()))
                else:
                    self.send_response(200)
                    self.end_headers()
                _pump(self.connection, remote)

        def _plain(self, path: str) -> bytes:
            target = self.path if upstream.hostname else path or "/"
            lines = [f"{self.command} {target} HTTP/1.1"]
            lines += [
                f"{name}: {value}"
                for name, value in self.headers.items()
                if name.lower() not in {"proxy-authorization", "proxy-connection", "connection"}
            ]
            return "\r\n".join([*lines, "Connection: close", "", ""]).encode()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        seen.url = f"http://{USER}:{password}@127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown()
            thread.join()


def _connect(upstream: SplitResult, host: str, port: int, *, tunnel: bool) -> socket.socket:
    if not upstream.hostname:
        return socket.create_connection((host, port), timeout=60)
    remote = socket.create_connection((upstream.hostname, upstream.port or 80), timeout=60)
    if tunnel:
        words = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
        if upstream.username:
            secret = f"{unquote(upstream.username)}:{unquote(upstream.password or '')}".encode()
            words.append(f"Proxy-Authorization: Basic {base64.b64encode(secret).decode()}")
        remote.sendall("\r\n".join([*words, "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            data = remote.recv(1)
            if not data:
                raise OSError("the proxy of this host hung up")
            answer += data
        if b" 200 " not in answer.splitlines()[0] + b" ":
            raise OSError("the proxy of this host refused")
    return remote


def _pump(one: socket.socket, two: socket.socket) -> None:
    """Carry bytes both ways until either side ends."""
    ends = {one: two, two: one}
    while True:
        for source in select.select(list(ends), [], [], 60)[0]:
            data = source.recv(1 << 16)
            if not data:
                return
            ends[source].sendall(data)
