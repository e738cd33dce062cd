"""The matrix: which cells are valid, and what to say about those that are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from dockwright.catalog.compat import Row, rows
from dockwright.catalog.parameters.axes import (
    ARCH,
    CUDA_VERSION,
    DEVICE,
    FRAMEWORK,
    TARGET,
    row_of,
)
from dockwright.config.words import either, said, unique
from dockwright.errors import Problem
from dockwright.model.param import Params
from dockwright.model.values import Arch, Device, Framework, Target


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: everything that makes an image this image."""

    framework: Framework
    device: Device
    cuda: str
    arch: Arch
    target: Target

    def __str__(self) -> str:
        device = f"cuda{self.cuda}" if self.cuda else self.device.value
        return f"{self.framework}-{device}-{self.arch}-{self.target}"

    def settings(self) -> dict[str, str]:
        """The parameters that ask for this cell and nothing else."""
        cuda = {CUDA_VERSION.name: self.cuda} if self.cuda else {}
        return {
            FRAMEWORK.name: self.framework.value,
            DEVICE.name: self.device.value,
            **cuda,
            "PLATFORM": self.arch.platform,
            TARGET.name: self.target.value,
        }


def cells() -> Iterator[Variant]:
    """Every valid cell, in the order of compat.toml."""
    for row in rows():
        for arch in row.archs:
            for target in row.targets:
                yield Variant(
                    framework=row.framework,
                    device=row.device,
                    cuda=row.cuda,
                    arch=arch,
                    target=target,
                )


def cell_of(params: Params) -> Variant:
    """The cell that these values ask for, valid or not."""
    return Variant(
        framework=params[FRAMEWORK],
        device=params[DEVICE],
        cuda=params[CUDA_VERSION],
        arch=params[ARCH],
        target=params[TARGET],
    )


def check(params: Params) -> tuple[Problem, ...]:
    """Why the asked-for cell is not in the matrix: every violated rule, by name."""
    found = (
        device_of_framework(params),
        cuda_of_device(params),
        cuda_of_framework(params),
        arch_of_cell(params),
        target_of_framework(params),
    )
    return tuple(problem for problem in found if problem)


def device_of_framework(params: Params) -> Problem | None:
    """A framework runs on the devices that it has images for."""
    framework, device = params[FRAMEWORK], params[DEVICE]
    devices = unique(row.device.value for row in rows() if row.framework is framework)
    if device in devices:
        return None
    frameworks = unique(row.framework.value for row in rows() if row.device is device)
    return Problem(
        what=(
            f"{framework} needs the device {either(devices)}; "
            f"you asked for {said(params, DEVICE)}. "
            f"Valid: --device {either(devices)}, or --framework {either(frameworks)}"
        ),
        rule="device-of-framework",
    )


def cuda_of_device(params: Params) -> Problem | None:
    """An image without a GPU has no CUDA version."""
    if params[DEVICE] is Device.CUDA or not params[CUDA_VERSION]:
        return None
    return Problem(
        what=(
            f"{params[DEVICE]} has no CUDA; you asked for CUDA {said(params, CUDA_VERSION)}. "
            "Valid: no CUDA version, or --device cuda"
        ),
        rule="cuda-of-device",
    )


def cuda_of_framework(params: Params) -> Problem | None:
    """A framework is built for the CUDA versions that its release supports."""
    framework, device, cuda = params[FRAMEWORK], params[DEVICE], params[CUDA_VERSION]
    fitting = [row for row in rows() if (row.framework, row.device) == (framework, device)]
    if not fitting or row_of(params) or device is not Device.CUDA:
        return None
    versions = [row.cuda for row in fitting]
    others = unique(row.framework.value for row in rows() if cuda and row.cuda == cuda)
    change = f", or --framework {either(others)}" if others else ""
    return Problem(
        what=(
            f"{framework} needs CUDA {either(versions)}; you asked for "
            f"{said(params, CUDA_VERSION)}. Valid: --cuda-version {either(versions)}{change}"
        ),
        rule="cuda-of-framework",
    )


def arch_of_cell(params: Params) -> Problem | None:
    """A cell exists for the architectures that its images exist for."""
    row = row_of(params)
    if row is None or params[ARCH] in row.archs:
        return None
    platforms = [arch.platform for arch in row.archs]
    return Problem(
        what=(
            f"{row.framework} with CUDA {row.cuda} needs {either(row.archs)}; "
            f"you asked for {said(params, ARCH)}. Valid: --platform {either(platforms)}"
        ),
        rule="arch-of-cell",
    )


def target_of_framework(params: Params) -> Problem | None:
    """A framework has the targets that its graph has stages for."""
    framework, target = params[FRAMEWORK], params[TARGET]
    row = row_of(params) or _any_row(framework)
    if row is None or target in row.targets:
        return None
    others = unique(row.framework.value for row in rows() if target in row.targets)
    change = f", or --framework {either(others)}" if others else ""
    return Problem(
        what=(
            f"{framework} has no target {said(params, TARGET)}. "
            f"Valid: --target {either(row.targets)}{change}"
        ),
        rule="target-of-framework",
    )


def _any_row(framework: Framework) -> Row | None:
    return next((row for row in rows() if row.framework is framework), None)


def ordered(targets: Iterable[Target]) -> list[Target]:
    """Targets in the order of their declaration, for tables."""
    wanted = set(targets)
    return [target for target in Target if target in wanted]
