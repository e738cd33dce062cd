from __future__ import annotations

import msgspec
import pytest

from dockwright.model.plan import Copy, Plan, RegistryImage, Run, Stage, StageMount, User
from dockwright.planning.identity import closure, inputs, prune, stage_digests


def plan(*, ref: str = "a:1", left: str = "true") -> Plan:
    stages = (
        Stage(name="base", base="image", summary="", steps=(User(name="root"),)),
        Stage(
            name="left",
            base="base",
            summary="",
            steps=(Run(title="l", script=left),),
            outputs=("/l",),
        ),
        Stage(name="right", base="base", summary="", outputs=("/r",)),
        Stage(
            name="both",
            base="scratch",
            summary="",
            steps=(
                Copy(stage="left", source="/l", target="/l"),
                Run(
                    title="b",
                    script="true",
                    mounts=(StageMount(stage="right", source="/r", target="/r"),),
                ),
            ),
        ),
    )
    return Plan(
        name="p",
        platform="linux/amd64",
        target="both",
        images={"image": RegistryImage(ref=ref), "other": RegistryImage(ref="b:1")},
        stages=stages,
    )


def test_inputs_are_bases_copies_and_mounts() -> None:
    made = plan()
    assert inputs(made.stage("base")) == ("image",)
    assert inputs(made.stage("left")) == ("base",)
    assert inputs(made.stage("both")) == ("left", "right")


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        (plan(left="false"), {"left", "both"}),
        (plan(ref="a:2"), {"base", "left", "right", "both"}),
        (plan(), set()),
    ],
)
def test_a_digest_is_of_the_stage_and_of_what_it_is_made_from(
    changed: Plan, differs: set[str]
) -> None:
    old, new = stage_digests(plan()), stage_digests(changed)
    assert {name for name in old if old[name] != new[name]} == differs


def test_the_digest_of_a_stage_does_not_know_the_plan() -> None:
    renamed = msgspec.structs.replace(plan(), name="q", target="left")
    assert stage_digests(renamed) == stage_digests(plan())


def test_a_closure_has_the_order_of_the_plan() -> None:
    assert closure(plan(), "both") == ("base", "left", "right", "both")
    assert closure(plan(), "right") == ("base", "right")
    with pytest.raises(KeyError):
        closure(plan(), "nothing")


def test_pruning_drops_stages_and_images_that_nothing_needs() -> None:
    found = prune(plan(), ("left", "right"))
    assert [stage.name for stage in found.stages] == ["base", "left", "right"]
    assert set(found.images) == {"image"}
