"""Imports go one way; docs/decisions/0001-import-order.md says why in this order."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.tree import PACKAGE

LAYERS = (
    "errors",
    "model",
    "catalog",
    "config",
    "planning",
    "rendering",
    "engines",
    "resolving",
    "evidence",
    "report",
    "cli",
)
RANK = {name: rank for rank, name in enumerate(LAYERS)}

# These two belong to no layer: the package itself knows nothing, `python -m dockwright` all.
UNRANKED = {"__init__": -1, "__main__": len(LAYERS)}

MODULES = sorted(PACKAGE.rglob("*.py"))


def layer(parts: tuple[str, ...]) -> str:
    """Name the layer of `("model", "plan")`: its first part."""
    return parts[0] if parts else "__init__"


def rank(name: str) -> int:
    return RANK.get(name, UNRANKED.get(name, len(LAYERS)))


def imported(source: str, parts: tuple[str, ...]) -> dict[str, int]:
    """Layers that a module imports, each with a line; imports for type checking count too.

    `parts` is the module's path below the package; `__init__` is written out.
    """
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            base = ".".join(("dockwright", *parts)[: -node.level]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            # `from dockwright import errors` names the layer on the right.
            names = [f"{module}.{alias.name}" for alias in node.names]
        for name in names:
            top, *rest = name.split(".")
            if top == "dockwright" and rest:
                found.setdefault(layer(tuple(rest)), node.lineno)
    return found


def violations(source: str, parts: tuple[str, ...]) -> list[str]:
    own = layer(parts)
    return [
        f"line {line}: {own} imports {other}"
        for other, line in imported(source, parts).items()
        if rank(other) > rank(own)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    assert violations(path.read_text(), parts) == []


def test_every_package_has_a_layer() -> None:
    names = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in MODULES}
    assert names <= {*LAYERS, *UNRANKED}, "a new package needs its place in the order"


@pytest.mark.parametrize(
    "source",
    [
        "import dockwright.cli",
        "from dockwright.report.terminal import show",
        "from dockwright import cli",
        "from .. import cli",
        "from ..cli.app import app",
        "def late():\n    from dockwright.cli import main",
        "if TYPE_CHECKING:\n    from dockwright.report import terminal",
    ],
)
def test_an_import_of_a_later_layer_is_found(source: str) -> None:
    assert violations(source, ("planning", "select"))


@pytest.mark.parametrize(
    "source",
    [
        "import dockwright",
        "from dockwright.errors import UserError",
        "from dockwright.planning.lower import lower",
        "from .lower import lower",
        "from ..model import plan",
        "import json",
    ],
)
def test_an_import_of_an_earlier_or_the_same_layer_is_fine(source: str) -> None:
    assert violations(source, ("planning", "select")) == []
