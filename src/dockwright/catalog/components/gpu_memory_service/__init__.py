"""GPU memory service: keeps weights in GPU memory across restarts of an engine."""

from __future__ import annotations

from dockwright.catalog.build_tools import WHEELHOUSE, python_wheel
from dockwright.catalog.checks import files
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.model.check import Check
from dockwright.model.plan import BuildKind
from dockwright.model.recipe import Component, Context
from dockwright.model.values import Device

FOLDER = f"{WHEELHOUSE}/gpu-memory-service"


def _wheel(context: Context) -> str:
    tag = f"cp{context.params[PYTHON_VERSION].replace('.', '')}"
    return f"gpu_memory_service-*-{tag}-{tag}-linux_{context.arch.alt}.whl"


def checks(context: Context) -> tuple[Check, ...]:
    """The wheel is there; the component dynamo installs it."""
    return (files("gpu_memory_service", "the wheel is there", f"{FOLDER}/{_wheel(context)}"),)


COMPONENT = Component(
    name="gpu_memory_service",
    summary="weights that outlive an engine's process",
    licence="Apache-2.0",
    homepage="https://github.com/ai-dynamo/dynamo",
    providers={
        "source": python_wheel(
            "setuptools",
            folder=FOLDER,
            tree="/src/dynamo/lib/gpu_memory_service",
            paths=("lib/gpu_memory_service",),
            wheel=_wheel,
            build=BuildKind.SETUPTOOLS,
        )
    },
    outputs=(FOLDER,),
    devices=(Device.CUDA,),
    checks=checks,
)
