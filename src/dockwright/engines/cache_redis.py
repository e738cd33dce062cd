"""One value written to a Redis and read back, over its own protocol (RESP 2)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from io import BufferedRWPair
from urllib.parse import SplitResult, urlsplit

from dockwright.engines.cache_check import NAME, Checked, content, different, timed
from dockwright.engines.network import Policy, tls
from dockwright.errors import EngineError, UserError
from dockwright.model.cache import Backend, CacheSettings

PORT = 6379
_SECONDS = "60"
"""The object goes by itself should we be stopped half-way."""


def check_redis(settings: CacheSettings, credentials: Mapping[str, str], policy: Policy) -> Checked:
    """Log in, choose the database, write, read, delete."""
    url = _address(settings)
    where = f"{url.scheme}://{url.hostname or url.path}" + (f":{url.port}" if url.port else "")
    key, body = f"{settings.key_prefix.rstrip('/')}/{NAME}", content()
    try:
        with _connected(url, policy) as line, line.makefile("rwb") as stream:
            _enter(stream, settings, credentials, where)
            write = timed(lambda: _do(stream, where, "SET", key, body, "EX", _SECONDS))

            def read() -> None:
                if _do(stream, where, "GET", key) != body:
                    raise different(where)

            took = timed(read)
            _do(stream, where, "DEL", key)
    except OSError as error:
        raise _unreachable(error, where) from error
    return Checked(backend=Backend.REDIS, where=where, write=write, read=took)


def _address(settings: CacheSettings) -> SplitResult:
    hint = "set SCCACHE_REDIS_ENDPOINT=redis://HOST:PORT (rediss:// for TLS, unix:///SOCKET)"
    url = urlsplit(settings.endpoint)
    try:
        port = url.port
    except ValueError:
        port = -1
    known = url.scheme in {"redis", "rediss", "tcp", "unix"}
    if not known or port == -1 or not (url.path if url.scheme == "unix" else url.hostname):
        raise UserError("the Redis cache has no usable address", hint=hint)
    if url.password or url.username:
        raise UserError(
            "the address of the Redis cache holds a login",
            hint="say it by SCCACHE_REDIS_USERNAME and SCCACHE_REDIS_PASSWORD, as secrets",
        )
    return url


def _connected(url: SplitResult, policy: Policy) -> socket.socket:
    if url.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(policy.connect)
        line.connect(url.path)
    else:
        line = socket.create_connection((url.hostname, url.port or PORT), timeout=policy.connect)
    if url.scheme == "rediss":
        try:
            line = tls(policy).wrap_socket(line, server_hostname=url.hostname)
        except TimeoutError as error:  # a Redis without TLS waits for the rest of a command
            line.close()
            raise ssl.SSLError("it does not answer to TLS") from error
        except OSError:
            line.close()
            raise
    line.settimeout(policy.silence)
    return line


def _enter(
    stream: BufferedRWPair, settings: CacheSettings, credentials: Mapping[str, str], where: str
) -> None:
    if password := credentials.get("SCCACHE_REDIS_PASSWORD"):
        user = credentials.get("SCCACHE_REDIS_USERNAME")
        _do(stream, where, "AUTH", *((user,) if user else ()), password)
    if settings.database:
        _do(stream, where, "SELECT", str(settings.database))


def _do(stream: BufferedRWPair, where: str, *words: str | bytes) -> bytes | None:
    """Send one command, return its answer. Raises UserError for an answer that is an error."""
    parts = [word.encode() if isinstance(word, str) else word for word in words]
    frame = b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
    stream.write(b"*%d\r\n%s" % (len(parts), frame))
    stream.flush()
    line = stream.readline()
    kind, rest = line[:1], line[1:].rstrip(b"\r\n")
    if kind == b"-":
        raise _refused(rest.decode("utf-8", "replace"), where, str(words[0]))
    if kind == b"$":
        return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2]
    if kind in {b"+", b":"}:
        return rest
    raise EngineError(
        f"{where}: what answers there is no Redis" if line else f"{where}: closed the connection",
        hint="is the port right? A Redis that wants TLS is named with rediss://",
    )


_HINTS = {
    "WRONGPASS": "correct SCCACHE_REDIS_PASSWORD (and SCCACHE_REDIS_USERNAME)",
    "NOAUTH": "it wants a password: set SCCACHE_REDIS_PASSWORD",
    "NOPERM": "allow this user SET, GET and DEL on the keys below the prefix",
    "READONLY": "name the primary; this one is a replica",
    "MOVED": "it is part of a cluster, which sccache takes as SCCACHE_REDIS_CLUSTER_ENDPOINTS",
    "OOM": "it is full: give it more memory or let it evict (maxmemory-policy allkeys-lru)",
    "MISCONF": "it cannot save to its disk; look at its log",
    "LOADING": "it is still starting; try again",
}


def _refused(said: str, where: str, command: str) -> UserError:
    kind = said.partition(" ")[0]
    hint = _HINTS.get(kind, "look at the server's log")
    if command == "SELECT":
        hint = "name a database that it has: SCCACHE_REDIS_DB"
    elif command == "AUTH" and kind == "ERR":
        hint = "it has no password: unset SCCACHE_REDIS_PASSWORD, or protect it"
    return UserError(f"{where}: Redis refuses {command}: {said}", hint=hint)


def _unreachable(error: OSError, where: str) -> EngineError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return EngineError(
            f"{where}: the server's certificate is not trusted: {error.verify_message}",
            hint="set SSL_CERT_FILE to a bundle that has its CA",
        )
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", "") or error.args[-1]
        return EngineError(
            f"the Redis server {where} does not speak TLS: {reason}",
            hint="name it with redis://, or the port that speaks TLS",
        )
    return EngineError(
        f"the Redis server {where} does not answer: {error.strerror or error}",
        hint="is it running, is the port right, and does a firewall stand between?",
    )
