"""Real registries on loopback (the distribution's docker-registry), and images to put into them."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from tests.engines.servers import served

USER, PASSWORD = "reader", "canary-of-the-registry"


@dataclass(frozen=True, kw_only=True)
class Running:
    """A registry: `host` is `127.0.0.1:PORT`, `ca` the certificate of a TLS one."""

    host: str
    folder: Path
    ca: Path | None = None
    user: str = ""
    env: Mapping[str, str] = field(default_factory=dict)

    def push(
        self,
        name: str,
        *,
        platforms: tuple[str, ...] = ("linux/amd64",),
        text: str,
        path: str = "/text",
        mode: int = 0o644,
    ) -> None:
        """Put an image without a system there, with one small file; an index for several."""
        context = self.folder / "context"
        context.mkdir(exist_ok=True)
        (context / "text").write_text(text)
        (context / "text").chmod(mode)
        (context / "Dockerfile").write_text(f"FROM scratch\nCOPY text {path}\n")
        self._buildah(
            *("build", "--platform", ",".join(platforms), "--isolation", "chroot"),
            *("--manifest" if len(platforms) > 1 else "--tag", f"localhost/{name}", str(context)),
        )
        words = ["--creds", f"{self.user}:{PASSWORD}"] if self.user else []
        words += ["--cert-dir", str(self.ca.parent)] if self.ca else ["--tls-verify=false"]
        verb = ("manifest", "push", "--all") if len(platforms) > 1 else ("push",)
        self._buildah(*verb, *words, f"localhost/{name}", f"docker://{self.host}/{name}")

    def _buildah(self, *words: str) -> None:
        done = subprocess.run(
            ["buildah", *words], env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def registry(
    folder: Path, *, auth: Literal["", "basic", "token"] = "", tls: bool = False
) -> Iterator[Running]:
    """Start a registry; with a login by password or by a token server, with TLS by its own CA."""
    folder.mkdir(exist_ok=True)
    storage = folder / "storage.conf"
    storage.write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/root"\nrunroot = "{folder}/run"\n'
    )
    env = {**os.environ, "CONTAINERS_STORAGE_CONF": str(storage)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    pair = certificate(folder / "tls") if tls or auth == "token" else None
    lines = [
        "version: 0.1",
        "log: {level: error, accesslog: {disabled: true}}",
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}",
        f"http: {{addr: '{host}'"
        + (f", tls: {{certificate: {pair[0]}, key: {pair[1]}}}" if pair and tls else "")
        + "}",
    ]
    if auth == "basic":
        words = ["htpasswd", "-Bbn", USER, PASSWORD]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        (folder / "htpasswd").write_text(done.stdout)
        lines.append(f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}")
    if auth != "token":
        with _process(folder, lines, host):
            yield Running(
                host=host,
                folder=folder,
                ca=pair[0] if pair else None,
                user=USER if auth else "",
                env=env,
            )
        return
    assert pair
    with token_server(*pair) as realm:
        lines.append(
            f"auth: {{token: {{realm: '{realm}', service: test, issuer: test, "
            f"rootcertbundle: {pair[0]}}}}}"
        )
        with _process(folder, lines, host):
            yield Running(host=host, folder=folder, user=USER, env=env)


@contextmanager
def _process(folder: Path, lines: list[str], host: str) -> Iterator[None]:
    configuration = folder / "config.yml"
    configuration.write_text("\n".join(lines) + "\n")
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(configuration)], stdout=log, stderr=log
        )
    try:
        address = (host.partition(":")[0], int(host.partition(":")[2]))
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(address, timeout=1).close()
                break
            except OSError:
                log_text = (folder / "registry.log").read_text()
                assert process.poll() is None, log_text
                assert time.monotonic() < deadline, log_text
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of loopback that is its own CA, and its key."""
    folder.mkdir(exist_ok=True)
    pair = (folder / "ca.crt", folder / "ca.key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-out", str(pair[0]), "-keyout", str(pair[1])),
        ],
        check=True,
        capture_output=True,
    )
    return pair


@contextmanager
def token_server(ca: Path, key: Path) -> Iterator[str]:
    """A token server as registries use it: it knows one user and signs what that one may do."""
    login = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Tokens(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("authorization") != login:
                self.send_response(401)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            query = parse_qs(urlsplit(self.path).query)
            body = json.dumps({"token": signed(query.get("scope", []), ca, key)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not in the tests' output."""

    with served(Tokens) as url:
        yield f"{url}/token"


def signed(scopes: list[str], ca: Path, key: Path) -> str:
    """A token of the registry's specification: a JWT that carries its certificate."""
    access = []
    for scope in scopes:
        kind, name, actions = scope.split(":")
        access.append({"type": kind, "name": name, "actions": actions.split(",")})
    chain = "".join(ca.read_text().split("-----")[2].split())
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": "test",
        "aud": "test",
        "sub": USER,
        "jti": "1",
        "access": access,
    }
    claims |= {"iat": now - 10, "nbf": now - 10, "exp": now + 300}
    text = ".".join(
        _urlsafe(json.dumps(part).encode())
        for part in ({"typ": "JWT", "alg": "RS256", "x5c": [chain]}, claims)
    )
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", str(key)],
        input=text.encode(),
        check=True,
        capture_output=True,
    )
    return f"{text}.{_urlsafe(done.stdout)}"


def _urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
