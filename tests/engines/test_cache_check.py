"""`dockwright sccache check` against real servers: what is wrong is said, exactly."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from dockwright.engines.cache_check import check
from dockwright.engines.network import Policy
from dockwright.errors import DockwrightError, EngineError, UserError
from dockwright.model.cache import CacheSettings, read_stats
from tests.engines.cache_servers import (
    STRANGER,
    Server,
    free_port,
    redis_server,
    s3_program,
    s3_server,
    webdav_server,
)
from tests.tree import ROOT
from tests.upstream import self_signed

SCCACHE = Path(sys.executable).with_name("sccache")

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if s3_program() is None:
        pytest.skip("SeaweedFS is not installed (requirements/s3.txt)")
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def webdav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not shutil.which("rclone"):
        pytest.skip("rclone is not installed")
    with webdav_server(tmp_path_factory.mktemp("webdav") / "files") as server:
        yield server


def refused(
    settings: CacheSettings,
    credentials: Mapping[str, str],
    kind: type[DockwrightError] = UserError,
    policy: Policy | None = None,
) -> tuple[str, str]:
    """What is said instead, and the hint; no credential is in it."""
    with pytest.raises(kind) as caught:
        check(settings, credentials, policy or Policy())
    said = (caught.value.message, caught.value.hint)
    assert not [value for value in credentials.values() if value in repr(said)]
    return said


def moved(server: Server, new: str) -> CacheSettings:
    """The same cache under another scheme or port."""
    return replace(server.settings, endpoint=new)


# S3


def test_s3_works_and_leaves_nothing(s3: Server) -> None:
    for _ in range(2):
        done = check(s3.settings, s3.credentials, Policy())
        where = f"{s3.settings.url}/compiler-cache/amd64/.dockwright_check"
        assert (done.where, done.kept) == (where, "")
        assert done.write > 0
        assert done.read > 0


def test_s3_no_bucket(s3: Server) -> None:
    assert refused(replace(s3.settings, bucket="missing"), s3.credentials) == (
        f"there is no bucket 'missing' at {s3.settings.url}",
        "make it, or correct --sccache-bucket",
    )


def test_s3_wrong_secret(s3: Server) -> None:
    wrong = {**s3.credentials, "AWS_SECRET_ACCESS_KEY": "canary-wrong"}
    assert refused(s3.settings, wrong) == (
        f"{s3.settings.url} knows the access key, but the secret key does not fit it",
        "correct AWS_SECRET_ACCESS_KEY (the secret aws-secret-id)",
    )


def test_s3_wrong_key(s3: Server) -> None:
    wrong = {**s3.credentials, "AWS_ACCESS_KEY_ID": "canary-wrong"}
    assert refused(s3.settings, wrong) == (
        f"{s3.settings.url} does not know this access key",
        (
            "correct AWS_ACCESS_KEY_ID (the secret aws-key-id); a temporary one needs "
            "its own AWS_SESSION_TOKEN, another one none"
        ),
    )


def test_s3_half_a_key(s3: Server) -> None:
    half = {"AWS_ACCESS_KEY_ID": "canary-half"}
    assert refused(s3.settings, half) == (
        "AWS_SECRET_ACCESS_KEY is not set, its other half is",
        "a key pair needs both",
    )


def test_s3_profile(s3: Server, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    key, secret = s3.credentials["AWS_ACCESS_KEY_ID"], s3.credentials["AWS_SECRET_ACCESS_KEY"]
    file.write_text(f"[ci]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
    place = {"AWS_SHARED_CREDENTIALS_FILE": str(file)}
    assert check(s3.settings, {**place, "AWS_PROFILE": "ci"}, Policy()).read > 0
    with pytest.raises(UserError, match="no profile other in"):
        check(s3.settings, {**place, "AWS_PROFILE": "other"}, Policy())


def test_s3_not_allowed(s3: Server) -> None:
    assert refused(s3.settings, STRANGER) == (
        "these credentials may not write to the bucket 'compiler-cache'",
        "allow s3:PutObject on arn:aws:s3:::compiler-cache/amd64/*",
    )


@pytest.mark.parametrize(
    ("hours", "said"), [(1, "60 minutes ahead of"), (-2, "120 minutes behind")]
)
def test_s3_the_clock_is_off(
    s3: Server, monkeypatch: pytest.MonkeyPatch, hours: int, said: str
) -> None:
    import datetime as dt

    import botocore.auth  # type: ignore[import-untyped]

    now = botocore.auth.get_current_datetime
    monkeypatch.setattr(
        "botocore.auth.get_current_datetime",
        lambda *a, **k: now(*a, **k) + dt.timedelta(hours=hours),
    )
    assert refused(s3.settings, s3.credentials) == (
        f"the clock of this machine is {said} that of {s3.settings.url}",
        "set it (timedatectl set-ntp true); signatures are valid for 15 minutes",
    )


def test_s3_nobody_there(s3: Server) -> None:
    port = free_port()
    assert refused(moved(s3, f"http://127.0.0.1:{port}"), s3.credentials, EngineError) == (
        f"the S3 server http://127.0.0.1:{port} does not answer: [Errno 111] Connection refused",
        "is it running, is the port right, and does a firewall or proxy stand between?",
    )


def test_s3_no_tls(s3: Server) -> None:
    url = s3.settings.url.replace("http:", "https:")
    message, hint = refused(moved(s3, url), s3.credentials, EngineError)
    assert message.startswith(f"the S3 server {url} does not speak TLS: [SSL: ")
    assert hint == "name the endpoint with http://, or the port that speaks TLS"


def test_s3_over_tls(tmp_path: Path) -> None:
    if s3_program() is None:
        pytest.skip("SeaweedFS is not installed (requirements/s3.txt)")
    pem = self_signed(tmp_path)
    with s3_server(tmp_path / "s3", certificate=(pem, pem)) as server:
        assert refused(server.settings, server.credentials, EngineError) == (
            (
                f"{server.settings.url}: the server's certificate is not trusted: "
                "certificate verify failed: self-signed certificate"
            ),
            "behind an inspecting proxy set SSL_CERT_FILE to a bundle that has its CA",
        )
        trusting = Policy(certificates=pem)
        missing = replace(server.settings, bucket="missing")
        message, _ = refused(missing, server.credentials, policy=trusting)
        assert message == f"there is no bucket 'missing' at {server.settings.url}"


# Redis


def test_redis(redis: Server) -> None:
    done = check(redis.settings, redis.credentials, Policy())
    assert (done.where, done.kept) == (redis.settings.endpoint, "")
    where = redis.settings.endpoint
    assert refused(redis.settings, {}) == (
        f"{where}: Redis refuses SET: NOAUTH Authentication required.",
        "it wants a password: set SCCACHE_REDIS_PASSWORD",
    )
    message, hint = refused(redis.settings, {"SCCACHE_REDIS_PASSWORD": "canary-wrong"})
    assert message.startswith(f"{where}: Redis refuses AUTH: WRONGPASS invalid username-password")
    assert hint == "correct SCCACHE_REDIS_PASSWORD (and SCCACHE_REDIS_USERNAME)"
    assert refused(replace(redis.settings, database=99), redis.credentials) == (
        f"{where}: Redis refuses SELECT: ERR DB index is out of range",
        "name a database that it has: SCCACHE_REDIS_DB",
    )


def test_redis_nobody_there(redis: Server) -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    assert refused(moved(redis, url), redis.credentials, EngineError) == (
        f"the Redis server {url} does not answer: Connection refused",
        "is it running, is the port right, and does a firewall stand between?",
    )


def test_redis_over_tls(tmp_path: Path) -> None:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    pem = self_signed(tmp_path)
    with redis_server(tmp_path / "redis", certificate=(pem, pem)) as server:
        assert refused(server.settings, server.credentials, EngineError) == (
            (
                f"{server.settings.endpoint}: the server's certificate is not trusted: "
                "self-signed certificate"
            ),
            "set SSL_CERT_FILE to a bundle that has its CA",
        )
        done = check(server.settings, server.credentials, Policy(certificates=pem))
        assert done.read > 0


# WebDAV


def test_webdav(webdav: Server) -> None:
    done = check(webdav.settings, webdav.credentials, Policy())
    assert (done.where, done.kept) == (f"{webdav.settings.endpoint}/amd64/.dockwright_check", "")
    assert refused(webdav.settings, {}) == (
        f"{webdav.settings.endpoint}/amd64/: the WebDAV server does not take this login",
        "look at SCCACHE_WEBDAV_USERNAME and _PASSWORD, or SCCACHE_WEBDAV_TOKEN",
    )
    elsewhere = moved(webdav, f"{webdav.settings.endpoint}/no/where")
    assert refused(elsewhere, webdav.credentials) == (
        f"{webdav.settings.endpoint}/no/where/amd64/: the folder is not there",
        "correct SCCACHE_WEBDAV_ENDPOINT, or make the folder on the server",
    )


# sccache itself agrees


@pytest.mark.parametrize("name", ["s3", "redis", "webdav"])
def test_sccache_works_with_what_the_check_accepts(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server: Server = request.getfixturevalue(name)
    (tmp_path / "a.c").write_text(f"int {name}(void) {{ return 1; }}\n")
    env = dict(os.environ) | server.environment
    env |= {"SCCACHE_SERVER_UDS": str(tmp_path / "s"), "SCCACHE_IDLE_TIMEOUT": "0"}
    env |= {"SCCACHE_CONF": str(tmp_path / "none")}

    def run(*words: str) -> str:
        argv = [str(SCCACHE), *words]
        done = subprocess.run(
            argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    run("--start-server")
    try:
        for _ in range(2):
            run("gcc", "-c", "a.c", "-o", "a.o")
        stats = read_stats(run("--show-stats", "--stats-format", "json"), component="c", step="s")
    finally:
        run("--stop-server")
    assert (stats.backend, stats.found, stats.compiled, stats.failed) == (name, 1, 1, 0)


# The command


def test_the_command_shows_no_secret() -> None:
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME")},
        "PYTHONPATH": str(ROOT / "src"),
        "AWS_ACCESS_KEY_ID": "canary-id",
        "AWS_SECRET_ACCESS_KEY": "canary-secret",
        "HTTPS_PROXY": f"http://127.0.0.1:{free_port()}",
    }
    argv = [sys.executable, "-m", "dockwright", "sccache", "check", "--json", "--use-sccache"]
    argv += ["--sccache-bucket", "b42", "--sccache-region", "us-west-2"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (row,) = json.loads(done.stdout)
    assert (row["backend"], row["ok"]) == ("s3", False)
    assert row["error"].startswith("the S3 server https://s3.us-west-2.amazonaws.com does not")
    assert "error: the S3 server https://s3.us-west-2.amazonaws.com" in done.stderr
    assert "canary" not in done.stdout + done.stderr
