"""Every valid cell of the matrix as a plan, each planned once for all tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from dockwright.catalog.parameters.axes import ARCH
from dockwright.config.matrix import Variant, cells
from dockwright.config.resolve import resolve
from dockwright.config.setting import Setting
from dockwright.model.param import Origin, Params, Source
from dockwright.model.plan import Env, Run, Stage
from dockwright.planning.build import Planned, plan_image

CELLS: Mapping[str, Variant] = {str(cell): cell for cell in cells()}
_FILES = (
    *("ATTRIBUTIONS-Go.md", "ATTRIBUTIONS-Python.md", "ATTRIBUTIONS-Rust.md", "LICENSE"),
    *("README.md", "Cargo.toml", "Cargo.lock", "pyproject.toml", "rust-toolchain.toml"),
    *("hatch_build.py", "benchmarks/pyproject.toml", "components/src/dynamo/a.py"),
    *("deploy/a", "examples/a", "recipes/a", "launch/a.rs", "lib/llm/src/lib.rs"),
    *("lib/bindings/python/Cargo.toml", "lib/bindings/kvbm/Cargo.toml"),
    *("lib/gpu_memory_service/setup.py", ".cargo/config.toml", "tests/a.py"),
)
TREE = dict.fromkeys(_FILES, "1")
"""A source tree of Dynamo, as planning sees it: path → digest."""


def params_of(words: Mapping[str, str]) -> Params:
    return resolve(
        Setting(name=name, text=text, origin=Origin(source=Source.FLAG, where=f"--{name.lower()}"))
        for name, text in words.items()
    )


def plan_of(
    cell: str,
    words: Mapping[str, str] | None = None,
    trees: Mapping[str, Mapping[str, str]] | None = None,
) -> Planned:
    params = params_of({**CELLS[cell].settings(), **(words or {})})
    return plan_image(params, params[ARCH], trees=trees)


@cache
def planned_cell(cell: str) -> Planned:
    return plan_of(cell)


def find(framework: str, target: str, *, cuda: str = "", arch: str = "amd64") -> str:
    """The name of a framework's default CUDA cell, or of the one with that CUDA version."""
    for name, cell in CELLS.items():
        same = (cell.framework, cell.target, cell.arch) == (framework, target, arch)
        if same and (cell.device == "cuda") and cuda in {"", cell.cuda}:
            return name
    raise KeyError((framework, target, cuda))


def environment(stages: list[Stage]) -> dict[str, str]:
    """Variables after these stages, lists with what is put in front of them."""
    found: dict[str, str] = {}
    for stage in stages:
        for step in stage.steps:
            if isinstance(step, Env):
                found |= step.values
                for name, entries in step.prepend.items():
                    found[name] = ":".join([*entries, *([found[name]] if name in found else [])])
    return found


def run(stage: Stage, title: str) -> Run:
    """The one step whose title begins so."""
    (step,) = (
        step for step in stage.steps if isinstance(step, Run) and step.title.startswith(title)
    )
    return step


def packages(stage: Stage) -> set[str]:
    """Every distribution package that a stage's steps install."""
    return {
        word
        for step in stage.steps
        if isinstance(step, Run)
        for word in step.env.get("PACKAGES", "").split()
    }
