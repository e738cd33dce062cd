"""SGLang and the NVIDIA packages that are pinned over its image."""

from __future__ import annotations

import re

import msgspec

from dockwright.catalog import choices
from dockwright.catalog.parameters.axes import FRAMEWORK, row_of
from dockwright.catalog.parameters.images import RUNTIME_IMAGE_TAG
from dockwright.model.kinds import pattern, words
from dockwright.model.param import Default, Param, Params
from dockwright.model.values import Framework

GROUP = "SGLang"
_FALLBACK = "v0.5.8"


def _version(params: Params) -> str:
    if params[FRAMEWORK] is not Framework.SGLANG:
        return _FALLBACK
    # A runtime tag that does not begin with a version says nothing: the rule
    # `sglang-version-of-tag` then asks for SGLANG_VERSION itself.
    match = re.match(r"v[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9.]*(?=-|$)", params[RUNTIME_IMAGE_TAG])
    return match[0] if match else ""


SGLANG_PROVIDER: Param[str] = msgspec.structs.replace(
    choices.provider("sglang", ("image", "wheels"), default="image"),
    help="SGLang's Python stack: image (the upstream runtime image) or wheels (a lock).",
    only=(Framework.SGLANG,),
)

SGLANG_VERSION: Param[str] = Param(
    name="SGLANG_VERSION",
    kind=pattern("version", r"v?[0-9]+(\.[0-9]+)+[A-Za-z0-9.]*", "such as v0.5.8", empty=True),
    help="SGLang release inside RUNTIME_IMAGE.",
    default=_version,
    shown_default="the version that RUNTIME_IMAGE_TAG begins with (v0.5.8)",
    group=GROUP,
    only=(Framework.SGLANG,),
    metavar="VERSION",
)


def _pins(params: Params) -> tuple[str, ...]:
    row = row_of(params)
    return row.sglang_pins if row and row.framework is Framework.SGLANG else ()


SGLANG_NVIDIA_PINS: Param[tuple[str, ...]] = Param(
    name="SGLANG_NVIDIA_PINS",
    kind=words(pattern("pin", r"[A-Za-z0-9._-]+==[A-Za-z0-9.+]+", "name==version")),
    help="NVIDIA packages that are reinstalled without their dependencies.",
    default=_pins,
    shown_default="by CUDA major version, from the matrix",
    group=GROUP,
    only=(Framework.SGLANG,),
)

SGLANG_URLLIB3: Param[str] = Param(
    name="SGLANG_URLLIB3",
    kind=pattern("requirement", r"urllib3[=<>!~]=?[0-9.]+", "a requirement on urllib3"),
    help="Lower bound that the SGLang image's urllib3 is raised to.",
    default=Default(otherwise="urllib3>=2.6.3"),
    group=GROUP,
    only=(Framework.SGLANG,),
)
