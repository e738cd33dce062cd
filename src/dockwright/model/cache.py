"""The compiler cache as data: where it lies, and what it did for a step that compiles.

`CacheSettings` is made from parameters, `CacheStats` from what sccache says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

DEVICE_PHASES = frozenset({"CUDA (Device code)", "PTX", "CUBIN"})
"""What sccache counts for the parts of one nvcc call: cudafe++, cicc and ptxas, each a request."""


class Backend(StrEnum):
    """Where sccache keeps objects."""

    DISK = "disk"
    S3 = "s3"
    REDIS = "redis"
    WEBDAV = "webdav"
    GHA = "gha"


class CacheSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a cache. What a backend has no use for stays empty; no credential is in here.

    `endpoint` is the server's address as sccache takes it: `HOST:PORT` or a URL for s3, a URL for
    redis (`redis://`, `rediss://`) and webdav; empty means Amazon's own for s3. `use_ssl` is for an
    endpoint of s3 without a scheme. `key_prefix` is put before each key. `virtual_host` names the
    bucket in the host (`BUCKET.HOST`) instead of the path. `directory` is for disk, `database` for
    redis. `anonymous` reads a public bucket of s3 without credentials.
    """

    backend: Backend
    bucket: str = ""
    region: str = ""
    endpoint: str = ""
    use_ssl: bool = True
    virtual_host: bool = False
    anonymous: bool = False
    key_prefix: str = ""
    database: int = 0
    directory: str = ""

    @property
    def url(self) -> str:
        """The address of an S3 server with its scheme; the region's own one of Amazon by default.

        sccache takes a scheme that is written, else `SCCACHE_S3_USE_SSL`.
        """
        if not self.endpoint:
            return f"https://s3.{self.region}.amazonaws.com"
        if "://" in self.endpoint:
            return self.endpoint.rstrip("/")
        return f"{'https' if self.use_ssl else 'http'}://{self.endpoint}".rstrip("/")

    def variables(self) -> dict[str, str]:
        """What sccache 0.16 is told about this level. No credential, nothing empty.

        An empty variable is not the same as none: `SCCACHE_BUCKET=` still selects S3.
        """
        match self.backend:
            case Backend.S3:
                said = {
                    "SCCACHE_BUCKET": self.bucket,
                    "SCCACHE_REGION": self.region,
                    "SCCACHE_ENDPOINT": self.url if self.endpoint else "",
                    "SCCACHE_S3_USE_SSL": "true" if self.url.startswith("https:") else "false",
                    "SCCACHE_S3_KEY_PREFIX": self.key_prefix,
                    "SCCACHE_S3_ENABLE_VIRTUAL_HOST_STYLE": "true" if self.virtual_host else "",
                    "SCCACHE_S3_NO_CREDENTIALS": "true" if self.anonymous else "",
                }
            case Backend.REDIS:
                said = {
                    "SCCACHE_REDIS_ENDPOINT": self.endpoint,
                    "SCCACHE_REDIS_KEY_PREFIX": self.key_prefix,
                    "SCCACHE_REDIS_DB": str(self.database or ""),
                }
            case Backend.WEBDAV:
                said = {
                    "SCCACHE_WEBDAV_ENDPOINT": self.endpoint,
                    "SCCACHE_WEBDAV_KEY_PREFIX": self.key_prefix,
                }
            case Backend.GHA:
                said = {"SCCACHE_GHA_ENABLED": "true", "SCCACHE_GHA_VERSION": self.key_prefix}
            case Backend.DISK:
                said = {"SCCACHE_DIR": self.directory}
        return {name: value for name, value in said.items() if value}


def variables(levels: Sequence[CacheSettings]) -> dict[str, str]:
    """The same for all levels, the fastest first."""
    found: dict[str, str] = {}
    for level in levels:
        found |= level.variables()
    if len(levels) > 1:
        found["SCCACHE_MULTILEVEL_CHAIN"] = ",".join(level.backend for level in levels)
        # With a disk among the levels sccache 0.16 would remember what files include, and name its
        # objects otherwise: who has one of the other levels alone would find none of them.
        found["SCCACHE_DIRECT"] = "false"
    return found


