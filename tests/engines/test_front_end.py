"""Every cell's file as BuildKit's own front end reads it, and the work that a change causes there.

Nothing is built; tests/engines/frontend/main.go turns files into vertices. It is compiled once for
each state of its sources, from the modules that BuildKit itself is built from.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from dockwright.model.plan import Plan
from dockwright.model.values import Arch
from dockwright.planning import names
from dockwright.planning.identity import stage_digests
from dockwright.planning.users import users
from dockwright.rendering.dialect import BUILDKIT
from dockwright.rendering.dockerfile import render
from tests.cells import CELLS, find, plan_of, planned_cell
from tests.tree import ROOT

pytestmark = pytest.mark.engine
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def front_end() -> Path:
    """The program; needs Go."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")
    inputs = (HERE / "frontend" / "main.go", HERE / "go.mod", HERE / "go.sum")
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()[:16]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    program = caches / "dockwright" / "front-end" / digest
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        partial = program.with_suffix(f".{os.getpid()}")
        argv = [go, "build", "-mod=readonly", "-buildvcs=false", "-o", str(partial), "./frontend"]
        subprocess.run(argv, cwd=HERE, check=True, env={**os.environ, "CGO_ENABLED": "0"})
        partial.replace(program)
    return program


def ask(program: Path, folder: Path, plans: Iterable[tuple[str, Plan, str]]) -> dict[str, Any]:
    """Name, plan and target → what the front end says."""
    lines = []
    for number, (name, plan, target) in enumerate(plans):
        path = folder / f"{number}.Dockerfile"
        path.write_text(render(plan, BUILDKIT).text, encoding="utf-8")
        lines.append(
            json.dumps(
                {
                    "name": name,
                    "dockerfile": str(path),
                    "target": target,
                    "platform": plan.platform,
                }
            )
        )
    text = "\n".join(lines) + "\n"
    done = subprocess.run([str(program)], input=text, check=True, capture_output=True, text=True)
    return {(answer := json.loads(line))["name"]: answer for line in done.stdout.splitlines()}


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


CHANGES = [
    ("vllm", {"NIXL_REF": "c" * 40}),
    ("vllm", {"NIXL_UCX_REF": "c" * 40}),
    ("vllm", {"FLASHINF_REF": "v0.6.0"}),
    ("trtllm", {"NIXL_REF": "c" * 40}),
    ("sglang", {"NIXL_LIBFABRIC_REF": "c" * 40}),
    ("sglang", {"ENABLE_MEDIA_NIXL": "false"}),
    ("none", {"NIXL_GDRCOPY_REF": "c" * 40}),
]


@pytest.mark.parametrize(("framework", "words"), CHANGES, ids=str)
def test_the_vertices_that_a_change_executes_are_those_of_the_plans_changed_stages(
    front_end: Path, tmp_path: Path, framework: str, words: dict[str, str]
) -> None:
    cell = find(framework, "runtime")
    before, after = planned_cell(cell).plan, plan_of(cell, words).plan
    answers = ask(
        front_end,
        tmp_path,
        [("before", before, names.EVIDENCE), ("after", after, names.EVIDENCE)],
    )
    known = {vertex["digest"] for vertex in answers["before"]["vertices"]}
    executed = {
        vertex["stage"]
        for vertex in answers["after"]["vertices"]
        if vertex["kind"] == "exec" and vertex["digest"] not in known
    }
    old, new = stage_digests(before), stage_digests(after)
    changed = {name for name in new if old.get(name) != new[name]}
    # Stages that only copy have no vertex of their own that executes.
    assert executed <= changed
    running = {
        stage.name
        for stage in after.stages
        if stage.name in changed and any(step.__class__.__name__ == "Run" for step in stage.steps)
    }
    assert executed == running


@pytest.mark.parametrize("cell", [name for name, cell in CELLS.items() if cell.arch is Arch.AMD64])
def test_hadolint_has_nothing_to_say(cell: str) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    text = render(planned_cell(cell).plan, BUILDKIT).text
    # As scripts/check: it wants to be told in every stage that scripts are bash, and a blank line
    # after each of them.
    lines = []
    for line in text.splitlines():
        lines.append(line)
        if line.startswith("FROM "):
            lines.append("# hadolint shell=/bin/bash")
        elif line == "EOF":
            lines.append("")
    argv = [hadolint, "--no-color", "--config", str(ROOT / ".hadolint.yaml"), "-"]
    found = subprocess.run(
        argv, input="\n".join(lines) + "\n", check=False, capture_output=True, text=True
    )
    assert found.stdout == ""
