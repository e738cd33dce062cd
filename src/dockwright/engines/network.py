"""The one policy for everything of ours that crosses the network.

Downloads, the registry client, git and resolvers take a `Policy`: mirrors, proxies, certificates,
credentials, time limits, retries. Nothing here reads the environment; `cli.network` makes the
policy of this host. Steps inside a build get theirs through `planning.wrap`.
"""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from dockwright.engines.credentials import Credentials
from dockwright.errors import EngineError

if TYPE_CHECKING:
    import ssl

    import httpx

T = TypeVar("T")

BUSY = frozenset({408, 425, 429, *range(500, 600)})
"""What a server answers when asking again may help."""


class Mirror(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses that begin with `old` are fetched from `new` instead."""

    old: str
    new: str

    @classmethod
    def parse(cls, text: str) -> Mirror:
        """Read `FROM=TO`."""
        old, _, new = text.partition("=")
        return cls(old=old, new=new)


class Retry(Exception):
    """What was tried may work the next time.

    `after` is the pause in seconds that the server asked for. `moved` says that this try got
    further than the one before it, so that a long transfer over a bad line is not given up.
    """

    def __init__(self, message: str, *, after: float = 0, moved: bool = False) -> None:
        super().__init__(message)
        self.after = after
        self.moved = moved


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """How this host reaches others. Times are seconds.

    `proxies` are the variables `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` by these
    names; they may hold a password, as `credentials` do, so neither is ever shown. `certificates`
    is a bundle that replaces the system's.
    """

    mirrors: tuple[Mirror, ...] = ()
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificates: Path | None = None
    credentials: Credentials = field(default_factory=Credentials, repr=False)
    connect: float = 15
    silence: float = 60
    """The longest time without a byte."""
    tries: int = 5
    """In a row, without getting further."""
    first_pause: float = 1
    longest_pause: float = 30
    longest_asked: float = 120
    """The most that a server's Retry-After is honoured."""
    redirects: int = 10
    wait: Callable[[float], None] = field(default=time.sleep, repr=False)
    jitter: Callable[[], float] = field(default=random.random, repr=False)

    def address(self, url: str) -> str:
        """Where to fetch an address from: the longest mirror that fits."""
        fitting = [mirror for mirror in self.mirrors if url.startswith(mirror.old)]
        if not fitting:
            return url
        best = max(fitting, key=lambda mirror: len(mirror.old))
        return best.new + url.removeprefix(best.old)

    def pause(self, failures: int, asked: float = 0) -> float:
        """Seconds until the next try: doubled each time, spread so that not all come at once."""
        if asked:
            return min(asked, self.longest_asked)
        full = min(self.first_pause * 2.0 ** (failures - 1), self.longest_pause)
        return full * (0.5 + self.jitter() / 2)


def again(work: Callable[[], T], policy: Policy, log: Callable[[str], None]) -> T:
    """Try with growing pauses while it says that trying helps. Raises EngineError in the end."""
    failures = 0
    while True:
        try:
            return work()
        except Retry as error:
            failures = 1 if error.moved else failures + 1
            if failures >= policy.tries:
                raise EngineError(
                    f"{error} (tried {failures} times)",
                    hint="look at the network and its proxy, or name a mirror: --source-mirror",
                ) from error
            pause = policy.pause(failures, error.after)
            log(f"{error}; again in {pause:.1f} s")
            policy.wait(pause)


def client(policy: Policy, *, connections: int = 16) -> httpx.Client:
    """A client that follows the policy and nothing of the environment; threads may share it."""
    import httpx

    context = tls(policy)
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)

    def through(proxy: str) -> httpx.HTTPTransport:
        try:
            return httpx.HTTPTransport(verify=context, proxy=proxy, limits=limits)
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise EngineError(
                f"the proxy {shown(proxy)} cannot be used: {type(error).__name__}",
                hint="http_proxy, https_proxy and all_proxy take http://HOST:PORT",
            ) from error

    mounts: dict[str, httpx.BaseTransport | None] = {}
    for scheme in ("http", "https", "all"):
        if proxy := policy.proxies.get(f"{scheme}_proxy", ""):
            mounts[f"{scheme}://"] = through(proxy if "://" in proxy else f"http://{proxy}")
    mounts |= dict.fromkeys(_direct(policy.proxies.get("no_proxy", "")))
    return httpx.Client(
        transport=httpx.HTTPTransport(verify=context, limits=limits),
        mounts=mounts,
        timeout=httpx.Timeout(policy.silence, connect=policy.connect),
        trust_env=False,
        follow_redirects=True,
        max_redirects=policy.redirects,
        headers={"User-Agent": "dockwright", "Accept-Encoding": "identity"},
    )


