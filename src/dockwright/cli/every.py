"""Every cell of the matrix in one process: planned and rendered, or planned for their inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
import msgspec

from dockwright.catalog.parameters.axes import ARCH, CUDA_VERSION, DEVICE, FRAMEWORK, PLATFORM
from dockwright.catalog.parameters.axes import TARGET as TARGET_AXIS
from dockwright.catalog.parameters.build import ENGINE, EngineChoice
from dockwright.cli import settings
from dockwright.cli.planned import Subject, plan_of
from dockwright.config.matrix import Variant, cells
from dockwright.config.resolve import resolve
from dockwright.config.setting import Setting
from dockwright.errors import Problem, UserError
from dockwright.model.lock import Lock
from dockwright.model.param import Origin, Params, Source
from dockwright.planning.identity import closure
from dockwright.planning.pin import Pinning
from dockwright.rendering.dialect import BUILDAH, BUILDKIT
from dockwright.rendering.dockerfile import render

_AXES = frozenset(
    axis.name for axis in (FRAMEWORK, DEVICE, CUDA_VERSION, PLATFORM, ARCH, TARGET_AXIS)
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: what came of it. `problems` is empty exactly when it could be planned."""

    cell: str
    framework: str
    device: str
    cuda: str
    arch: str
    target: str
    stages: int = 0
    sha256: str = ""
    problems: tuple[str, ...] = ()


def plan_every(arguments: Mapping[str, Any], env: Mapping[str, str], *, as_json: bool) -> int:
    """Show every cell; 1 when one of them cannot be planned.

    What was said beside the axes holds for every cell where something reads it.
    """
    said = settings.settings(arguments, env)
    _refuse_axes(said)
    rows = [_row(cell, said) for cell in cells()]
    failed = [row for row in rows if row.problems]
    if as_json:
        from dockwright.cli.run import show_json

        show_json({"version": 1, "cells": rows})
    else:
        width = max(len(row.cell) for row in rows)
        for row in rows:
            click.echo(_line(row, width))
        click.echo(f"{len(rows)} cells, {len(failed)} refused", err=True)
    return 1 if failed else 0


def subjects_of_all(
    arguments: Mapping[str, Any],
    env: Mapping[str, str],
    *,
    lock: Lock | None = None,
    pinning: Pinning | None = None,
) -> tuple[Subject, ...]:
    """The plan of every cell, for its inputs. Raises UserError with the problems of all of them.

    What was said beside the axes holds for every cell where something reads it.
    """
    said = settings.settings(arguments, env)
    _refuse_axes(said)
    problems: dict[Problem, None] = {}
    found = []
    for cell in cells():
        try:
            found.append(plan_of(_params(cell, said), check=False, lock=lock, pinning=pinning))
        except UserError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise UserError(problems=problems)
    return tuple(found)


def _params(cell: Variant, said: Sequence[Setting]) -> Params:
    axes = [
        Setting(name=name, text=text, origin=Origin(source=Source.FLAG, where="matrix"))
        for name, text in cell.settings().items()
    ]
    return resolve([*said, *axes], facts=settings.host_facts())


def _row(cell: Variant, said: list[Setting]) -> Row:
    row = Row(
        cell=str(cell),
        framework=cell.framework,
        device=cell.device,
        cuda=cell.cuda,
        arch=cell.arch,
        target=cell.target,
    )
    try:
        params = _params(cell, said)
        plan = plan_of(params, check=False).planned.plan
        dialect = BUILDAH if params[ENGINE] is EngineChoice.BUILDAH else BUILDKIT
        rendered = render(plan, dialect)
    except UserError as error:
        return msgspec.structs.replace(row, problems=tuple(map(str, error.problems)))
    count = len(closure(plan, plan.target))
    return msgspec.structs.replace(row, stages=count, sha256=rendered.sha256)


def _line(row: Row, width: int) -> str:
    if row.problems:
        return f"refused  {row.cell:<{width}}  {'; '.join(row.problems)}"
    return f"ok       {row.cell:<{width}}  {row.stages:>3} stages  {row.sha256[:16]}"


def _refuse_axes(said: list[Setting]) -> None:
    problems = [
        Problem(
            what="--all goes through every value of it",
            where=setting.origin.where,
            hint="leave it out, or leave --all out",
        )
        for setting in said
        if setting.name in _AXES and setting.origin.source is Source.FLAG
    ]
    if problems:
        raise UserError(problems=problems)
