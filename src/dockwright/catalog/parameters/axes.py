"""The axes of the matrix: what a variant is. Their defaults never depend on other tables."""

from __future__ import annotations

from dockwright.catalog.compat import Row, default_row, find_row
from dockwright.model.kinds import CUDA, PLATFORMS, choice
from dockwright.model.param import Default, Param, Params
from dockwright.model.values import Arch, Device, Framework, Target

GROUP = "Axes"

FRAMEWORK: Param[Framework] = Param(
    name="FRAMEWORK",
    kind=choice(Framework, aliases={"standard": "none"}),
    help="Inference engine of the image; none is the standard image without one.",
    default=Default(otherwise=Framework.VLLM),
    group=GROUP,
    example="sglang",
)

DEVICE: Param[Device] = Param(
    name="DEVICE",
    kind=choice(Device),
    help="Accelerator that the image is built for; cpu only for the standard image.",
    default=Default(otherwise=Device.CUDA),
    group=GROUP,
    example="cpu",
)


def _cuda(params: Params) -> str:
    row = default_row(params[FRAMEWORK], params[DEVICE])
    return row.cuda if row else ""


CUDA_VERSION: Param[str] = Param(
    name="CUDA_VERSION",
    kind=CUDA,
    help="CUDA toolkit, major.minor; moves images, wheels and pins with it. Empty for cpu.",
    default=_cuda,
    shown_default="the framework's own, from the matrix; empty for cpu",
    group=GROUP,
    metavar="MAJOR.MINOR",
    example="13.0",
)

PLATFORM: Param[tuple[Arch, ...]] = Param(
    name="PLATFORM",
    kind=PLATFORMS,
    help="Platforms to build for; several become one image index.",
    default=Default(otherwise=(Arch.AMD64,)),
    group=GROUP,
    metavar="PLATFORM[,PLATFORM]",
    example="linux/amd64,linux/arm64",
)


def _target(params: Params) -> Target:
    # The original builds `dev` when nobody names a target. Without a GPU the plain runtime is
    # what people try first, and nothing of the original has to be matched there.
    return Target.RUNTIME if params[DEVICE] is Device.CPU else Target.DEV


TARGET: Param[Target] = Param(
    name="TARGET",
    kind=choice(Target, aliases={"dynamo_base": "base", "local_dev": "local-dev"}),
    help="What to build: the stage that becomes the image.",
    default=_target,
    shown_default="dev; runtime for cpu",
    group=GROUP,
    example="runtime",
)


def _first_platform(params: Params) -> Arch:
    return params[PLATFORM][0]


ARCH: Param[Arch] = Param(
    name="ARCH",
    kind=choice(Arch),
    help="Architecture by its Debian name. Follows the platform; may be set only to agree with it.",
    default=_first_platform,
    shown_default="from the platform",
    group=GROUP,
    example="arm64",
)


def row_of(params: Params) -> Row | None:
    """The matrix row of these values, or None when the combination is not valid."""
    return find_row(params[FRAMEWORK], params[DEVICE], params[CUDA_VERSION])
