"""What the steps that compile are told of the compiler cache: a shell file, by a secret mount."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from urllib.parse import urlsplit

import msgspec

from dockwright.model.cache import Backend, CacheSettings, variables

_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379}


class CacheOrder(msgspec.Struct, frozen=True, kw_only=True):
    """How a build uses a compiler cache. No credential is in here.

    `names` are variables of this machine that go with the credentials (model.cache.NAMES).
    `direct` says that the server is reached without a proxy; then a step can see that it is gone.
    """

    levels: tuple[CacheSettings, ...]
    required: bool = False
    size: str = ""
    scheduler: str = ""
    names: dict[str, str] = {}
    direct: bool = True


def cache_file(order: CacheOrder) -> str:
    """The file that catalog/shell/cache.sh reads."""
    said = variables(order.levels) | {"SCCACHE_CACHE_SIZE": order.size} | order.names
    exports = "".join(f"    export {name}={quote(text)}\n" for name, text in said.items() if text)
    lines = {
        "cache_backend": ",".join(level.backend for level in order.levels),
        "cache_required": "true" if order.required else "",
        "cache_probe": probe(order.levels) if order.direct else "",
        "cache_scheduler": order.scheduler,
    }
    words = "".join(f"{name}={quote(text)}\n" for name, text in lines.items() if text)
    return f"{words}cache_settings() {{\n    :\n{exports}}}\n"


def probe(levels: Sequence[CacheSettings]) -> str:
    """HOST/PORT of the first server among the levels; empty when there is none to be looked at."""
    for level in levels:
        if level.backend is Backend.DISK or level.backend is Backend.GHA:
            continue
        url = urlsplit(level.url if level.backend is Backend.S3 else level.endpoint)
        port = url.port or _PORTS.get(url.scheme, 0)
        if url.hostname and port:
            return f"{url.hostname}/{port}"
    return ""
