"""Rules about images, architectures and the versions that come with them."""

from __future__ import annotations

import re

from dockwright.catalog import compat
from dockwright.catalog.parameters import trtllm
from dockwright.catalog.parameters.axes import (
    ARCH,
    CUDA_VERSION,
    DEVICE,
    FRAMEWORK,
    PLATFORM,
    row_of,
)
from dockwright.catalog.parameters.images import (
    ARCH_ALT,
    BASE_IMAGE,
    BASE_IMAGE_TAG,
    PYTHON_VERSION,
    PYTORCH_BASE_IMAGE_TAG,
    RUNTIME_IMAGE_TAG,
    RUSTARCH,
)
from dockwright.catalog.parameters.providers import is_locked
from dockwright.catalog.parameters.sglang import SGLANG_VERSION
from dockwright.catalog.parameters.vllm import TORCH_BACKEND
from dockwright.catalog.systems import SYSTEMS
from dockwright.config.words import either, given, place, said
from dockwright.errors import Problem
from dockwright.model.param import Param, Params
from dockwright.model.values import Device, Framework

_PIECES = (
    trtllm.TORCH_VER,
    trtllm.TORCH_TENSORRT_VER,
    trtllm.PYTORCH_TRITON_VER,
    trtllm.FLASH_ATTN_VER,
    trtllm.FLASHINFER_PYTHON_VER,
    trtllm.SYMPY_VER,
    trtllm.TORCHVISION_VER,
    trtllm.TORCHAO_VER,
    trtllm.TORCHDATA_VER,
    trtllm.TORCHTITAN_VER,
    trtllm.JINJA2_VER,
)


def arch_of_platform(params: Params) -> Problem | None:
    """ARCH and ARCH_ALT follow the platform; with several platforms nobody may set them."""
    platforms = params[PLATFORM]
    for param in (ARCH, ARCH_ALT):
        if given(params, param) and len(platforms) > 1:
            return Problem(
                what=(
                    f"each of the platforms {said(params, PLATFORM)} has its own {param.name}; "
                    f"you set one for all: {said(params, param)}"
                ),
                hint=f"leave {param.name} out",
                rule="arch-of-platform",
            )
    if given(params, ARCH) and params[ARCH] is not platforms[0]:
        return Problem(
            what=(
                f"ARCH {said(params, ARCH)} is not the architecture of the platform "
                f"{said(params, PLATFORM)}"
            ),
            hint=f"use --platform {params[ARCH].platform} and leave ARCH out",
            rule="arch-of-platform",
        )
    return None


def arch_pair(params: Params) -> Problem | None:
    """ARCH and ARCH_ALT are two names of one architecture."""
    if params[ARCH_ALT] == params[ARCH].alt or len(params[PLATFORM]) > 1:
        return None
    return Problem(
        what=(
            f"ARCH {said(params, ARCH)} and ARCH_ALT {said(params, ARCH_ALT)} are not a pair; "
            f"{params[ARCH]} goes with {params[ARCH].alt}"
        ),
        hint=f"use --platform {params[ARCH].platform} and leave ARCH and ARCH_ALT out",
        rule="arch-pair",
    )


def rustarch_of_arch(params: Params) -> Problem | None:
    """The Rust tool chain runs on the machine that the platform names."""
    machine = params[RUSTARCH].partition("-")[0]
    if machine == params[ARCH].alt or not given(params, RUSTARCH):
        return None
    return Problem(
        what=(
            f"RUSTARCH {said(params, RUSTARCH)} does not run on {params[ARCH].platform}; "
            f"it must begin with {params[ARCH].alt}-"
        ),
        hint="leave RUSTARCH out",
        rule="rustarch-of-arch",
    )


def base_of_device(params: Params) -> Problem | None:
    """A bootstrapped distribution has no CUDA toolkit, so it is a base for the device cpu only."""
    if params[DEVICE] is Device.CPU or not params[BASE_IMAGE].startswith("bootstrap:"):
        return None
    if is_locked(params):
        return None  # what such an engine needs of CUDA comes with its wheels
    return Problem(
        what=(
            f"BASE_IMAGE {said(params, BASE_IMAGE)} has no CUDA toolkit; "
            f"the device is {said(params, DEVICE)}"
        ),
        hint="use --framework none --device cpu, or a base image with CUDA",
        rule="base-of-device",
    )


