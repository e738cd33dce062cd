"""Whether a compiler cache can be used: one object written, read, and taken away again.

Asked before a build, since in a build a cache that does not answer only makes it slow. What the
person can mend (a bucket, a key, a clock) raises UserError, a server that is not there EngineError.
No text holds a credential.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from dockwright.engines.network import Policy, client, explained, shown
from dockwright.errors import EngineError, UserError
from dockwright.model.cache import Backend, CacheSettings

if TYPE_CHECKING:
    import httpx

NAME = ".dockwright_check"
"""The object's name below the prefix: always the same, so that at most one is ever left over."""

CONNECT, SILENCE = 5, 15
"""Seconds: who asks wants an answer now."""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An object went there and came back. Times are seconds.

    `kept` says why the object is still there; empty when it was removed. sccache removes nothing.
    """

    backend: Backend
    where: str
    write: float = 0.0
    read: float = 0.0
    kept: str = ""


class Untried(UserError):
    """What cannot be asked from here, and may work in a build."""


def check(settings: CacheSettings, credentials: Mapping[str, str], policy: Policy) -> Checked:
    """Write and read one object. Raises UserError or EngineError with what is wrong.

    `credentials` go by the names of `model.cache.CREDENTIALS`; others are not looked at.
    """
    policy = quick(policy)
    match settings.backend:
        case Backend.S3:
            from dockwright.engines.cache_s3 import check_s3

            return check_s3(settings, credentials, policy)
        case Backend.REDIS:
            from dockwright.engines.cache_redis import check_redis

            return check_redis(settings, credentials, policy)
        case Backend.WEBDAV:
            return _webdav(settings, credentials, policy)
        case Backend.GHA:
            return _gha(credentials, policy)
        case Backend.DISK:
            return _disk(settings)


def quick(policy: Policy) -> Policy:
    """The same policy for somebody who waits."""
    from dataclasses import replace

    return replace(policy, connect=CONNECT, silence=SILENCE)


def content() -> bytes:
    """What is written: another one each time, so that an old object is not taken for it."""
    return f"dockwright sccache check {secrets.token_hex(16)}\n".encode()


def timed(work: Callable[[], object]) -> float:
    """Seconds that it took."""
    start = time.monotonic()
    work()
    return round(time.monotonic() - start, 4)


def unreachable(error: Exception, url: str, what: str, policy: Policy) -> EngineError:
    """Why no answer came from an address over HTTP, and what to do."""
    found = explained(error, url, policy)
    if isinstance(found, EngineError):  # a certificate, a proxy, an address that is none
        return found
    words = str(found).removeprefix(f"{shown(url)}: ")
    if "SSL" in words or "TLS" in words:
        return EngineError(
            f"{what} {shown(url)} does not speak TLS: {words.partition(' (_ssl')[0]}",
            hint="name the endpoint with http://, or the port that speaks TLS",
        )
    return EngineError(
        f"{what} {shown(url)} does not answer: {words}",
        hint="is it running, is the port right, and does a firewall or proxy stand between?",
    )


def different(where: str) -> EngineError:
    """What was read is not what was written."""
    return EngineError(
        f"{where}: what was read is not what was written",
        hint="a cache or proxy before the server answers for it; reach the server itself",
    )


# WebDAV


def _webdav(settings: CacheSettings, credentials: Mapping[str, str], policy: Policy) -> Checked:
    import httpx

    if not settings.endpoint:
        raise UserError(
            "the WebDAV cache has no address", hint="set SCCACHE_WEBDAV_ENDPOINT=https://HOST/PATH"
        )
    base = settings.endpoint.rstrip("/")
    folders = [quote(part) for part in settings.key_prefix.split("/") if part]
    url = "/".join((base, *folders, NAME))
    body = content()
    with client(policy) as session:

        def ask(method: str, target: str, good: tuple[int, ...], data: bytes = b"") -> bytes:
            headers = _login(credentials)
            try:
                answer = session.request(
                    method, target, headers=headers, content=data, follow_redirects=False
                )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise unreachable(error, base, "the WebDAV server", policy) from error
            if answer.status_code not in good:
                raise _refused_webdav(method, answer, shown(target))
            return answer.content

        for depth in range(1, len(folders) + 1):  # as sccache does; 405 says that it is there
            ask("MKCOL", "/".join((base, *folders[:depth], "")), (200, 201, 405))

        def read() -> None:
            if ask("GET", url, (200,)) != body:
                raise different(shown(url))

        write = timed(lambda: ask("PUT", url, (200, 201, 204), body))
        took = timed(read)
        kept = ""
        try:
            ask("DELETE", url, (200, 202, 204, 404))
        except UserError as error:
            kept = error.message
    return Checked(backend=settings.backend, where=shown(url), write=write, read=took, kept=kept)


def _login(credentials: Mapping[str, str]) -> dict[str, str]:
    import base64

    if token := credentials.get("SCCACHE_WEBDAV_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    user = credentials.get("SCCACHE_WEBDAV_USERNAME", "")
    if not user:
        return {}
    pair = f"{user}:{credentials.get('SCCACHE_WEBDAV_PASSWORD', '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _refused_webdav(method: str, answer: httpx.Response, where: str) -> UserError | EngineError:
    status = answer.status_code
    if status == 401:
        return UserError(
            f"{where}: the WebDAV server does not take this login",
            hint="look at SCCACHE_WEBDAV_USERNAME and _PASSWORD, or SCCACHE_WEBDAV_TOKEN",
        )
    if status == 403:
        return UserError(
            f"{where}: this login may not {_VERBS.get(method, method)} there",
            hint="give it the right to write, or name another folder",
        )
    if status in {404, 409}:
        return UserError(
            f"{where}: the folder is not there",
            hint="correct SCCACHE_WEBDAV_ENDPOINT, or make the folder on the server",
        )
    if status in {405, 501}:
        return UserError(
            f"{where}: the server does not know {method}, it is no WebDAV server",
            hint="correct SCCACHE_WEBDAV_ENDPOINT",
        )
    return EngineError(
        f"{where}: the server answered {status} to {method}",
        hint="507 means that it is full" if status == 507 else "look at the server's log",
    )


_VERBS = {"MKCOL": "make folders", "PUT": "write", "GET": "read", "DELETE": "delete"}


# GitHub Actions


_LOOKUP = "twirp/github.actions.results.api.v1.CacheService/GetCacheEntryDownloadURL"


def _gha(credentials: Mapping[str, str], policy: Policy) -> Checked:
    """Ask the service for an entry. Nothing is written: an entry cannot be taken away again."""
    import httpx

    url, token = (credentials.get(name, "") for name in ("ACTIONS_RESULTS_URL", _RUNTIME_TOKEN))
    if not url or not token:
        raise UserError(
            "the cache of GitHub Actions is only there inside a workflow: ACTIONS_RESULTS_URL or "
            f"{_RUNTIME_TOKEN} is not set",
            hint="export both in an actions/github-script step; `run:` steps do not get them",
        )
    target = f"{url.rstrip('/')}/{_LOOKUP}"
    ask = {"key": "dockwright-check", "restore_keys": [], "version": "0" * 64}
    start = time.monotonic()
    with client(policy) as session:
        try:
            answer = session.post(
                target,
                json=ask,
                headers={"Authorization": f"Bearer {token}"},
                follow_redirects=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(error, url, "the cache service", policy) from error
    if answer.status_code in {401, 403}:
        raise UserError(
            f"{shown(url)}: the service does not take this {_RUNTIME_TOKEN}",
            hint="it is valid for one job only; export it anew in each",
        )
    if answer.status_code != 200:
        raise EngineError(
            f"{shown(url)}: the service answered {answer.status_code}",
            hint="is ACTIONS_RESULTS_URL right? Older runners have another, which is gone",
        )
    read = round(time.monotonic() - start, 4)
    return Checked(backend=Backend.GHA, where=shown(url), read=read)


_RUNTIME_TOKEN = "ACTIONS_RUNTIME_TOKEN"


# Local disk


def _disk(settings: CacheSettings) -> Checked:
    if not settings.directory:
        return Checked(backend=Backend.DISK, where="a cache mount of the engine")
    folder, body = Path(settings.directory).expanduser(), content()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=NAME) as file:

            def put() -> None:
                file.write(body)
                file.flush()

            def get() -> None:
                if Path(file.name).read_bytes() != body:
                    raise different(str(folder))

            return Checked(
                backend=Backend.DISK, where=str(folder), write=timed(put), read=timed(get)
            )
    except OSError as error:
        raise UserError(
            f"{folder}: cannot keep the compiler cache there: {error.strerror}",
            hint="name a directory that can be written: SCCACHE_DIR",
        ) from error
