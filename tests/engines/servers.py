"""A git server and a file server on loopback, for tests: upstream as far as a build can tell."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as nobody in particular; what it said."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    argv = ["git", "-C", str(folder), *identity, "-c", "commit.gpgsign=false", *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def committed(folder: Path) -> str:
    """Make a folder a repository with all its files in one commit; that commit."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=one")
    return git(folder, "rev-parse", "HEAD")


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def file_server(root: Path) -> Iterator[str]:
    """Serves the files below `root`: archives, and git repositories by the dumb protocol."""

    class Files(SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **_: object) -> None:
            super().__init__(*args, directory=str(root))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            """Not in the tests' output."""

    with served(Files) as url:
        yield url


@contextmanager
def git_server(root: Path) -> Iterator[str]:
    """Serves the repositories below `root` through git's own CGI program."""

    class Git(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        def _answer(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            env = {
                "CONTENT_TYPE": self.headers.get("content-type", ""),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROJECT_ROOT": str(root),
                "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                "PATH": os.environ["PATH"],
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
            }
            done = subprocess.run(
                ["git", "http-backend"], input=body, env=env, capture_output=True, check=False
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Not in the tests' output."""

    with served(Git) as url:
        yield url