def _own_tag(base: str) -> str:
    """The tag or digest that a base image brings along, or what else makes a second one wrong."""
    if base.startswith(("oci:", "bootstrap:")):
        return base
    if "@" in base:
        return base.partition("@")[2]
    return base.rpartition("/")[2].partition(":")[2]


def base_tag_once(params: Params) -> Problem | None:
    """The tag of the base image is said once: in BASE_IMAGE or in BASE_IMAGE_TAG."""
    own, tag = _own_tag(params[BASE_IMAGE]), params[BASE_IMAGE_TAG]
    if not own or not tag or own == tag:
        return None
    return Problem(
        what=(
            f"BASE_IMAGE {said(params, BASE_IMAGE)} takes no further tag; "
            f"BASE_IMAGE_TAG is {said(params, BASE_IMAGE_TAG)}"
        ),
        hint="leave BASE_IMAGE_TAG out",
        rule="base-tag-once",
    )


def base_tag_needed(params: Params) -> Problem | None:
    """A base image without a tag or digest would be whatever is newest on the day of the build."""
    if params[BASE_IMAGE_TAG] or _own_tag(params[BASE_IMAGE]) or not params[BASE_IMAGE]:
        return None
    return Problem(
        what=f"BASE_IMAGE {said(params, BASE_IMAGE)} has no tag, and no default fits it",
        hint=f"use --base-image-tag TAG or --base-image {params[BASE_IMAGE]}:TAG",
        rule="base-tag-needed",
    )


def cuda_of_tag(tag: str) -> str:
    """The CUDA version, major.minor, that an image's tag states; empty when it states none."""
    for expression in (
        r"cuda([0-9]+)\.([0-9]+)",
        r"(?:^|[-_.])cu([0-9]{2})([0-9])(?:$|[-_.])",
        r"^([0-9]+)\.([0-9]+)(?:\.[0-9]+)?-(?:cudnn[0-9]*-)?(?:base|runtime|devel)\b",
    ):
        found = re.search(expression, tag)
        if found:
            return f"{found[1]}.{found[2]}"
    return ""


def _stated(params: Params) -> str:
    return cuda_of_tag(_own_tag(params[BASE_IMAGE]) + " " + params[BASE_IMAGE_TAG])


def base_image_cuda(params: Params) -> Problem | None:
    """A base image whose tag states another CUDA version than the one asked for is refused."""
    stated = _stated(params)
    if not stated or stated == params[CUDA_VERSION]:
        return None
    # Nobody chose an image: then the version itself is wrong, and another rule says so.
    if not given(params, BASE_IMAGE) and not given(params, BASE_IMAGE_TAG):
        return None
    # Only the tag was said: then `tag_only_cuda` warns, because the tag may be the whole wish.
    if not given(params, CUDA_VERSION) and params[DEVICE] is Device.CUDA:
        return None
    source = BASE_IMAGE_TAG if params[BASE_IMAGE_TAG] else BASE_IMAGE
    return Problem(
        what=(
            f"{source.name} {said(params, source)} states CUDA {stated}; "
            f"CUDA_VERSION is {said(params, CUDA_VERSION)}"
        ),
        hint=_cuda_change(params, stated, source),
        rule="base-image-cuda",
    )


def _cuda_change(params: Params, stated: str, source: Param[str]) -> str:
    fitting = compat.find_row(params[FRAMEWORK], params[DEVICE], stated)
    return f"use --cuda-version {stated}" if fitting else f"leave {source.name} out"


def runtime_image_cuda(params: Params) -> Problem | None:
    """The runtime image's tag, if a person set it, must not state another CUDA version."""
    stated = cuda_of_tag(params[RUNTIME_IMAGE_TAG])
    if not given(params, RUNTIME_IMAGE_TAG) or not stated or stated == params[CUDA_VERSION]:
        return None
    return Problem(
        what=(
            f"RUNTIME_IMAGE_TAG {said(params, RUNTIME_IMAGE_TAG)} states CUDA {stated}; "
            f"CUDA_VERSION is {said(params, CUDA_VERSION)}"
        ),
        hint=_cuda_change(params, stated, RUNTIME_IMAGE_TAG),
        rule="runtime-image-cuda",
    )


