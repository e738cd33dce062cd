"""TensorRT-LLM's wheel: the decision of the configuration, as something that a plan can hold."""

from __future__ import annotations

from dockwright.catalog.parameters.images import ARCH_ALT, PYTHON_VERSION
from dockwright.config.trtllm import Source, decide, pick_wheel
from dockwright.errors import Problem, UserError
from dockwright.model.framework import WheelOrigin
from dockwright.model.recipe import Context
from dockwright.model.source import Directory, Wheel, context_name, select, selection

COMPONENT = "trtllm_wheel"


def wheel_origin(context: Context) -> WheelOrigin:
    """Where the wheel comes from. Raises UserError for contradictions and unfit directories."""
    found = decide(context.params)
    if isinstance(found, Problem):
        raise UserError(problems=[found])
    if not found.has_context:
        return WheelOrigin(
            url=found.wheel_url,
            requirement=found.requirement,
            index="" if found.image else found.index,
            image=found.image,
        )
    source = _built(found, context) if found.git_url else _directory(found, context)
    return WheelOrigin(context=context_name(COMPONENT, source), source=source)


def _built(found: Source, context: Context) -> Wheel:
    return Wheel(
        url=found.git_url,
        commit=found.commit,
        arch=context.arch.value,
        python=context.params[PYTHON_VERSION],
        path=found.directory,
    )


def _directory(found: Source, context: Context) -> Directory:
    place = found.directory
    files = context.trees.get(place)
    if files is None:
        raise UserError(
            f"the directory {place} of TensorRT-LLM's wheel is not there",
            hint="name a directory that holds the wheel with --tensorrtllm-pip-wheel-dir",
        )
    wheel = pick_wheel(
        files,
        directory=place,
        python=context.params[PYTHON_VERSION],
        machine=context.params[ARCH_ALT],
        commit=found.commit,
    )
    chosen = select(files, (wheel,))
    return Directory(path=place, paths=(wheel,), content=selection(chosen))