CREDENTIALS: Mapping[Backend, tuple[str, ...]] = {
    Backend.DISK: (),
    Backend.S3: (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_CONFIG_FILE",
    ),
    Backend.REDIS: ("SCCACHE_REDIS_USERNAME", "SCCACHE_REDIS_PASSWORD"),
    Backend.WEBDAV: ("SCCACHE_WEBDAV_USERNAME", "SCCACHE_WEBDAV_PASSWORD", "SCCACHE_WEBDAV_TOKEN"),
    Backend.GHA: ("ACTIONS_RESULTS_URL", "ACTIONS_RUNTIME_TOKEN"),
}
"""The variables in which sccache 0.16 takes each backend's credentials."""

NAMES: Mapping[Backend, tuple[str, ...]] = {
    Backend.S3: ("AWS_PROFILE",),
    Backend.REDIS: ("SCCACHE_REDIS_USERNAME",),
    Backend.WEBDAV: ("SCCACHE_WEBDAV_USERNAME",),
    Backend.GHA: ("ACTIONS_RESULTS_URL", "ACTIONS_CACHE_SERVICE_V2"),
}
"""Variables that go with the credentials and open nothing by themselves: a build passes them on."""

SECRETS: Mapping[str, str] = {
    "aws-key-id": "AWS_ACCESS_KEY_ID",
    "aws-secret-id": "AWS_SECRET_ACCESS_KEY",
    "aws-session-token": "AWS_SESSION_TOKEN",
    "aws-role-arn": "AWS_ROLE_ARN",
    "aws-web-identity-token": "AWS_WEB_IDENTITY_TOKEN_FILE",
    "aws-profile": "AWS_SHARED_CREDENTIALS_FILE",
    "sccache-redis-password": "SCCACHE_REDIS_PASSWORD",
    "sccache-webdav-password": "SCCACHE_WEBDAV_PASSWORD",
    "sccache-webdav-token": "SCCACHE_WEBDAV_TOKEN",
    "actions-runtime-token": "ACTIONS_RUNTIME_TOKEN",
}
"""Id of a build's secret → the variable in which sccache takes it (`_FILE`: the path of one)."""


class CacheStats(msgspec.Struct, frozen=True, kw_only=True):
    """What the cache did for one step: one row of a run's `cache.json`.

    `requests` are calls of the compiler that came to sccache. `hits`, `misses` and `errors` go by
    language as sccache names it (`C/C++`, `Rust`, `CUDA`, and the phases of device code), except
    that errors of the storage are under `read`, `write` and `timeout`. `not_cacheable` goes by
    reason. `seconds_compiling` is what the misses took, `seconds_saved` what the hits would have
    taken at that pace: None when there was no miss to go by. `bytes_written` is None since sccache
    0.16 does not say it. `cache_size` is in bytes, of a local disk only.
    """

    component: str
    step: str
    requests: int
    hits: dict[str, int] = {}
    misses: dict[str, int] = {}
    errors: dict[str, int] = {}
    not_cacheable: dict[str, int] = {}
    bytes_written: int | None = None
    seconds_compiling: float = 0.0
    seconds_saved: float | None = None
    backend: str = ""
    cache_size: int | None = None

    @property
    def found(self) -> int:
        """Compilations that came out of the cache; one nvcc call counts once."""
        return _whole(self.hits)

    @property
    def compiled(self) -> int:
        """Compilations that were done and stored; one nvcc call counts once."""
        return _whole(self.misses)

    @property
    def failed(self) -> int:
        """Errors of the cache itself; the compiler ran all the same."""
        return sum(self.errors.values())

    @property
    def rate(self) -> float | None:
        """Hits among what could be cached, 0 to 1; None when nothing could."""
        return rate(self.found, self.compiled)


