"""Compiler cache and parallelism: they make a build faster and change no image."""

from __future__ import annotations

from dockwright.catalog.parameters.axes import ARCH
from dockwright.model.kinds import BOOL, TEXT, VERSION, integer, pattern
from dockwright.model.param import Concern, Default, Param

GROUP = "Compiler cache and jobs"

USE_SCCACHE: Param[bool] = Param(
    name="USE_SCCACHE",
    kind=BOOL,
    help="Compile through sccache with an S3 bucket; needs SCCACHE_BUCKET and SCCACHE_REGION.",
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

SCCACHE_S3_KEY_PREFIX: Param[str] = Param(
    name="SCCACHE_S3_KEY_PREFIX",
    kind=TEXT,
    help="Prefix of the cache's keys in the bucket.",
    default=lambda params: params[ARCH].value,
    shown_default="<ARCH>",
    group=GROUP,
    concern=Concern.BUILD,
    metavar="PREFIX",
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
