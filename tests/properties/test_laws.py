"""The laws of ARCHITECTURE.md, over the real catalog. They are the specification."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dockwright.catalog.parameters import parameters
from dockwright.catalog.registry import components
from dockwright.engines.api import Secret
from dockwright.engines.buildah import Buildah
from dockwright.engines.schedule import Places, Wanted, schedule
from dockwright.model.param import Concern
from dockwright.model.plan import Copy, Run, SecretMount, Tag, digest, encode
from dockwright.model.recipe import Component, Provider
from dockwright.model.values import Device
from dockwright.planning.audit import audit
from dockwright.planning.identity import closure, inputs, prune, stage_digests
from dockwright.planning.names import NETWORK_SECRET
from dockwright.planning.select import select
from dockwright.rendering.dialect import BUILDAH, BUILDKIT
from dockwright.rendering.dockerfile import render
from tests.builders import STANDARD, planned

ON_CPU = sorted(name for name, value in components().items() if Device.CPU in value.devices)
DIALECTS = [BUILDKIT, BUILDAH]
IN_PLAN = [stage.component for stage in planned().plan.stages if stage.component in components()]


def bumped(component: Component) -> Component:
    """The component with another script, as after a version bump."""
    providers = {
        name: replace(provider, script=f"{provider.script}\n# bumped\n")
        for name, provider in component.providers.items()
    }
    return replace(component, providers=providers)


# Law 1


def test_same_words_give_the_same_bytes() -> None:
    first, second = planned(), planned()
    assert encode(first.plan) == encode(second.plan)
    for dialect in DIALECTS:
        assert render(first.plan, dialect) == render(second.plan, dialect)


@pytest.mark.parametrize("dialect", ["buildkit", "buildah"])
def test_text_is_the_same_in_any_environment_and_folder(dialect: str, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "dockwright", "render", "--framework", "none", "--device", "cpu"]
    argv += ["--engine", dialect]
    path = os.environ["PATH"]
    texts = {
        subprocess.run(argv, cwd=folder, env=env, check=True, capture_output=True).stdout
        for folder, env in (
            (Path.cwd(), {"PATH": path, "PYTHONPATH": "src", "PYTHONHASHSEED": "1"}),
            (
                tmp_path,
                {
                    "PATH": path,
                    "PYTHONPATH": str(Path("src").absolute()),
                    "PYTHONHASHSEED": "2",
                    "HOME": str(tmp_path),
                    "TZ": "Asia/Tokyo",
                    "LANG": "tr_TR.UTF-8",
                    "FRAMEWORK": "vllm",
                    "BASE_IMAGE": "evil",
                    "HTTPS_PROXY": "http://user:canary@proxy.example:1",
                },
            ),
        )
    }
    assert len(texts) == 1
    assert b"canary" not in texts.pop()


@given(st.permutations(ON_CPU))
def test_order_of_the_request_does_not_matter(wanted: list[str]) -> None:
    catalog = components()
    assert select(wanted, catalog, Device.CPU) == select(sorted(wanted), catalog, Device.CPU)


# Law 2


@given(st.sampled_from(IN_PLAN))
def test_a_bump_changes_the_text_of_its_own_stage_only(name: str) -> None:
    catalog = {**components(), name: bumped(components()[name])}
    before, after = planned().plan, planned(catalog=catalog).plan
    changed = {old.name for old, new in zip(before.stages, after.stages, strict=True) if old != new}
    assert changed == {name}


@given(st.sampled_from(IN_PLAN))
def test_a_bump_rebuilds_exactly_what_is_made_from_it(name: str) -> None:
    catalog = {**components(), name: bumped(components()[name])}
    before, after = planned().plan, planned(catalog=catalog).plan
    old, new = stage_digests(before), stage_digests(after)
    changed = {stage for stage in old if old[stage] != new[stage]}
    expected = {stage.name for stage in before.stages if name in closure(before, stage.name)}
    assert changed == expected
    assert name in changed


# Law 3


WORDS = {
    "ENGINE": "buildah",
    "JOBS": "3",
    "NO_CACHE": "true",
    "PULL": "true",
    "TAG": "a/b:c",
    "VERIFY": "false",
    "OUTPUT": "none",
    "CACHE_FROM": "registry.example/cache",
    "COMPILE_JOBS": "3",
    "SOURCE_MIRROR": "https://github.com/=https://mirror.example/git/",
    "OFFLINE": "true",
    "SOURCE_LOGIN": "https://github.com/=env:GITHUB_TOKEN",
}


@pytest.mark.parametrize("name", sorted(WORDS))
def test_what_does_not_concern_the_image_changes_no_text(name: str) -> None:
    assert parameters()[name].concern is Concern.BUILD
    assert planned({name: WORDS[name]}).plan == planned().plan


# Law 4


def test_every_copy_is_a_declared_output_of_an_earlier_stage() -> None:
    assert audit(planned().plan) == ()


@given(st.sampled_from([stage.name for stage in planned().plan.stages]), st.integers(0, 40))
def test_a_plan_with_a_missing_stage_is_refused(name: str, position: int) -> None:
    plan = planned().plan
    users = [stage for stage in plan.stages if name in inputs(stage)]
    broken = msgspec.structs.replace(
        plan, stages=tuple(stage for stage in plan.stages if stage.name != name)
    )
    assert bool(audit(broken)) == bool(users or name == plan.target)
    moved = [stage for stage in plan.stages if stage.name != name]
    moved.insert(min(position, len(moved)), plan.stage(name))
    late = any(
        source == name and moved.index(user) < moved.index(plan.stage(name))
        for user in users
        for source in inputs(user)
    )
    early = any(
        source not in plan.images
        and moved.index(plan.stage(source)) > moved.index(plan.stage(name))
        for source in inputs(plan.stage(name))
    )
    reordered = msgspec.structs.replace(plan, stages=tuple(moved))
    assert bool(audit(reordered)) == (late or early)


def test_an_undeclared_output_is_refused() -> None:
    plan = planned().plan
    stages = tuple(
        msgspec.structs.replace(stage, outputs=()) if stage.name == "ucx" else stage
        for stage in plan.stages
    )
    (problem,) = audit(msgspec.structs.replace(plan, stages=stages))
    assert str(problem) == (
        "stage 'runtime' copies /usr/local/ucx from 'ucx', which declares only: nothing"
    )


def test_pruning_keeps_what_a_target_is_made_from() -> None:
    plan = planned().plan
    pruned = prune(plan, ("ucx",))
    assert [stage.name for stage in pruned.stages] == ["base", "ucx"]


# Law 5 is tested with the configuration (tests/unit/config), where values come from.


# Law 6: both engines accept the text; tests/engines builds it for real.


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
def test_every_plan_renders_in_every_dialect(dialect: object) -> None:
    text = render(planned().plan, BUILDKIT if dialect is BUILDKIT else BUILDAH).text
    for stage in planned().plan.stages:
        assert f" AS {stage.name}\n" in text
    if dialect is BUILDAH:
        assert "<<" not in [line[:6] for line in text.splitlines() if line.startswith("RUN")]
        for line in text.splitlines():
            if line.lstrip().startswith("["):
                assert json.loads(line)[0] == "/bin/bash"


def test_only_tagged_steps_have_the_network() -> None:
    for stage in planned().plan.stages:
        for step in stage.steps:
            if isinstance(step, Run):
                secrets = {mount.id for mount in step.mounts if isinstance(mount, SecretMount)}
                assert (NETWORK_SECRET in secrets) == (Tag.NETWORK in step.tags)
    text = render(planned().plan, BUILDKIT).text
    runs = text.split("\nRUN ")[1:]
    assert all(
        ("--network=none" in run.split("<<")[0]) != ("secret" in run.split("<<")[0]) for run in runs
    )


# Law 7


def test_no_secret_value_is_in_anything_that_is_written() -> None:
    canary = "canary-7f3a"
    secrets = (Secret(id="dockwright-network", source="env", variable="DOCKWRIGHT_SECRET_NETWORK"),)
    places = Places(cache=Path("/cache"), state=Path("/state"))
    made = schedule(
        planned().plan, Buildah(), Wanted(tags=("a:b",)), places, python="python", secrets=secrets
    )
    written = [made.rendered.text, encode(made.plan).decode(), str(made.commands)]
    assert not any(canary in text for text in written)
    assert any("id=dockwright-network,env=" in word for c in made.commands for word in c.argv)


# Law 8 is tested with fake and real engines (tests/unit/cli, tests/engines).


# Identity


@given(st.sampled_from(IN_PLAN), st.sampled_from(["script", "env"]))
def test_identity_is_of_the_whole_value(name: str, field: str) -> None:
    component = components()[name]

    def changed(provider: Provider) -> Provider:
        if field == "script":
            return replace(provider, script=provider.script + "\n:")
        return replace(provider, env=lambda context: {**provider.env(context), "NEW": "1"})

    providers = {key: changed(provider) for key, provider in component.providers.items()}
    after = planned(catalog={**components(), name: replace(component, providers=providers)}).plan
    assert digest(after) != digest(planned().plan)


def test_copies_name_their_stage() -> None:
    plan = planned(STANDARD).plan
    for stage in plan.stages:
        copied = {step.stage for step in stage.steps if isinstance(step, Copy)}
        assert copied <= set(inputs(stage))
