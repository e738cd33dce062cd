"""The generated reference: in the repository as the declarations say, and complete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dockwright.catalog.parameters import parameters
from dockwright.cli.app import COMMANDS
from dockwright.cli.plan_data import PlanData, plan_schema
from dockwright.cli.reference import FOLDER, pages
from tests.tree import ROOT
from tests.unit.cli.conftest import Call


def test_the_reference_in_the_repository_is_fresh(call: Call) -> None:
    said = call("docs", "--check", "--root", str(ROOT))
    assert (said.status, said.out, said.err) == (0, "", "")


def test_stale_files_are_named_and_written(call: Call, here: Path) -> None:
    error = call("docs", "--check").refused(1)
    for name in pages():
        assert str(FOLDER / name) in error
    assert len(call("docs", "--write").out.splitlines()) == len(pages())
    assert call("docs", "--check").status == 0
    page = here / FOLDER / "matrix.md"
    page.write_text(page.read_text() + "by hand\n")
    error = call("docs", "--check").refused(1)
    assert "matrix.md" in error
    assert "parameters.md" not in error
    assert call("docs", "--write").out == f"{FOLDER / 'matrix.md'}\n"


@pytest.mark.parametrize("words", [(), ("--check", "--write")])
def test_one_of_the_two_is_needed(call: Call, words: tuple[str, ...]) -> None:
    call("docs", *words).refused()


def test_every_command_and_parameter_has_its_place() -> None:
    made = pages()
    for command in COMMANDS:
        assert f"\n## dockwright {command}\n" in made["cli.md"]
    for name in parameters():
        assert f"\n### {name}\n" in made["parameters.md"]


def test_the_schemas_are_json_and_say_their_version() -> None:
    for name in ("dockwright.schema.json", "plan.schema.json"):
        found = json.loads(pages()[name])
        assert found["$schema"].startswith("https://json-schema.org/")
        assert found["$id"].endswith("v1.json")
    fields = plan_schema()["$defs"][PlanData.__name__]["properties"]
    assert set(fields) == {"version", "engine", "parameters", "images", "commands"}
