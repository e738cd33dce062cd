"""GPU memory service: keeps weights in GPU memory across restarts of an engine."""

from __future__ import annotations

from dockwright.catalog.build_tools import PYTHON_TOOLS, WHEELHOUSE, dynamo_tree, python, tools
from dockwright.catalog.checks import files
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import BuildKind
from dockwright.model.recipe import Component, Context, On, Provider, Wheels
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
        "source": Provider(
            summary="Dynamo's source tree",
            script=script(__file__, "source.sh"),
            prepare=PYTHON_TOOLS,
            env=lambda context: {
                **tools(context, "setuptools"),
                "FOLDER": FOLDER,
                "TREE": "/src/dynamo/lib/gpu_memory_service",
            },
            sources=lambda context: dynamo_tree(context, "lib/gpu_memory_service"),
            wheels=lambda context: Wheels(
                folder=FOLDER, patterns=(_wheel(context),), python=python(context)
            ),
            on=On.TOOLCHAIN,
            build=BuildKind.SETUPTOOLS,
            needs=("uv",),
        )
    },
    outputs=(FOLDER,),
    devices=(Device.CUDA,),
    checks=checks,
)