def tls(policy: Policy) -> ssl.SSLContext:
    """What is trusted: the policy's bundle, or the system's."""
    import ssl

    try:
        return ssl.create_default_context(
            cafile=str(policy.certificates) if policy.certificates else None
        )
    except (OSError, ssl.SSLError) as error:
        raise EngineError(
            f"the certificates in {policy.certificates} cannot be read: {error.strerror or error}",
            hint="SSL_CERT_FILE names a file of certificates in PEM form",
        ) from error


@contextmanager
def opened(
    session: httpx.Client,
    policy: Policy,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    accepted: frozenset[int] = frozenset({200}),
) -> Iterator[httpx.Response]:
    """One answer as a stream; mirrors and credentials are applied. Raises Retry or EngineError.

    An answer that is not `accepted` is an error.
    """
    import httpx

    where = policy.address(url)
    said = {**policy.credentials.headers(where), **(headers or {})}
    try:
        with session.stream(method, where, headers=said, content=content or None) as answer:
            if answer.status_code not in accepted:
                refuse(answer, where)
            yield answer
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise explained(error, where, policy) from error


def ask(
    session: httpx.Client,
    policy: Policy,
    url: str,
    *,
    log: Callable[[str], None],
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    accepted: frozenset[int] = frozenset({200}),
) -> httpx.Response:
    """A small answer, whole, with the policy's retries. Raises EngineError."""

    def once() -> httpx.Response:
        with opened(
            session, policy, url, method=method, headers=headers, accepted=accepted
        ) as answer:
            answer.read()
            return answer

    return again(once, policy, log)


def refuse(answer: httpx.Response, url: str) -> None:
    """Raise what a status means: Retry for a busy server, else EngineError with what to do."""
    status, where = answer.status_code, shown(url)
    if status in BUSY:
        after = retry_after(answer.headers.get("retry-after", ""), time.time())
        raise Retry(f"{where}: the server answered {status}", after=after)
    if status in {401, 403}:
        hint = "name a token or login for it (--source-login), or put one into ~/.netrc"
    elif status == 407:
        hint = "the proxy wants a login: http_proxy=http://USER:PASSWORD@HOST:PORT"
    else:
        hint = "the file is not there; is the version right, or does a mirror lack it?"
    raise EngineError(f"{where}: the server answered {status}", hint=hint)


def retry_after(value: str, now: float) -> float:
    """Seconds of a Retry-After header, which is a number or a date; 0 when it says nothing."""
    value = value.strip()
    if value.isdecimal():
        return float(value)
    try:
        date = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return 0
    return max(0.0, date.timestamp() - now)


def explained(error: Exception, url: str, policy: Policy) -> Retry | EngineError:
    """What a failed transfer means: worth another try, or a person's work."""
    import httpx

    where, words = shown(url), str(error) or type(error).__name__
    if isinstance(error, httpx.TooManyRedirects):
        return EngineError(
            f"{where}: redirected more than {policy.redirects} times",
            hint="the server, a mirror or a proxy leads in circles; open the address by hand",
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return EngineError(f"{where}: {words}", hint="an address begins with https:// or http://")
    if "CERTIFICATE_VERIFY_FAILED" in words:
        reason = words.partition("CERTIFICATE_VERIFY_FAILED] ")[2].partition(" (_ssl")[0]
        return EngineError(
            f"{where}: the server's certificate is not trusted: {reason or words}",
            hint="behind an inspecting proxy set SSL_CERT_FILE to a bundle that has its CA",
        )
    if isinstance(error, httpx.ProxyError) and "407" in words:
        return EngineError(
            f"{where}: the proxy refused: {words}",
            hint="it wants a login: http_proxy=http://USER:PASSWORD@HOST:PORT",
        )
    return Retry(f"{where}: {words}")


def shown(url: str) -> str:
    """An address without user, password and query, which may hold a key."""
    scheme, sep, rest = url.partition("://")
    if not sep:
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def _direct(no_proxy: str) -> Iterator[str]:
    """The hosts that need no proxy, as httpx writes patterns."""
    for host in (word.strip().removeprefix("*").removeprefix(".") for word in no_proxy.split(",")):
        if host == "" and "*" in no_proxy.split(","):
            yield "all://*"
        elif not host:
            continue
        elif host[0].isdigit() or ":" in host or host == "localhost":
            bare = host.strip("[]")
            yield f"all://[{bare}]" if bare.count(":") > 1 else f"all://{bare}"
        else:
            yield f"all://*{host}"
