"""Where the compiler cache is, as the parameters say it."""

from __future__ import annotations

from dockwright.catalog.parameters.cache import (
    SCCACHE_BUCKET,
    SCCACHE_REGION,
    SCCACHE_S3_KEY_PREFIX,
    USE_SCCACHE,
)
from dockwright.model.cache import Backend, CacheSettings
from dockwright.model.param import Params


def levels(params: Params) -> tuple[CacheSettings, ...]:
    """The levels of the cache, the fastest first; empty when it is off."""
    if not params[USE_SCCACHE]:
        return ()
    return (
        CacheSettings(
            backend=Backend.S3,
            bucket=params[SCCACHE_BUCKET],
            region=params[SCCACHE_REGION],
            key_prefix=params[SCCACHE_S3_KEY_PREFIX],
        ),
    )
