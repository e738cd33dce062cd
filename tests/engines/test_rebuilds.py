"""What executes again after a change, asked of BuildKit's own front end and written down.

For every component, pin and switch of every framework: what executes is who reads the change, and
what copies from them. rebuilds.txt shows it for review; after an intended change of the graph:
`pytest -m engine tests/engines/test_rebuilds.py --snapshot-update`, then look at the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dockwright.catalog import pins
from dockwright.catalog.parameters import parameters
from dockwright.catalog.registry import components
from dockwright.model.kinds import GIT_REF, VERSION, VERSION_OR_EMPTY
from dockwright.model.plan import Plan, Run
from dockwright.planning import names
from dockwright.planning.build import Planned, plan_image
from dockwright.planning.identity import inputs
from tests.cells import CELLS, find, params_of, plan_of, planned_cell
from tests.engines.vertices import ask

pytestmark = pytest.mark.engine

FRAMEWORKS = ("none", "vllm", "trtllm", "sglang")
CELL = {name: find(name, "runtime") for name in FRAMEWORKS} | {"cpu": "none-cpu-amd64-runtime"}
NEWER = ((GIT_REF, "c" * 40), (VERSION, "99.1"), (VERSION_OR_EMPTY, "99.1-1"))
"""A value that nobody has, for each kind of pin."""
LOCKED = {"AI_DYNAMO_VERSION", "SCCACHE_VERSION"}
"""Another value needs another lock."""
TABLE = Path(__file__).with_name("rebuilds.txt")


def running(plan: Plan, within: set[str]) -> set[str]:
    """Those of these stages that execute something; the others only copy."""
    return {
        stage.name
        for stage in plan.stages
        if stage.name in within and any(isinstance(step, Run) for step in stage.steps)
    }


def made_from(plan: Plan, owners: set[str]) -> set[str]:
    """These stages and all that are made from them, directly or not."""
    found = set(owners)
    for stage in plan.stages:
        if found & set(inputs(stage)):
            found.add(stage.name)
    return found


def stages(plan: Plan) -> set[str]:
    return {stage.name for stage in plan.stages}


def bumps(cell: str, before: Planned) -> Iterator[tuple[str, Planned, set[str]]]:
    """Every component of the cell with another script, and every pin that a stage reads."""
    made = {stage.component for stage in before.plan.stages} & set(components())
    for name in sorted(made):
        old = components()[name]
        changed = {
            key: replace(provider, script=f"{provider.script}\n# bumped\n")
            for key, provider in old.providers.items()
        }
        catalog = {**components(), name: replace(old, providers=changed)}
        params = params_of(CELLS[cell].settings())
        yield name, plan_image(params, CELLS[cell].arch, catalog=catalog), {name}
    for name, param in parameters().items():
        readers = before.ledger.get(name, set()) & stages(before.plan)
        for kind, newer in NEWER:
            if param.kind is kind and readers and name not in LOCKED:
                yield name, plan_of(cell, {name: newer}), set(readers)


def switches(cell: str, before: Planned) -> Iterator[tuple[str, Planned, set[str]]]:
    """Every ENABLE_* switch the other way round."""
    values = params_of(CELLS[cell].settings()).values
    for name in parameters():
        if not name.startswith("ENABLE_"):
            continue
        on = not values[name].value
        words = {name: str(on).lower()}
        # FFmpeg's frames travel through NIXL: one without the other is refused.
        if name == "ENABLE_MEDIA_FFMPEG" and on:
            words["ENABLE_MEDIA_NIXL"] = "true"
        if name == "ENABLE_MEDIA_NIXL" and not on:
            words["ENABLE_MEDIA_FFMPEG"] = "false"
        after = plan_of(cell, words)
        came = stages(after.plan) - stages(before.plan)
        gone = stages(before.plan) - stages(after.plan)
        lost = {stage.name for stage in before.plan.stages if gone & set(inputs(stage))}
        readers = {
            reader
            for word in words
            for ledger in (before.ledger, after.ledger)
            for reader in ledger.get(word, ())
        }
        owners = (readers | came | lost) & stages(after.plan)
        yield f"{name}={words[name]}", after, owners


def executed(answer: Mapping[str, Any], known: set[str]) -> set[str]:
    """Stages with a step that BuildKit has not executed yet."""
    return {
        vertex["stage"]
        for vertex in answer["vertices"]
        if vertex["kind"] == "exec" and vertex["digest"] not in known
    }


@contextmanager
def every_archive_has_another_version() -> Iterator[None]:
    """As if somebody had added its checksum to pins.toml."""
    known = {
        name: {**entry, "sha256": {**entry["sha256"], "99.1": _sums(entry["sha256"])}}
        if "sha256" in entry
        else entry
        for name, entry in pins.table().items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pins, "table", lambda: known)
        yield


def _sums(sums: Mapping[str, Any]) -> Any:
    first = next(iter(sums.values()))
    return "0" * 64 if isinstance(first, str) else dict.fromkeys(first, "0" * 64)


@pytest.fixture(scope="module")
def table(front_end: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The table, after its rows were found to be right."""
    with every_archive_has_another_version():
        return _table(front_end, tmp_path_factory)


def _table(front_end: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    lines = []
    for framework, cell in CELL.items():
        before = planned_cell(cell)
        exact = list(bumps(cell, before))
        # Without a GPU two switches are refused, and the released wheels have no media features.
        loose = list(switches(cell, before)) if framework in FRAMEWORKS else []
        answers = ask(
            front_end,
            tmp_path_factory.mktemp(framework),
            [
                ("", before.plan, names.EVIDENCE),
                *((name, after.plan, names.EVIDENCE) for name, after, _ in (*exact, *loose)),
            ],
        )
        assert {name: found["error"] for name, found in answers.items() if found["error"]} == {}
        known = {vertex["digest"] for vertex in answers[""]["vertices"]}
        for name, after, owners in (*exact, *loose):
            found = executed(answers[name], known)
            expected = running(after.plan, made_from(after.plan, owners))
            if name in dict.fromkeys(name for name, *_ in exact):
                assert found == expected, (framework, name)
            assert found <= expected, (framework, name)
            assert found, f"{framework}: {name} changes nothing"
            all_of = len(running(after.plan, stages(after.plan)))
            order = [stage.name for stage in after.plan.stages if stage.name in found]
            lines.append(f"{framework} {name} ({len(order)} of {all_of}): {' '.join(order)}")
    return "\n".join(lines) + "\n"


def test_what_executes_is_who_reads_the_change_and_what_copies_from_it(
    table: str, pytestconfig: pytest.Config
) -> None:
    if pytestconfig.getoption("update_snapshots", default=False):
        TABLE.write_text(table, encoding="utf-8")
    assert table == TABLE.read_text(encoding="utf-8"), "intended? then: --snapshot-update"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_new_nixl_rebuilds_no_library_below_it(table: str, framework: str) -> None:
    """In the original NIXL_REF executes 17 of 30 steps again, gdrcopy, FFmpeg and UCX with them."""
    (row,) = (line for line in table.splitlines() if line.startswith(f"{framework} NIXL_REF "))
    again = set(row.partition(": ")[2].split())
    assert {"nixl", "nixl_wheel"} <= again
    assert not again & {"gdrcopy", "ffmpeg", "ucx", "libfabric", "aws_sdk_cpp", "ai_dynamo", "rust"}
