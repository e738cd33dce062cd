"""Switches: what an image can do. Each can also be switched off (`--no-enable-kvbm`)."""

from __future__ import annotations

from dockwright.catalog.parameters.axes import FRAMEWORK
from dockwright.model.kinds import BOOL, VERSION, pattern, words
from dockwright.model.param import Case, Default, Param
from dockwright.model.values import Framework

GROUP = "Features"

ENABLE_KVBM: Param[bool] = Param(
    name="ENABLE_KVBM",
    kind=BOOL,
    help="Build and install the KV block manager wheel.",
    default=Default(
        otherwise=False, cases=(Case(value=True, framework=(Framework.VLLM, Framework.TRTLLM)),)
    ),
    group=GROUP,
)

ENABLE_GPU_MEMORY_SERVICE: Param[bool] = Param(
    name="ENABLE_GPU_MEMORY_SERVICE",
    kind=BOOL,
    help="Build and install the GPU memory service wheel.",
    default=Default(
        otherwise=False, cases=(Case(value=True, framework=(Framework.VLLM, Framework.SGLANG)),)
    ),
    group=GROUP,
)

_ENGINES = (Framework.VLLM, Framework.TRTLLM, Framework.SGLANG)

ENABLE_MEDIA_NIXL: Param[bool] = Param(
    name="ENABLE_MEDIA_NIXL",
    kind=BOOL,
    help="Move media through NIXL (cargo feature media-nixl).",
    default=Default(otherwise=False, cases=(Case(value=True, framework=_ENGINES),)),
    group=GROUP,
)

ENABLE_MEDIA_FFMPEG: Param[bool] = Param(
    name="ENABLE_MEDIA_FFMPEG",
    kind=BOOL,
    help=(
        "Decode media with FFmpeg (cargo feature media-ffmpeg, which includes media-nixl); "
        "builds FFmpeg into the image."
    ),
    default=lambda params: params[FRAMEWORK] in _ENGINES and params[ENABLE_MEDIA_NIXL],
    shown_default="true for vllm, trtllm and sglang unless ENABLE_MEDIA_NIXL is off; else false",
    group=GROUP,
)

MAKE_EFA: Param[bool] = Param(
    name="MAKE_EFA",
    kind=BOOL,
    help="Put the AWS Elastic Fabric Adapter layer on the image.",
    default=Default(otherwise=False),
    group=GROUP,
)

EFA_VERSION: Param[str] = Param(
    name="EFA_VERSION",
    kind=VERSION,
    help="Version of the EFA installer; only with MAKE_EFA.",
    default=Default(otherwise="1.45.1"),
    group=GROUP,
    metavar="VERSION",
)

EXTRA_COMPONENTS: Param[tuple[str, ...]] = Param(
    name="EXTRA_COMPONENTS",
    kind=words(pattern("component", r"[a-z][a-z0-9_]*", "a component's name, such as ffmpeg")),
    help="Further components for the image, beside those that its framework and switches bring.",
    default=Default(otherwise=()),
    group=GROUP,
    metavar="NAME",
    example="ffmpeg",
)
