"""The laws over every valid cell of the matrix."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from dockwright.catalog.registry import components
from dockwright.model.plan import Copy, Plan, Run, Tag, encode
from dockwright.model.values import Device, Framework, Target
from dockwright.planning import names
from dockwright.planning.audit import audit
from dockwright.planning.build import plan_image
from dockwright.planning.identity import closure, inputs, stage_digests
from dockwright.planning.users import user_problems, users
from dockwright.planning.wrap import network_offer
from dockwright.rendering.dialect import BUILDAH, BUILDKIT, Dialect
from dockwright.rendering.dockerfile import render
from tests.cells import CELLS, TREE, find, params_of, plan_of, planned_cell

EVERY = pytest.mark.parametrize("cell", CELLS)
CHECKED = {Target.BASE, Target.RUNTIME, Target.DEV, Target.LOCAL_DEV, Target.FRONTEND}
RUNTIMES = [
    name
    for name, cell in CELLS.items()
    if cell.target is Target.RUNTIME and cell.device is Device.CUDA and cell.arch == "amd64"
]
SWITCHES = (
    "ENABLE_KVBM",
    "ENABLE_GPU_MEMORY_SERVICE",
    "ENABLE_MEDIA_NIXL",
    "ENABLE_MEDIA_FFMPEG",
    "MAKE_EFA",
)


@EVERY
def test_a_cell_plans_cleanly_and_renders_in_every_dialect(cell: str) -> None:
    plan = planned_cell(cell).plan
    assert audit(plan) == ()
    assert user_problems(plan) == ()
    for dialect in (BUILDKIT, BUILDAH):
        text = render(plan, dialect).text
        assert all(f" AS {stage.name}\n" in text for stage in plan.stages)


@EVERY
def test_a_cell_gives_the_same_bytes_again(cell: str) -> None:
    assert encode(plan_of(cell).plan) == encode(planned_cell(cell).plan)


@EVERY
def test_a_cell_has_no_stage_that_nothing_is_made_from(cell: str) -> None:
    found = planned_cell(cell)
    targets = {found.plan.target, *([names.EVIDENCE] if found.checks else [])}
    used = {name for target in targets for name in closure(found.plan, target)}
    assert {stage.name for stage in found.plan.stages} == used


@EVERY
def test_what_people_run_is_verified(cell: str) -> None:
    found = planned_cell(cell)
    assert bool(found.checks) == (CELLS[cell].target in CHECKED)
    if found.checks:
        assert found.plan.stage(names.VERIFY).base == found.plan.target
        kinds = {check.kind for check in found.checks}
        serving = CELLS[cell].target in {Target.RUNTIME, Target.DEV, Target.LOCAL_DEV}
        assert ("serve" in kinds) == serving


@EVERY
def test_the_last_user_is_the_right_one(cell: str) -> None:
    plan = planned_cell(cell).plan
    expected = {
        Target.RUNTIME: names.USER,
        Target.LOCAL_DEV: names.USER,
        Target.FRONTEND: names.USER,
    }
    assert users(plan)[plan.target] == expected.get(CELLS[cell].target, "root")


@EVERY
def test_only_tagged_steps_have_the_network(cell: str) -> None:
    for stage in planned_cell(cell).plan.stages:
        for step in stage.steps:
            if isinstance(step, Run):
                offered = any(
                    getattr(mount, "id", "") == names.NETWORK_SECRET for mount in step.mounts
                )
                # The server of a compiler cache has the network, the script beside it has none.
                served = bool(step.epilogue)
                assert offered == (Tag.NETWORK in step.tags or served)
                assert (network_offer().prelude in step.prelude) == (Tag.NETWORK in step.tags)


@EVERY
def test_every_step_that_compiles_is_offered_the_cache_and_still_offline(cell: str) -> None:
    plan = planned_cell(cell).plan
    steps = [
        step
        for stage in plan.stages
        for step in stage.steps
        if isinstance(step, Run) and step.build
    ]
    assert all(Tag.COMPILES in step.tags and step.epilogue for step in steps)
    offline = sum(Tag.NETWORK not in step.tags for step in steps)
    for dialect in (BUILDKIT, BUILDAH):
        assert (
            render(plan, dialect).text.count('offline "$script" ||'.replace('"', _quote(dialect)))
            == offline
        )


def _quote(dialect: Dialect) -> str:
    return '"' if dialect.heredoc else '\\"'


SHARED = (
    *("toolchain", "etcd", "ffmpeg", "gdrcopy", "libfabric", "nats", "protoc", "rust", "ucx"),
    *("uv", "ai_dynamo", "gpu_memory_service", "cuda-jit", "workspace-dev"),
)


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
@pytest.mark.parametrize("cuda", ["12.9", "13.0"])
def test_shared_stages_are_the_same_for_every_framework(cuda: str, arch: str) -> None:
    seen: dict[str, tuple[str, str]] = {}
    shared = 0
    for framework in (Framework.NONE, Framework.VLLM, Framework.SGLANG):
        cell = find(framework, "dev", cuda=cuda, arch=arch)
        plan = planned_cell(cell).plan
        digests = stage_digests(plan)
        for stage in plan.stages:
            if stage.name not in {"base", *SHARED}:
                continue
            other = seen.setdefault(stage.name, (digests[stage.name], cell))
            assert other[0] == digests[stage.name], (stage.name, other[1], cell)
            shared += other[1] != cell
    assert shared > 15


@pytest.mark.parametrize("cell", RUNTIMES)
@pytest.mark.parametrize("name", sorted(components()))
def test_a_bump_changes_the_text_of_its_own_stage_only(cell: str, name: str) -> None:
    before = planned_cell(cell).plan
    if name not in {stage.component for stage in before.stages}:
        return
    component = components()[name]
    bumped = replace(
        component,
        providers={
            key: replace(provider, script=f"{provider.script}\n# bumped\n")
            for key, provider in component.providers.items()
        },
    )
    params = params_of(CELLS[cell].settings())
    after = plan_image(params, CELLS[cell].arch, catalog={**components(), name: bumped}).plan
    changed = {old.name for old, new in zip(before.stages, after.stages, strict=True) if old != new}
    assert changed == {name}


@pytest.mark.parametrize("cell", RUNTIMES)
@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_changes_the_plan(cell: str, switch: str) -> None:
    more = _besides(switch)
    on = plan_of(cell, {switch: "true", **more}).plan
    off = plan_of(cell, {switch: "false", **more}).plan
    assert on != off
    default = planned_cell(cell).plan
    assert default in (on, off) or more


def _besides(switch: str) -> dict[str, str]:
    """What must be said beside a media switch: FFmpeg's frames travel through NIXL."""
    return {
        "ENABLE_MEDIA_NIXL": {"ENABLE_MEDIA_FFMPEG": "false"},
        "ENABLE_MEDIA_FFMPEG": {"ENABLE_MEDIA_NIXL": "true"},
    }.get(switch, {})


