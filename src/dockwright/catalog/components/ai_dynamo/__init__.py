"""The wheel ai-dynamo: Dynamo's Python code. An edit of it rebuilds this wheel and no Rust."""

from __future__ import annotations

from dockwright.catalog.build_tools import WHEELHOUSE, python_wheel
from dockwright.catalog.checks import files
from dockwright.model.check import Check
from dockwright.model.recipe import Component, Context

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
        "source": python_wheel(
            "hatch",
            folder=FOLDER,
            tree="/src/dynamo",
            paths=PATHS,
            wheel=lambda _: "ai_dynamo-*-py3-none-any.whl",
        )
    },
    outputs=(FOLDER,),
    checks=checks,
)