def tag_only_cuda(params: Params) -> Problem | None:
    """A base tag that states another CUDA version than the default one is probably not meant."""
    stated = _stated(params)
    if not stated or stated == params[CUDA_VERSION] or given(params, CUDA_VERSION):
        return None
    source = BASE_IMAGE_TAG if params[BASE_IMAGE_TAG] else BASE_IMAGE
    return Problem(
        what=(
            f"{source.name} {said(params, source)} states CUDA {stated}, but packages are chosen "
            f"for CUDA {said(params, CUDA_VERSION)}"
        ),
        hint=f"say --cuda-version {stated} too",
        rule="tag-only-cuda",
    )


def python_of_cell(params: Params) -> Problem | None:
    """A cell has wheels for certain Python versions."""
    row = row_of(params)
    # A default that does not fit comes from a base image that another rule refuses.
    if row is None or not given(params, PYTHON_VERSION) or params[PYTHON_VERSION] in row.pythons:
        return None
    if is_locked(params):
        return None  # the lock is for a version of its own, or there is none
    return Problem(
        what=(
            f"{row.framework} needs Python {either(row.pythons)}; "
            f"you asked for {said(params, PYTHON_VERSION)}. "
            f"Valid: --python-version {either(row.pythons)}"
        ),
        where=place(params, PYTHON_VERSION),
        rule="python-of-cell",
    )


def python_of_distribution(params: Params) -> Problem | None:
    """A bootstrapped base has the Python that its distribution packages, and no other."""
    for system in SYSTEMS:
        if params[BASE_IMAGE] != f"bootstrap:{system.distribution}/{system.release}":
            continue
        if params[PYTHON_VERSION] == system.python:
            return None
        others = [
            f"--base-image bootstrap:{other.distribution}/{other.release}"
            for other in SYSTEMS
            if other.python == params[PYTHON_VERSION] and other.distribution == "debian"
        ]
        change = f", or {either(others)}" if others else ""
        return Problem(
            what=(
                f"{system.distribution} {system.release} packages Python {system.python}; "
                f"you asked for {said(params, PYTHON_VERSION)}. "
                f"Valid: --python-version {system.python}{change}"
            ),
            rule="python-of-distribution",
        )
    return None


def pytorch_pieces(params: Params) -> Problem | None:
    """An unknown PyTorch image needs the versions of the pieces that are copied out of it."""
    if params[FRAMEWORK] is not Framework.TRTLLM:
        return None
    missing = [piece.name for piece in _PIECES if not params[piece]]
    if not missing:
        return None
    known = either(compat.pytorch_pieces())
    return Problem(
        what=(
            f"PyTorch image tag {said(params, PYTORCH_BASE_IMAGE_TAG)} is not in the table of "
            f"torch pieces ({known}); also set {', '.join(missing)}"
        ),
        rule="pytorch-pieces",
    )


def sglang_version_of_tag(params: Params) -> Problem | None:
    """SGLANG_VERSION comes from a runtime tag such as v0.5.8-runtime, or is said."""
    if params[FRAMEWORK] is not Framework.SGLANG or params[SGLANG_VERSION]:
        return None
    return Problem(
        what=(
            f"RUNTIME_IMAGE_TAG {said(params, RUNTIME_IMAGE_TAG)} does not begin with a version "
            "such as v0.5.8-"
        ),
        hint="say --sglang-version too",
        rule="sglang-version-of-tag",
    )


def torch_backend_of_cuda(params: Params) -> Problem | None:
    """Builds of torch fit one major version of CUDA."""
    backend, cuda = params[TORCH_BACKEND], params[CUDA_VERSION]
    row = row_of(params)
    if row is None or not given(params, TORCH_BACKEND) or not backend:
        return None
    major = backend[2:4] if backend.startswith("cu") else ""
    if major == cuda.partition(".")[0]:
        return None
    return Problem(
        what=(
            f"TORCH_BACKEND {said(params, TORCH_BACKEND)} does not fit CUDA "
            f"{said(params, CUDA_VERSION)}; {row.torch_backend} does"
        ),
        hint="leave TORCH_BACKEND out",
        rule="torch-backend-of-cuda",
    )