TRACES = {
    "ENABLE_KVBM": ("kvbm",),
    "ENABLE_GPU_MEMORY_SERVICE": ("gpu_memory_service", "gpu-memory-service"),
    "ENABLE_MEDIA_NIXL": ("media-nixl",),
    "ENABLE_MEDIA_FFMPEG": ("ffmpeg", "libav"),
}


@pytest.mark.parametrize("cell", RUNTIMES)
@pytest.mark.parametrize("switch", TRACES)
def test_a_switch_that_is_off_leaves_no_trace(cell: str, switch: str) -> None:
    more = _besides(switch)
    assert _traces(plan_of(cell, {switch: "true", **more}).plan, switch)
    assert not _traces(plan_of(cell, {switch: "false", **more}).plan, switch)


def _traces(plan: Plan, switch: str) -> list[str]:
    """Lines of the file that speak of what the switch brings."""
    lines = render(plan, BUILDKIT).text.lower().splitlines()
    # A table of all our wheels, whichever are there: those that the layers of an engine leave out.
    lines = [line for line in lines if not line.startswith("ours = {")]
    return [line for line in lines if any(word in line for word in TRACES[switch])]


@pytest.mark.parametrize("cell", RUNTIMES)
def test_a_nixl_bump_touches_nixl_and_what_links_against_it(cell: str) -> None:
    before = stage_digests(planned_cell(cell).plan)
    after = stage_digests(plan_of(cell, {"NIXL_REF": "c" * 40}).plan)
    changed = {name for name in before if before[name] != after[name]}
    media = CELLS[cell].framework is not Framework.NONE
    kvbm = CELLS[cell].framework in {Framework.VLLM, Framework.TRTLLM}
    expected = {"nixl", "nixl_wheel", "runtime", "verify", "evidence"}
    expected |= {"dynamo_runtime"} if media else {"dynamo"}
    expected |= {"kvbm"} if kvbm else set()
    assert changed == expected


@pytest.mark.parametrize("framework", ["none", "vllm", "sglang", "trtllm"])
def test_a_python_edit_rebuilds_no_rust(framework: str) -> None:
    cell = find(framework, "dev")
    words = {"DYNAMO_SOURCE": "./dynamo"}
    edited = {**TREE, "components/src/dynamo/a.py": "2"}
    before = stage_digests(plan_of(cell, words, {"./dynamo": TREE}).plan)
    after = stage_digests(plan_of(cell, words, {"./dynamo": edited}).plan)
    changed = {name for name in before if before[name] != after[name]}
    assert "ai_dynamo" in changed
    assert not changed & {"dynamo_runtime", "kvbm", "nixl", "nixl_wheel", "rust", "framework"}


@pytest.mark.parametrize("cell", RUNTIMES)
def test_a_commit_changes_only_the_tail(cell: str) -> None:
    one = plan_of(cell, {"DYNAMO_COMMIT_SHA": "a" * 40}).plan
    two = plan_of(cell, {"DYNAMO_COMMIT_SHA": "b" * 40}).plan
    changed = [old.name for old, new in zip(one.stages, two.stages, strict=True) if old != new]
    assert changed == [names.RUNTIME]
    steps = zip(one.stage(names.RUNTIME).steps, two.stage(names.RUNTIME).steps, strict=True)
    different = [number for number, (old, new) in enumerate(steps) if old != new]
    last = len(one.stage(names.RUNTIME).steps) - 1
    assert different == [last - 1, last]


@EVERY
def test_copies_are_of_stages_in_the_plan(cell: str) -> None:
    plan = planned_cell(cell).plan
    for stage in plan.stages:
        copied = {step.stage for step in stage.steps if isinstance(step, Copy)}
        assert copied <= set(inputs(stage))


def test_tables_of_this_file_know_every_framework() -> None:
    assert {CELLS[cell].framework for cell in RUNTIMES} == set(Framework)
