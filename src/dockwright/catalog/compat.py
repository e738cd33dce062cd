"""The matrix as typed rows: reads `compat.toml` once. The rules over it are in config/matrix.py."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from dockwright.model.values import Arch, Device, Framework, Target


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A framework on a device and CUDA version: the images and names that go together."""

    framework: Framework
    device: Device
    cuda: str
    is_default: bool
    archs: tuple[Arch, ...]
    targets: tuple[Target, ...]
    pythons: tuple[str, ...]
    base_image: str
    base_tag: str
    runtime_image: str
    runtime_tag: str
    torch_backend: str
    nixl_package: str
    cupy_package: str
    sglang_pins: tuple[str, ...]
    vllm_wheel: str
    lmcache: tuple[Arch, ...]


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("compat.toml").read_text(encoding="utf-8"))


@cache
def rows() -> tuple[Row, ...]:
    """Every row of the matrix, in the order of the file."""
    data = _data()
    return tuple(_row(entry, data) for entry in data["row"])


def _row(entry: Mapping[str, Any], data: Mapping[str, Any]) -> Row:
    cuda: str = entry.get("cuda", "")
    major: Mapping[str, Any] = data["major"].get(cuda.partition(".")[0], {})
    framework = Framework(entry["framework"])
    return Row(
        framework=framework,
        device=Device(entry["device"]),
        cuda=cuda,
        is_default=entry.get("default", False),
        archs=tuple(Arch(arch) for arch in entry.get("arch", data["defaults"]["arch"])),
        targets=tuple(Target(t) for t in entry.get("targets", data["targets"][framework])),
        pythons=tuple(entry.get("python", data["defaults"]["python"])),
        base_image=entry["base_image"],
        base_tag=entry.get("base_tag", ""),
        runtime_image=entry.get("runtime_image", ""),
        runtime_tag=entry.get("runtime_tag", ""),
        torch_backend=entry["torch_backend"],
        nixl_package=entry.get("nixl_package", major.get("nixl_package", "")),
        cupy_package=major.get("cupy_package", ""),
        sglang_pins=tuple(major.get("sglang_pins", ())),
        vllm_wheel=major.get("vllm_wheel", ""),
        lmcache=tuple(Arch(arch) for arch in major.get("lmcache", ())),
    )


def find_row(framework: Framework, device: Device, cuda: str) -> Row | None:
    """The row of that framework, device and CUDA version (major.minor), if it is valid."""
    for row in rows():
        if (row.framework, row.device, row.cuda) == (framework, device, cuda):
            return row
    return None


def default_row(framework: Framework, device: Device) -> Row | None:
    """The row that a framework gets on a device when nobody asks for a CUDA version."""
    for row in rows():
        if (row.framework, row.device) == (framework, device) and row.is_default:
            return row
    return None


@cache
def efa_targets() -> tuple[Target, ...]:
    """Targets that an EFA layer can be put on."""
    return tuple(Target(name) for name in _data()["efa"]["targets"])


@cache
def pytorch_pieces() -> Mapping[str, Mapping[str, str]]:
    """Tag of the NGC PyTorch image → versions of the pieces that TensorRT-LLM copies from it."""
    found: Mapping[str, Mapping[str, str]] = _data()["pytorch"]
    return found


@cache
def nixl_packages() -> tuple[str, ...]:
    """NIXL's package for every major version of CUDA; an image has exactly one of them."""
    return tuple(major["nixl_package"] for major in _data()["major"].values())
