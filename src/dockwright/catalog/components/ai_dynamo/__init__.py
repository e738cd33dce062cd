"""The wheel ai-dynamo: Dynamo's Python code. An edit of it rebuilds this wheel and no Rust."""

from __future__ import annotations

from dockwright.catalog.build_tools import PYTHON_TOOLS, WHEELHOUSE, dynamo_tree, python, tools
from dockwright.catalog.checks import files
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.recipe import Component, Context, On, Provider, Wheels

FOLDER = f"{WHEELHOUSE}/ai-dynamo"
PATHS = ("LICENSE", "README.md", "components", "hatch_build.py", "pyproject.toml")


def checks(_: Context) -> tuple[Check, ...]:
    """The wheel is there; the component dynamo imports it."""
    return (files("ai_dynamo", "the wheel is there", f"{FOLDER}/ai_dynamo-*-any.whl"),)


COMPONENT = Component(
    name="ai_dynamo",
    summary="Dynamo's Python code",
    licence="Apache-2.0",
    homepage="https://github.com/ai-dynamo/dynamo",
    providers={
        "source": Provider(
            summary="Dynamo's source tree",
            script=script(__file__, "source.sh"),
            prepare=PYTHON_TOOLS,
            env=lambda context: {
                **tools(context, "hatch"),
                "FOLDER": FOLDER,
                "TREE": "/src/dynamo",
            },
            sources=lambda context: dynamo_tree(context, *PATHS),
            wheels=lambda context: Wheels(
                folder=FOLDER, patterns=("ai_dynamo-*-py3-none-any.whl",), python=python(context)
            ),
            on=On.TOOLCHAIN,
            needs=("uv",),
        )
    },
    outputs=(FOLDER,),
    checks=checks,
)
