"""`dockwright matrix` and `dockwright plan --all`: every valid cell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dockwright.config.matrix import cells
from tests.unit.cli.conftest import Call

ALL = list(cells())


def matrix(call: Call, *words: str) -> list[dict[str, Any]]:
    said = call("matrix", "--json", *words)
    assert (said.status, said.err) == (0, "")
    found: list[dict[str, Any]] = json.loads(said.out)["cells"]
    return found


def test_every_cell_is_in_the_data(call: Call) -> None:
    found = matrix(call)
    assert len(found) == len(ALL)
    for cell, row in zip(ALL, found, strict=True):
        assert (row["framework"], row["device"], row["cuda"]) == (
            cell.framework,
            cell.device,
            cell.cuda,
        )
        assert (row["arch"], row["target"]) == (cell.arch, cell.target)
        assert row["base_image"]
        assert bool(row["driver"]) == bool(cell.cuda)


def test_the_table_has_a_line_for_each_row_of_the_matrix(call: Call) -> None:
    said = call("matrix")
    rows = {(cell.framework, cell.device, cell.cuda) for cell in ALL}
    assert len(said.out.splitlines()) == len(rows) + 1
    assert said.err == f"{len(ALL)} cells\n"


@pytest.mark.parametrize(
    ("words", "field", "values"),
    [
        (("--framework", "VLLM"), "framework", {"vllm"}),
        (("--framework", "vllm", "--framework", "sglang"), "framework", {"vllm", "sglang"}),
        (("--device", "cpu"), "device", {"cpu"}),
        (("--cuda", "13"), "cuda", {"13.0", "13.1"}),
        (("--cuda", "12.9"), "cuda", {"12.9"}),
        (("--arch", "arm64"), "arch", {"arm64"}),
        (("--target", "frontend"), "target", {"frontend"}),
    ],
)
def test_filters(call: Call, words: tuple[str, ...], field: str, values: set[str]) -> None:
    found = matrix(call, *words)
    assert {row[field] for row in found} == values
    assert len(found) == sum(getattr(cell, field) in values for cell in ALL)


@pytest.mark.parametrize(
    "words",
    [("--framework", "vlm"), ("--cuda", "9"), ("--framework", "sglang", "--target", "framework")],
)
def test_a_filter_without_cells_is_refused(call: Call, words: tuple[str, ...]) -> None:
    call("matrix", *words).refused()


def test_every_wrong_filter_is_said(call: Call) -> None:
    error = call("matrix", "--framework", "vlm", "--device", "gpu", "--cuda", "9").refused()
    assert all(word in error for word in ("'vlm'", "'gpu'", "'9'"))


def test_all_cells_are_planned_in_one_process(call: Call) -> None:
    said = call("plan", "--all", "--json")
    found = json.loads(said.out)["cells"]
    assert [row["cell"] for row in found] == [str(cell) for cell in ALL]
    for row in found:
        assert bool(row["problems"]) != bool(row["sha256"]), row
        assert bool(row["stages"]) == bool(row["sha256"])
    refused = [row for row in found if row["problems"]]
    assert said.status == (1 if refused else 0)
    good = [row["sha256"] for row in found if row["sha256"]]
    assert len(set(good)) > 1
    text = call("plan", "--all")
    assert len(text.out.splitlines()) == len(ALL)
    assert text.err == f"{len(ALL)} cells, {len(refused)} refused\n"


def test_all_cells_as_they_are_planned_alone(call: Call) -> None:
    """What --all says of a cell is what a plan of that cell alone says."""
    cell = next(row for row in matrix(call, "--device", "cpu") if row["target"] == "runtime")
    found = json.loads(call("plan", "--all", "--json", "--engine", "buildkit").out)["cells"]
    (row,) = [row for row in found if row["cell"] == f"none-cpu-{cell['arch']}-runtime"]
    words = ("--framework", "none", "--device", "cpu", "--platform", f"linux/{cell['arch']}")
    alone = json.loads(call("plan", *words, "--engine", "buildkit", "--json").out)
    assert row["sha256"] == alone["images"][0]["dockerfile_sha256"]


def test_an_axis_and_all_contradict_each_other(call: Call) -> None:
    assert "--all" in call("plan", "--all", "--framework", "none").refused()
