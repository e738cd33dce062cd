"""Compiler cache and parallelism: they make a build faster and change no image."""

from __future__ import annotations

from dockwright.catalog.parameters.axes import ARCH, DEVICE
from dockwright.catalog.parameters.images import BASE_IMAGE, BASE_IMAGE_TAG, MANYLINUX_IMAGE
from dockwright.catalog.parameters.native import GCC_TOOLSET_VERSION
from dockwright.catalog.systems import guess
from dockwright.model.cache import Backend
from dockwright.model.kinds import (
    BOOL,
    TEXT,
    URL_OR_EMPTY,
    VERSION,
    choice,
    integer,
    pattern,
    words,
)
from dockwright.model.param import Concern, Default, Param, Params
from dockwright.model.values import Device

GROUP = "Compiler cache and jobs"

USE_SCCACHE: Param[bool] = Param(
    name="USE_SCCACHE",
    kind=BOOL,
    help=(
        "Compile through sccache. Where it keeps what it has: a bucket (SCCACHE_BUCKET and "
        "SCCACHE_REGION), another server (SCCACHE_BACKEND), or else the disk of the engine."
    ),
    default=Default(otherwise=False),
    group=GROUP,
    concern=Concern.BUILD,
)

SCCACHE_BUCKET: Param[str] = Param(
    name="SCCACHE_BUCKET",
    kind=pattern("bucket", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "an S3 bucket name", empty=True),
    help="Bucket of the compiler cache.",
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="BUCKET",
)

SCCACHE_REGION: Param[str] = Param(
    name="SCCACHE_REGION",
    kind=pattern("region", r"[a-z0-9-]+", "a region such as us-west-2", empty=True),
    help="Region of the bucket.",
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="REGION",
    example="us-west-2",
)


def _toolchain(params: Params) -> str:
    """What compiles (planning/toolchain.py), in a word: manylinux_2_28-gcc14, debian-bookworm."""
    if params[DEVICE] is not Device.CUDA:
        base = guess(params[BASE_IMAGE], params[BASE_IMAGE_TAG])
        return f"{base.distribution}-{base.release}"
    image = params[MANYLINUX_IMAGE].partition("@")[0].rpartition("/")[2].partition(":")[0]
    return f"{image.removesuffix(f'_{params[ARCH].alt}')}-gcc{params[GCC_TOOLSET_VERSION]}"


SCCACHE_S3_KEY_PREFIX: Param[str] = Param(
    name="SCCACHE_S3_KEY_PREFIX",
    kind=TEXT,
    help=(
        "Prefix of the cache's keys, in the bucket and in Redis or WebDAV alike. Two toolchains "
        "never share an object, so that one's can be thrown away alone."
    ),
    default=lambda params: f"{params[ARCH]}/{_toolchain(params)}",
    shown_default="<ARCH>/<toolchain>, such as amd64/manylinux_2_28-gcc14",
    group=GROUP,
    concern=Concern.BUILD,
    metavar="PREFIX",
)


def _backends(params: Params) -> tuple[Backend, ...]:
    """The backend that what was said belongs to; the engine's own disk when nothing was."""
    if params[SCCACHE_BUCKET] or params[SCCACHE_REGION]:
        return (Backend.S3,)
    if params[SCCACHE_REDIS_ENDPOINT]:
        return (Backend.REDIS,)
    return (Backend.WEBDAV,) if params[SCCACHE_WEBDAV_ENDPOINT] else (Backend.DISK,)


SCCACHE_ENDPOINT: Param[str] = Param(
    name="SCCACHE_ENDPOINT",
    kind=TEXT,
    help=(
        "Server of the bucket, when it is not Amazon's: HOST:PORT or a URL; http:// is without "
        "TLS. The bucket stands in the path."
    ),
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="URL",
    example="http://127.0.0.1:9000",
)

SCCACHE_REDIS_ENDPOINT: Param[str] = Param(
    name="SCCACHE_REDIS_ENDPOINT",
    kind=pattern("address", r"(redis|rediss|tcp|unix)://\S+", "a URL of Redis", empty=True),
    help="Redis server that keeps the cache; its password is the secret sccache-redis-password.",
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="URL",
    example="redis://127.0.0.1:6379",
)

SCCACHE_WEBDAV_ENDPOINT: Param[str] = Param(
    name="SCCACHE_WEBDAV_ENDPOINT",
    kind=URL_OR_EMPTY,
    help="WebDAV server that keeps the cache; its token is the secret sccache-webdav-token.",
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="URL",
    example="https://cache.example/sccache",
)

SCCACHE_BACKEND: Param[tuple[Backend, ...]] = Param(
    name="SCCACHE_BACKEND",
    kind=words(choice(Backend, name="backend")),
    help=(
        "Where the cache is: disk (of the engine), s3, redis, webdav, gha. Several are levels, "
        "the fastest first."
    ),
    default=_backends,
    shown_default="by what else is said, or disk",
    group=GROUP,
    concern=Concern.BUILD,
    metavar="BACKEND[,…]",
    example="disk,s3",
)

SCCACHE_CACHE_SIZE: Param[str] = Param(
    name="SCCACHE_CACHE_SIZE",
    kind=pattern("size", r"[1-9][0-9]*[KMGT]", "a size such as 10G"),
    help="How much the cache on the engine's disk may take.",
    default=Default(otherwise="10G"),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="SIZE",
    example="20G",
)

SCCACHE_DIST_SCHEDULER: Param[str] = Param(
    name="SCCACHE_DIST_SCHEDULER",
    kind=URL_OR_EMPTY,
    help=(
        "Scheduler of sccache-dist, for who outgrows one machine; its token is the secret "
        "sccache-dist-token."
    ),
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="URL",
    example="http://scheduler.example:10600",
)

CACHE_REQUIRED: Param[bool] = Param(
    name="CACHE_REQUIRED",
    kind=BOOL,
    help="A step that the compiler cache does not work for fails, instead of compiling without.",
    default=Default(otherwise=False),
    group=GROUP,
    concern=Concern.BUILD,
)

SCCACHE_VERSION: Param[str] = Param(
    name="SCCACHE_VERSION",
    kind=VERSION,
    help="sccache release that compile steps use.",
    default=Default(otherwise="v0.16.0"),
    group=GROUP,
    metavar="VERSION",
)

CARGO_BUILD_JOBS: Param[int] = Param(
    name="CARGO_BUILD_JOBS",
    kind=integer(least=1),
    help=(
        "Parallel rustc jobs. 1-4: low memory, small server; 5-8: medium, workstation; "
        "9-16: high, big server; more: very high, build cluster."
    ),
    default=Default(otherwise=16),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="N",
)
