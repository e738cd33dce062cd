"""Servers that keep a compiler cache, real ones, on loopback: S3 (versitygw), Redis, WebDAV.

Each is stopped by its own process id at the end of its `with`, and by the kernel when the tests are
killed. `Server.stop()` ends one earlier, as a server that dies during a build.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dockwright.model.cache import Backend, CacheSettings

HERE = Path(__file__).resolve().parent
BUCKET = "compiler-cache"
REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: what a cache is told, and the credentials by the variables' names."""

    settings: CacheSettings
    credentials: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What sccache itself needs to use it."""
        return {**self.settings.variables(), **self.credentials}

    def stop(self) -> None:
        """End it now, without warning."""
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def s3_program() -> Path:
    """The pinned versitygw; the first call builds it (a minute)."""
    argv = [str(HERE / "install.sh"), "s3"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip()) / "versitygw"


@contextmanager
def s3_server(
    folder: Path,
    *,
    buckets: Sequence[str] = (BUCKET,),
    region: str = REGION,
    certificate: tuple[Path, Path] | None = None,
    port: int = 0,
) -> Iterator[Server]:
    """An S3 server over `folder`: a folder in `folder/data` is a bucket, a file an object.

    `certificate` is (certificate, key) and makes it speak TLS. A restart on the same folder finds
    what was there; the keys are new ones each time. It knows a second user who may nothing (see
    `stranger`).
    """
    data, users, port = folder / "data", folder / "users", port or free_port()
    # What the file system cannot keep beside a file (tmpfs, overlays) goes into a tree of its own.
    sidecar = folder / "metadata"
    for made in (users, sidecar, *(data / bucket for bucket in buckets)):
        made.mkdir(parents=True, exist_ok=True)
    keys = {
        "AWS_ACCESS_KEY_ID": "canary-id-" + secrets.token_hex(8),
        "AWS_SECRET_ACCESS_KEY": "canary-secret-" + secrets.token_hex(16),
    }
    argv = [str(s3_program()), "--port", f"127.0.0.1:{port}", "--region", region]
    argv += ["--iam-dir", str(users), "--quiet"]
    if certificate:
        argv += ["--cert", str(certificate[0]), "--key", str(certificate[1])]
    argv += ["posix", "--sidecar", str(sidecar), str(data)]
    env = {
        "ROOT_ACCESS_KEY": keys["AWS_ACCESS_KEY_ID"],
        "ROOT_SECRET_KEY": keys["AWS_SECRET_ACCESS_KEY"],
    }
    scheme = "https" if certificate else "http"
    settings = CacheSettings(
        backend=Backend.S3,
        bucket=buckets[0] if buckets else BUCKET,
        region=region,
        endpoint=f"{scheme}://127.0.0.1:{port}",
        key_prefix="amd64",
    )
    with running(argv, folder / "s3.log", env, lambda: _listens(port)) as process:
        yield Server(settings=settings, credentials=keys, folder=data, process=process)


def stranger(server: Server) -> dict[str, str]:
    """The keys of a user whom the S3 server knows and who may do nothing in its buckets."""
    keys = {
        "AWS_ACCESS_KEY_ID": "stranger-" + secrets.token_hex(4),
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(16),
    }
    argv = [str(s3_program()), "admin", "--endpoint-url", server.settings.url]
    argv += ["create-user", "--role", "user"]
    argv += ["--access", keys["AWS_ACCESS_KEY_ID"], "--secret", keys["AWS_SECRET_ACCESS_KEY"]]
    admin = {
        "ADMIN_ACCESS_KEY_ID": server.credentials["AWS_ACCESS_KEY_ID"],
        "ADMIN_SECRET_ACCESS_KEY": server.credentials["AWS_SECRET_ACCESS_KEY"],
        "ADMIN_REGION": server.settings.region,
    }
    subprocess.run(argv, check=True, capture_output=True, env=os.environ | admin)
    return keys


@contextmanager
def redis_server(
    folder: Path, *, certificate: tuple[Path, Path] | None = None, port: int = 0
) -> Iterator[Server]:
    """A Redis with a password, kept in memory only; `certificate` makes it speak TLS."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    password = "canary-redis-" + secrets.token_hex(16)
    lines = ["bind 127.0.0.1", 'save ""', "appendonly no", f"dir {folder}"]
    lines += [f"requirepass {password}"]
    if certificate:
        lines += ["port 0", f"tls-port {port}", "tls-auth-clients no"]
        lines += [f"tls-cert-file {certificate[0]}", f"tls-key-file {certificate[1]}"]
        lines += [f"tls-ca-cert-file {certificate[0]}"]
    else:
        lines += [f"port {port}"]
    configuration = folder / "redis.conf"
    configuration.write_text("\n".join(lines) + "\n")
    scheme = "rediss" if certificate else "redis"
    settings = CacheSettings(
        backend=Backend.REDIS, endpoint=f"{scheme}://127.0.0.1:{port}", key_prefix="amd64"
    )
    program = shutil.which("redis-server") or "/usr/bin/redis-server"
    argv = [program, str(configuration)]
    with running(argv, folder / "redis.log", {}, lambda: _listens(port)) as process:
        yield Server(
            settings=settings,
            credentials={"SCCACHE_REDIS_PASSWORD": password},
            folder=folder,
            process=process,
        )


@contextmanager
def webdav_server(
    folder: Path, *, certificate: tuple[Path, Path] | None = None, port: int = 0
) -> Iterator[Server]:
    """A WebDAV server (rclone) over `folder`, with a login."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    keys = {
        "SCCACHE_WEBDAV_USERNAME": "builder",
        "SCCACHE_WEBDAV_PASSWORD": "canary-webdav-" + secrets.token_hex(16),
    }
    program = shutil.which("rclone") or "/usr/bin/rclone"
    argv = [program, "serve", "webdav", "--addr", f"127.0.0.1:{port}", str(folder)]
    if certificate:
        argv += ["--cert", str(certificate[0]), "--key", str(certificate[1])]
    env = {
        "RCLONE_USER": keys["SCCACHE_WEBDAV_USERNAME"],
        "RCLONE_PASS": keys["SCCACHE_WEBDAV_PASSWORD"],
        "RCLONE_CONFIG": "/dev/null",
        "XDG_CACHE_HOME": str(folder.with_name(f"{folder.name}-cache")),
    }
    scheme = "https" if certificate else "http"
    settings = CacheSettings(
        backend=Backend.WEBDAV, endpoint=f"{scheme}://127.0.0.1:{port}", key_prefix="amd64"
    )
    log = folder.with_name(f"{folder.name}.log")
    with running(argv, log, env, lambda: _listens(port)) as process:
        yield Server(settings=settings, credentials=keys, folder=folder, process=process)


@contextmanager
def running(
    argv: list[str], log: Path, env: Mapping[str, str], ready: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that is `ready` when its `with` begins, and gone when that ends."""
    guard = shutil.which("setpriv")
    if guard:  # a server must not survive tests that were killed
        argv = [guard, "--pdeathsig=TERM", *argv]
    with log.open("ab") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", os.defpath), **env},
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 30
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{argv} does not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
