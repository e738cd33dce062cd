"""Servers that keep a compiler cache, real ones, on loopback: S3 (SeaweedFS), Redis, WebDAV.

Each is stopped by its own process id at the end of its `with`, and by the kernel when the tests are
killed. `Server.stop()` ends one earlier, as a server that dies during a build.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from dockwright.model.cache import Backend, CacheSettings

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


def s3_program() -> Path | None:
    """SeaweedFS out of requirements/s3.txt (scripts/test installs it); None when it is missing."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.is_file() else shutil.which("weed")
    return Path(found) if found else None


@contextmanager
def s3_server(
    folder: Path,
    *,
    buckets: Sequence[str] = (BUCKET,),
    certificate: tuple[Path, Path] | None = None,
    port: int = 0,
) -> Iterator[Server]:
    """An S3 server over `folder`, with these buckets; it does not care for the region.

    `certificate` is (certificate, key) and makes it speak TLS; no bucket is made then. A second
    start on the same folder finds what was there; the keys are new ones each time. `STRANGER` is a
    user who may do nothing in the buckets.
    """
    program = s3_program()
    if program is None:
        raise FileNotFoundError("SeaweedFS is not installed: requirements/s3.txt")
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    keys = {
        "AWS_ACCESS_KEY_ID": "canary-id-" + secrets.token_hex(8),
        "AWS_SECRET_ACCESS_KEY": "canary-secret-" + secrets.token_hex(16),
    }
    users = folder / "users.json"
    users.write_bytes(
        msgspec.json.encode(
            {
                "identities": [
                    _identity("builder", keys, ["Admin", "Read", "Write", "List", "Tagging"]),
                    _identity("stranger", STRANGER, ["Read:elsewhere"]),
                ]
            }
        )
    )
    argv = [str(program), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    argv += ["-volume.max=8", "-master.volumeSizeLimitMB=64", "-master.volumePreallocate=false"]
    argv += ["-s3", f"-s3.config={users}", "-s3.autoCreateBucket=false", f"-s3.port={port}"]
    others = ("master.port", "volume.port", "filer.port")
    for name in (*others, *(f"{other}.grpc" for other in others), "s3.port.grpc"):
        argv.append(f"-{name}={free_port()}")
    argv += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    if certificate:
        argv += [f"-s3.cert.file={certificate[0]}", f"-s3.key.file={certificate[1]}"]
    scheme = "https" if certificate else "http"
    settings = CacheSettings(
        backend=Backend.S3,
        bucket=buckets[0] if buckets else BUCKET,
        region=REGION,
        endpoint=f"{scheme}://127.0.0.1:{port}",
        key_prefix="amd64",
    )
    with running(argv, folder / "s3.log", {}, lambda: _listens(port)) as process:
        server = Server(settings=settings, credentials=keys, folder=folder, process=process)
        if not certificate:
            _make(buckets, server)
        yield server


STRANGER = {"AWS_ACCESS_KEY_ID": "stranger", "AWS_SECRET_ACCESS_KEY": "canary-of-a-stranger"}


def _identity(name: str, keys: Mapping[str, str], actions: list[str]) -> dict[str, object]:
    pair = {"accessKey": keys["AWS_ACCESS_KEY_ID"], "secretKey": keys["AWS_SECRET_ACCESS_KEY"]}
    return {"name": name, "credentials": [pair], "actions": actions}


def _make(buckets: Sequence[str], server: Server) -> None:
    """Make the buckets, and wait until objects can be put there."""
    from botocore.config import Config  # type: ignore[import-untyped]
    from botocore.session import get_session  # type: ignore[import-untyped]

    client = get_session().create_client(
        "s3",
        region_name=server.settings.region,
        endpoint_url=server.settings.url,
        aws_access_key_id=server.credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=server.credentials["AWS_SECRET_ACCESS_KEY"],
        # A fresh server has no volume yet and answers 500 for a moment.
        config=Config(retries={"max_attempts": 10}, s3={"addressing_style": "path"}, proxies={}),
    )
    there = {found["Name"] for found in client.list_buckets()["Buckets"]}
    for bucket in buckets:
        if bucket not in there:
            client.create_bucket(Bucket=bucket)
        # Not an empty one: that needs no volume, and the first real object would wait for one.
        client.put_object(Bucket=bucket, Key="ready", Body=b"ready")


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
