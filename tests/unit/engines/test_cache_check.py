"""The check of a compiler cache, as far as no server of its own kind is needed for it.

What S3 answers here is as Amazon documents it: the server of tests/engines/test_cache_check.py does
not look at regions and session tokens.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from dockwright.engines.cache_check import check
from dockwright.engines.cache_s3 import _refused
from dockwright.engines.network import Policy
from dockwright.errors import DockwrightError, EngineError, UserError
from dockwright.model.cache import Backend, CacheSettings
from tests.upstream import serving

S3 = CacheSettings(backend=Backend.S3, bucket="b42", region="eu-west-1", key_prefix="arm64")
URL = "https://s3.eu-west-1.amazonaws.com"


def answer(status: int, code: str = "", more: str = "", **headers: str) -> httpx.Response:
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code>{more}</Error>" if code else more
    request = httpx.Request("PUT", URL, headers={"x-amz-date": "20260101T120000Z"})
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, text=text, headers=spelled, request=request)


@pytest.mark.parametrize(
    ("said", "kind", "message", "hint"),
    [
        (
            answer(400, "AuthorizationHeaderMalformed", "<Region>us-east-2</Region>"),
            UserError,
            "the bucket 'b42' is in the region us-east-2, not in eu-west-1",
            "say --sccache-region us-east-2",
        ),
        (
            answer(301, "PermanentRedirect", x_amz_bucket_region="us-east-2"),
            UserError,
            "the bucket 'b42' is in the region us-east-2, not in eu-west-1",
            "say --sccache-region us-east-2",
        ),
        (
            answer(400, "ExpiredToken", "<Message>The provided token has expired.</Message>"),
            UserError,
            f"{URL} does not take the session token: The provided token has expired.",
            "get new credentials; a key pair that ends needs its AWS_SESSION_TOKEN",
        ),
        (
            answer(403, "RequestTimeTooSkewed", date="Thu, 01 Jan 2026 12:20:00 GMT"),
            UserError,
            f"the clock of this machine is 20 minutes behind that of {URL}",
            "set it (timedatectl set-ntp true); signatures are valid for 15 minutes",
        ),
        (
            answer(403),
            UserError,
            "these credentials may not write to the bucket 'b42'",
            "allow s3:PutObject on arn:aws:s3:::b42/arm64/*",
        ),
        (
            answer(503, "SlowDown", "<Message>Reduce your request rate.</Message>"),
            EngineError,
            f"{URL} answered 503 to PUT (SlowDown: Reduce your request rate.)",
            "the server has trouble of its own; try again, see its log",
        ),
        (
            answer(400, more="Client sent an HTTP request to an HTTPS server."),
            UserError,
            f"{URL} wants TLS",
            "name the endpoint with https://, or the port without TLS",
        ),
        (
            answer(405, more="<html>"),
            UserError,
            f"{URL} answered 405 to PUT",
            "is this the address of an S3 server?",
        ),
    ],
)
def test_what_s3_answers(
    said: httpx.Response, kind: type[DockwrightError], message: str, hint: str
) -> None:
    error = _refused(said, "PUT", S3)
    assert (type(error), error.message, error.hint) == (kind, message, hint)


def refused(settings: CacheSettings, **credentials: str) -> tuple[str, str]:
    with pytest.raises(DockwrightError) as caught:
        check(settings, credentials, Policy())
    assert "canary" not in repr(caught.value)
    return caught.value.message, caught.value.hint


def test_a_web_identity_is_no_key_pair() -> None:
    message, hint = refused(S3, AWS_ROLE_ARN="arn", AWS_WEB_IDENTITY_TOKEN_FILE="canary")
    assert message == (
        "a web identity is exchanged for keys inside the build; it cannot be checked here"
    )
    assert hint == "check with a key pair of the same role"


def test_a_directory(tmp_path: Path) -> None:
    done = check(CacheSettings(backend=Backend.DISK, directory=str(tmp_path / "new")), {}, Policy())
    assert done.where == str(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").write_text("")
    assert refused(CacheSettings(backend=Backend.DISK, directory=str(tmp_path / "file"))) == (
        f"{tmp_path}/file: cannot keep the compiler cache there: File exists",
        "name a directory that can be written: SCCACHE_DIR",
    )


def test_a_cache_mount_needs_no_check() -> None:
    done = check(CacheSettings(backend=Backend.DISK), {}, Policy())
    assert done.where == "a cache mount of the engine"


@pytest.mark.parametrize("endpoint", ["", "host:6379", "http://h", "redis://", "redis://h:port"])
def test_a_redis_without_an_address(endpoint: str) -> None:
    message, hint = refused(CacheSettings(backend=Backend.REDIS, endpoint=endpoint))
    assert message == "the Redis cache has no usable address"
    assert hint.startswith("set SCCACHE_REDIS_ENDPOINT=redis://HOST:PORT")


def test_a_login_in_an_address() -> None:
    message, hint = refused(
        CacheSettings(backend=Backend.REDIS, endpoint="redis://u:canary@h:6379")
    )
    assert message == "the address of the Redis cache holds a login"
    assert hint.startswith("say it by SCCACHE_REDIS_USERNAME")


def test_a_webdav_without_an_address() -> None:
    assert refused(CacheSettings(backend=Backend.WEBDAV)) == (
        "the WebDAV cache has no address",
        "set SCCACHE_WEBDAV_ENDPOINT=https://HOST/PATH",
    )


GHA = CacheSettings(backend=Backend.GHA)


def test_github_actions_outside_of_a_workflow() -> None:
    message, hint = refused(GHA)
    assert "ACTIONS_RESULTS_URL or ACTIONS_RUNTIME_TOKEN is not set" in message
    assert hint.startswith("export both in an actions/github-script step")


def test_an_address_of_github_actions_that_is_none() -> None:
    with serving() as upstream:
        message, hint = refused(
            GHA, ACTIONS_RESULTS_URL=upstream.url, ACTIONS_RUNTIME_TOKEN="canary-token"
        )
    assert message.endswith(": the service answered 501")
    assert hint.startswith("is ACTIONS_RESULTS_URL right?")
