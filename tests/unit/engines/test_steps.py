from __future__ import annotations

import pytest

from dockwright.engines.events import Log, StageFailed, StepStarted
from dockwright.engines.steps import Namer, title
from dockwright.model.plan import (
    Cmd,
    Copy,
    Env,
    Label,
    Plan,
    RegistryImage,
    Run,
    Stage,
    User,
    Workdir,
    Write,
)

STEPS = (
    Env(values={"A": "1"}),
    Workdir(path="/src"),
    Run(title="compile it", script="make"),
    Copy(stage="other", source="/a", target="/b"),
    User(name="dynamo"),
    Write(path="/c", text=""),
)
STAGE = Stage(name="ucx", base="image", summary="", steps=STEPS)
PLAN = Plan(
    name="p",
    platform="linux/amd64",
    target="ucx",
    images={"image": RegistryImage(ref="a:1")},
    stages=(STAGE,),
)


def named(index: int, total: int, *, stage: str = "ucx") -> str:
    event = Namer(PLAN)(
        StepStarted(time=0, stage=stage, name="what the engine says", index=index, total=total)
    )
    assert isinstance(event, StepStarted)
    return event.name


ALL = ["env", "work in /src", "compile it", "copy /a from other", "user", "write /c"]
LAYERS = ["work in /src", "compile it", "copy /a from other", "write /c"]


@pytest.mark.parametrize(
    ("total", "first", "expected"),
    [
        (7, 2, ALL),  # buildah: every line, FROM among them
        (6, 1, ALL),
        (4, 1, LAYERS),  # BuildKit: only what makes a layer
        (5, 2, LAYERS),  # and FROM
    ],
)
def test_steps_have_the_names_of_the_plan(total: int, first: int, expected: list[str]) -> None:
    assert [named(index, total) for index in range(first, total + 1)] == expected


def test_from_is_the_base_by_its_name() -> None:
    assert named(1, 7) == "start from image"
    assert named(1, 5) == "start from image"


def test_what_cannot_be_counted_keeps_the_name_of_the_engine() -> None:
    assert named(3, 12) == "what the engine says"
    assert named(0, 0) == "what the engine says"
    assert named(3, 7, stage="unknown") == "what the engine says"


def test_a_failure_is_of_the_running_step() -> None:
    namer = Namer(PLAN)
    failed = StageFailed(time=1, stage="ucx", seconds=1, message="exit code 2", step="RUN mak…")
    assert namer(failed) == failed
    namer(StepStarted(time=0, stage="ucx", name="RUN mak…", index=4, total=7))
    after = namer(failed)
    assert isinstance(after, StageFailed)
    assert after.step == "compile it"
    assert after.message == "exit code 2"


def test_other_events_stay_as_they_are() -> None:
    log = Log(time=0, stage="ucx", line="x")
    assert Namer(PLAN)(log) is log


def test_titles() -> None:
    assert title(Label(values={})) == "label"
    assert title(Cmd(argv=("a",))) == "cmd"
