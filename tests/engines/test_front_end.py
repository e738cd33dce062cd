"""Every cell's file as BuildKit's own front end reads it, and as hadolint does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dockwright.model.values import Arch
from dockwright.planning import names
from dockwright.planning.users import users
from dockwright.rendering.dialect import BUILDKIT
from dockwright.rendering.dockerfile import render
from tests.cells import CELLS, planned_cell
from tests.engines.vertices import ask
from tests.tree import ROOT

pytestmark = pytest.mark.engine
HERE = Path(__file__).parent


def test_the_front_end_accepts_every_cell_without_a_warning(
    front_end: Path, tmp_path: Path
) -> None:
    asked = []
    for cell in CELLS:
        found = planned_cell(cell)
        asked.append((f"{cell} image", found.plan, found.plan.target))
        if found.checks:
            asked.append((f"{cell} evidence", found.plan, names.EVIDENCE))
    answers = ask(front_end, tmp_path, asked)
    assert len(answers) == len(asked)
    for name, plan, target in asked:
        answer = answers[name]
        assert (answer["error"], answer["warnings"]) == ("", []), name
        if target == plan.target:
            user = users(plan)[target]
            assert answer["user"] == user or (user == "root" and not answer["user"])


@pytest.mark.parametrize("cell", [name for name, cell in CELLS.items() if cell.arch is Arch.AMD64])
def test_hadolint_has_nothing_to_say(cell: str) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    text = render(planned_cell(cell).plan, BUILDKIT).text
    # As scripts/check: it wants to be told before every RUN that scripts are bash, and a blank line
    # after each of them.
    lines = []
    for line in text.splitlines():
        if line.startswith("RUN "):
            lines.append("# hadolint shell=/bin/bash")
        lines.append(line)
        if line == "EOF":
            lines.append("")
    argv = [hadolint, "--no-color", "--config", str(ROOT / ".hadolint.yaml"), "-"]
    found = subprocess.run(
        argv, input="\n".join(lines) + "\n", check=False, capture_output=True, text=True
    )
    assert found.stdout == ""
