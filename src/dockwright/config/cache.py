"""Where the compiler cache is, as the parameters say it."""

from __future__ import annotations

from dockwright.catalog.parameters.cache import (
    SCCACHE_BACKEND,
    SCCACHE_BUCKET,
    SCCACHE_ENDPOINT,
    SCCACHE_REDIS_ENDPOINT,
    SCCACHE_REGION,
    SCCACHE_S3_KEY_PREFIX,
    SCCACHE_WEBDAV_ENDPOINT,
    USE_SCCACHE,
)
from dockwright.model.cache import Backend, CacheSettings
from dockwright.model.param import Params

FOLDER = "/var/cache/dockwright-sccache"
"""Where a step that compiles finds the cache of the engine's disk."""


def levels(params: Params) -> tuple[CacheSettings, ...]:
    """The levels of the cache, the fastest first; empty when it is off."""
    if not params[USE_SCCACHE]:
        return ()
    return tuple(_level(params, backend) for backend in params[SCCACHE_BACKEND])


def _level(params: Params, backend: Backend) -> CacheSettings:
    endpoint = {
        Backend.S3: SCCACHE_ENDPOINT,
        Backend.REDIS: SCCACHE_REDIS_ENDPOINT,
        Backend.WEBDAV: SCCACHE_WEBDAV_ENDPOINT,
    }.get(backend)
    s3 = backend is Backend.S3
    return CacheSettings(
        backend=backend,
        bucket=params[SCCACHE_BUCKET] if s3 else "",
        region=params[SCCACHE_REGION] if s3 else "",
        endpoint=params[endpoint] if endpoint else "",
        key_prefix="" if backend is Backend.DISK else params[SCCACHE_S3_KEY_PREFIX],
        directory=FOLDER if backend is Backend.DISK else "",
    )
