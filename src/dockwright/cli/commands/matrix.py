"""`dockwright matrix`: the valid cells, and what goes with each."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from dockwright.catalog.parameters.axes import ARCH, DEVICE, FRAMEWORK, TARGET
from dockwright.config.matrix import Variant, cells
from dockwright.errors import Problem, UserError
from dockwright.model.param import Param


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell as data. `runtime_image` is empty where the runtime starts from the base."""

    framework: str
    device: str
    cuda: str
    arch: str
    target: str
    base_image: str
    runtime_image: str
    torch_backend: str
    nixl_package: str
    pythons: tuple[str, ...]
    driver: str
    is_default: bool


@click.command("matrix")
@click.option("--framework", multiple=True, metavar="NAME", help="Only these frameworks.")
@click.option("--device", multiple=True, metavar="NAME", help="Only these devices.")
@click.option("--cuda", multiple=True, metavar="MAJOR[.MINOR]", help="Only these CUDA versions.")
@click.option("--arch", multiple=True, metavar="NAME", help="Only these architectures.")
@click.option("--target", multiple=True, metavar="NAME", help="Only these targets.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(*, as_json: bool, **filters: tuple[str, ...]) -> None:
    """List the valid cells: framework, device, CUDA, architecture, target, and what goes with them.

    Cells that differ in nothing but architecture or target share a line; JSON has each of them.
    """
    wanted = _filters(filters)
    chosen = [cell for cell in cells() if _fits(cell, wanted)]
    if not chosen:
        raise UserError("no valid cell fits all of these filters", hint="leave one of them out")
    found = [_cell(cell) for cell in chosen]
    if as_json:
        from dockwright.cli.run import show_json

        show_json({"version": 1, "cells": found})
        return
    from dockwright.cli.tables import table, width

    for line in table(_HEAD, _lines(found), width=width()):
        click.echo(line)
    click.echo(f"{len(found)} cells", err=True)


_HEAD = (
    *("FRAMEWORK", "DEVICE", "CUDA", "DRIVER", "ARCH", "PYTHON", "TORCH", "NIXL"),
    *("TARGETS", "BASE", "RUNTIME"),
)


def _filters(filters: dict[str, tuple[str, ...]]) -> dict[str, set[Any]]:
    """Words → values, by the parameters' own parsers; every wrong word is reported."""
    problems = []
    found: dict[str, set[Any]] = {"cuda": set(filters["cuda"])}
    axes: dict[str, Param[Any]] = {
        "framework": FRAMEWORK,
        "device": DEVICE,
        "arch": ARCH,
        "target": TARGET,
    }
    for name, param in axes.items():
        found[name] = set()
        for word in filters[name]:
            try:
                found[name].add(param.kind.parse(word))
            except ValueError as error:
                problems.append(Problem(what=str(error), where=f"--{name}"))
    known = {cell.cuda for cell in cells() if cell.cuda}
    problems += [
        Problem(what=f"no cell has CUDA {word!r}", where="--cuda", hint=", ".join(sorted(known)))
        for word in filters["cuda"]
        if not any(_is_version(version, word) for version in known)
    ]
    if problems:
        raise UserError(problems=problems)
    return found


def _is_version(version: str, word: str) -> bool:
    return version == word or version.startswith(f"{word}.")


def _fits(cell: Variant, wanted: dict[str, set[Any]]) -> bool:
    return all(
        not values
        or (
            any(_is_version(cell.cuda, word) for word in values)
            if name == "cuda"
            else getattr(cell, name) in values
        )
        for name, values in wanted.items()
    )


def _cell(cell: Variant) -> Cell:
    from dockwright.catalog.compat import find_row
    from dockwright.config.drivers import minimum_drivers

    row = find_row(cell.framework, cell.device, cell.cuda)
    if row is None:
        raise LookupError(f"{cell} comes from no row")
    return Cell(
        framework=cell.framework,
        device=cell.device,
        cuda=cell.cuda,
        arch=cell.arch,
        target=cell.target,
        base_image=_image(row.base_image, row.base_tag),
        runtime_image=_image(row.runtime_image, row.runtime_tag),
        torch_backend=row.torch_backend,
        nixl_package=row.nixl_package,
        pythons=row.pythons,
        driver=minimum_drivers().get(cell.cuda, ""),
        is_default=row.is_default,
    )


def _image(name: str, tag: str) -> str:
    return f"{name}:{tag}" if tag else name


def _lines(found: list[Cell]) -> list[tuple[str, ...]]:
    """One line for cells that differ only in architecture and target."""
    groups: dict[Cell, tuple[dict[str, None], dict[str, None]]] = {}
    for cell in found:
        common = msgspec.structs.replace(cell, arch="", target="")
        archs, targets = groups.setdefault(common, ({}, {}))
        archs[cell.arch] = None
        targets[cell.target] = None
    return [
        (
            cell.framework,
            cell.device,
            f"{cell.cuda or '–'}{'*' if cell.is_default else ''}",
            cell.driver or "–",
            ",".join(archs),
            ",".join(cell.pythons),
            cell.torch_backend,
            cell.nixl_package,
            ",".join(targets),
            cell.base_image,
            cell.runtime_image or "the base",
        )
        for cell, (archs, targets) in groups.items()
    ]