def rate(found: int, compiled: int) -> float | None:
    """Hits among hits and misses, 0 to 1; None when there are none of both."""
    return found / (found + compiled) if found + compiled else None


def _whole(counts: Mapping[str, int]) -> int:
    return sum(count for language, count in counts.items() if language not in DEVICE_PHASES)


class _Duration(msgspec.Struct, frozen=True):
    secs: int = 0
    nanos: int = 0

    @property
    def seconds(self) -> float:
        return self.secs + self.nanos / 1e9


class _Counts(msgspec.Struct, frozen=True):
    counts: dict[str, int] = {}


class _Level(msgspec.Struct, frozen=True):
    name: str
    write_failures: int = 0


class _Numbers(msgspec.Struct, frozen=True):
    """`stats` of sccache 0.16's JSON; a newer one may say more."""

    compile_requests: int
    requests_not_compile: int
    cache_errors: _Counts
    cache_hits: _Counts
    cache_misses: _Counts
    not_cached: dict[str, int]
    cache_timeouts: int = 0
    cache_read_errors: int = 0
    cache_write_errors: int = 0
    cache_writes: int = 0
    non_cacheable_compilations: int = 0
    requests_unsupported_compiler: int = 0
    compilations: int = 0
    compile_fails: int = 0
    compiler_write_duration: _Duration = _Duration()
    cache_read_hit_duration: _Duration = _Duration()
    multi_level: tuple[_Level, ...] | None = None


class _Said(msgspec.Struct, frozen=True):
    stats: _Numbers
    cache_location: str = ""
    cache_size: int | None = None


def read_stats(text: str | bytes, *, component: str, step: str) -> CacheStats:
    """What `sccache --show-stats --stats-format json` printed, as a row.

    Raises ValueError (msgspec's) for text of another form.
    """
    said = msgspec.json.decode(text, type=_Said)
    stats, levels = said.stats, said.stats.multi_level or ()
    errors = {**stats.cache_errors.counts} | {
        kind: count
        for kind, count in (
            ("read", stats.cache_read_errors),
            ("timeout", stats.cache_timeouts),
            # Of several levels only the fastest one's failures are in the total.
            ("write", stats.cache_write_errors + sum(level.write_failures for level in levels)),
        )
        if count
    }
    refused = dict(stats.not_cached)
    if stats.non_cacheable_compilations:
        refused["the compiler's output"] = stats.non_cacheable_compilations
    if stats.requests_unsupported_compiler:
        refused["unsupported compiler"] = stats.requests_unsupported_compiler
    return CacheStats(
        component=component,
        step=step,
        # Links and version probes are not the cache's business; sccache counts them apart.
        requests=stats.compile_requests - stats.requests_not_compile,
        hits=stats.cache_hits.counts,
        misses=stats.cache_misses.counts,
        errors=errors,
        not_cacheable=refused,
        seconds_compiling=round(stats.compiler_write_duration.seconds, 3),
        seconds_saved=_saved(stats),
        backend=_backend(said.cache_location, levels),
        cache_size=said.cache_size,
    )


def _backend(location: str, levels: Sequence[_Level]) -> str:
    """`disk`, `s3`, of several levels `disk, s3`."""
    if levels:  # `L0 (disk)`
        return ", ".join(level.name.partition("(")[2].rstrip(")") for level in levels)
    # `Local disk: "/path"`, `s3, name: bucket, prefix: /amd64/`
    word = re.split(r"[,:]", location)[0]
    return Backend.DISK.value if word == "Local disk" else word


def _saved(stats: _Numbers) -> float | None:
    """Seconds: hits at the mean time of a compilation, less what reading them took."""
    hits = sum(stats.cache_hits.counts.values())
    if not stats.compilations:
        return None if hits else 0.0
    mean = stats.compiler_write_duration.seconds / stats.compilations
    return round(max(0.0, hits * mean - stats.cache_read_hit_duration.seconds), 3)
