"""The rendered text of one cell per framework and target, each stage written once.

A stage that an earlier file has in the same words is one line here that says where it stands: a
change shows in as many files as it has effects, not in all. After an intended change:
`pytest tests/golden --snapshot-update`, then look at the difference.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from dockwright.catalog.compat import default_row
from dockwright.model.values import Arch, Device
from dockwright.rendering.dialect import BUILDKIT
from dockwright.rendering.dockerfile import render
from tests.cells import CELLS, planned_cell

FILES = Path(__file__).with_name("targets")
BLOCK = re.compile(r"\n(?=# [^\n]*\nFROM )")


def chosen() -> dict[str, str]:
    """File name → cell: every framework's default CUDA version on amd64."""
    found = {}
    for name, cell in CELLS.items():
        row = default_row(cell.framework, Device.CUDA)
        if row and cell.device is Device.CUDA and cell.cuda == row.cuda and cell.arch is Arch.AMD64:
            found[f"{cell.framework}-{cell.target}"] = name
    return found


@cache
def texts() -> dict[str, str]:
    """Every file's text."""
    seen: dict[str, str] = {}
    found = {}
    for name, cell in chosen().items():
        head, *blocks = BLOCK.split(render(planned_cell(cell).plan, BUILDKIT).text)
        lines = [head]
        for block in blocks:
            where = seen.setdefault(block, name)
            if where == name:
                lines.append(block)
            else:
                summary, start = block.splitlines()[:2]
                lines.append(f"{summary}\n{start}\n# … as in {where}.Dockerfile\n")
        found[name] = "\n".join(lines)
    return found


@pytest.mark.parametrize("name", chosen())
def test_target(name: str, pytestconfig: pytest.Config) -> None:
    text = texts()[name]
    path = FILES / f"{name}.Dockerfile"
    if pytestconfig.getoption("update_snapshots", default=False):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    expected = path.read_bytes().decode() if path.exists() else ""
    assert text == expected, "intended? then: pytest tests/golden --snapshot-update"


def test_no_file_is_left_of_a_target_that_is_gone() -> None:
    assert {path.name for path in FILES.iterdir()} == {f"{name}.Dockerfile" for name in chosen()}
