"""The recordings in data/ are real: buildah 1.28.2, four jobs; only paths were replaced."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest

from dockwright.engines.buildah_output import read_output
from dockwright.engines.buildah_text import step_name
from dockwright.engines.events import (
    Event,
    Log,
    StageCached,
    StageFailed,
    StageFinished,
    StageStarted,
    StepStarted,
)

DATA = Path(__file__).parent / "data"
STAGES = ("ucx", "nixl", "etcd", "runtime", "evidence")


def read(lines: Iterable[str], stages: tuple[str, ...] = ()) -> list[Event]:
    """Events with a clock that counts lines from 1."""
    clock = itertools.count(1)
    return list(read_output(lines, stages, clock=lambda: float(next(clock))))


def recorded(name: str) -> list[Event]:
    return read((DATA / f"buildah-{name}.txt").read_text().splitlines(keepends=True), STAGES)


def ends(events: list[Event]) -> dict[str, str]:
    kinds = (StageCached, StageFinished, StageFailed)
    return {event.stage: type(event).__name__ for event in events if isinstance(event, kinds)}


def logs(events: list[Event], stage: str) -> list[str]:
    return [event.line for event in events if isinstance(event, Log) and event.stage == stage]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("first", dict.fromkeys(STAGES[:4], "StageFinished")),
        ("cached", dict.fromkeys(STAGES[:4], "StageCached")),
        # ucx was built anew with equal content, so nothing that copies from it was.
        ("partial", dict.fromkeys(STAGES[:4], "StageCached") | {"ucx": "StageFinished"}),
        ("files", dict.fromkeys(STAGES[:4], "StageCached") | {"evidence": "StageFinished"}),
        ("fail", {"ucx": "StageCached", "etcd": "StageCached", "nixl": "StageFailed"}),
    ],
)
def test_every_stage_ends_as_it_did(name: str, expected: dict[str, str]) -> None:
    assert ends(recorded(name)) == expected


def test_each_stage_starts_once() -> None:
    started = [event.stage for event in recorded("first") if isinstance(event, StageStarted)]
    assert sorted(started) == sorted(STAGES[:4])


def test_steps_have_their_stage_number_and_title() -> None:
    steps = [event for event in recorded("first") if isinstance(event, StepStarted)]
    assert [(s.index, s.total, s.name) for s in steps if s.stage == "nixl"] == [
        (1, 3, "FROM oci:/store/base:base AS nixl"),
        (2, 3, "COPY --from=ucx /opt/ucx /opt/ucx"),
        (3, 3, "build nixl"),
    ]


def test_output_goes_to_its_stage_and_markers_nowhere() -> None:
    events = recorded("first")
    assert logs(events, "ucx") == ["compile 1", "compile 2", "compile 3"]
    assert logs(events, "etcd") == ["unpack"]
    assert not [
        event for event in events if isinstance(event, Log) and "::dockwright" in event.line
    ]


def test_a_failure_has_step_and_exit_code_and_does_not_repeat_the_script() -> None:
    events = recorded("fail")
    failed = next(event for event in events if isinstance(event, StageFailed))
    assert (failed.stage, failed.step, failed.exit_code) == ("nixl", "build nixl", 7)
    assert logs(events, "")[-1] == "Error: build nixl: exit status 7"


def test_a_stage_that_waits_does_not_count_the_waiting() -> None:
    finished = {e.stage: e.seconds for e in read(_two_stages()) if isinstance(e, StageFinished)}
    # Lines are the clock: `last` began at 2 and waited for `one` from 4 until 8.
    assert finished == {"one": 7.0, "last": 3.0}


def _two_stages() -> list[str]:
    return [
        "[1/2] STEP 1/2: FROM base AS one",
        "[2/2] STEP 1/2: FROM base AS last",
        "[1/2] STEP 2/2: RUN true || echo ::dockwright::",
        "[2/2] STEP 2/2: COPY --from=one /a /a",
        "one| ::dockwright::start 2",
        "one| work",
        "one| ::dockwright::end 2 0",
        "--> 0123456789a",
        "--> 1123456789a",
    ]


@pytest.mark.parametrize("outcomes", [("b1", "a1"), ("a1", "b1")])
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_cached_script_says_that_the_copies_before_it_were_cached(
    outcomes: tuple[str, str], order: tuple[str, str]
) -> None:
    """Two copies end at the same time, one of them cached: the scripts after them tell which."""
    script = "RUN true || echo ::dockwright::"
    said = {"a1": "--> a123456789a", "b1": "--> Using cache b123456789a"}
    number = {"a": 1, "b": 2}
    events = read(
        [
            "[1/2] STEP 1/3: FROM base AS a",
            "[2/2] STEP 1/3: FROM base AS b",
            *(f"[{number[name]}/2] STEP 2/3: COPY --from=source-{name} /t /t" for name in order),
            *(said[outcome] for outcome in outcomes),
            *(f"[{number[name]}/2] STEP 3/3: {script}" for name in order),
            "--> b123456789a",
            "--> Using cache b223456789a",
            "--> b223456789a",
            "a| ::dockwright::start 3",
            "a| ::dockwright::end 3 0",
            "--> a223456789a",
        ]
    )
    assert ends(events) == {"a": "StageFinished", "b": "StageCached"}


def test_a_single_stage_has_no_numbers() -> None:
    events = read(["STEP 1/2: FROM base AS one", "STEP 2/2: RUN true", "COMMIT", "--> 0123456789a"])
    assert ends(events) == {"one": "StageFinished"}


def test_a_stage_without_a_name_is_that_of_the_request() -> None:
    events = read(["[1/2] STEP 1/1: FROM base", "--> 0123456789a"], ("first", "second"))
    assert ends(events) == {"first": "StageCached"}


def test_a_failure_without_a_marker_is_found_by_its_text() -> None:
    events = read(
        [
            "[1/2] STEP 1/2: FROM base AS one",
            "[2/2] STEP 1/2: FROM base AS two",
            '[1/2] STEP 2/2: RUN ["/bin/bash", "-c", "# first\\nmake \\"a\\"\\n"]',
            '[2/2] STEP 2/2: RUN --mount=type=tmpfs,target=/ ["/bin/bash", "-c", "# other\\nx\\n"]',
            'Error: building at STEP "RUN --mount=type=tmpfs,target=/ /bin/bash -c # other',
            "x",
            '": while running runtime: exit status 127',
        ]
    )
    failed = [event for event in events if isinstance(event, StageFailed)]
    assert [(f.stage, f.step, f.exit_code) for f in failed] == [("two", "other", 127)]


def test_a_copy_that_fails_says_why() -> None:
    events = read(
        [
            "STEP 1/2: FROM base AS one",
            "STEP 2/2: COPY /nope /x",
            'Error: building at STEP "COPY /nope /x": checking on sources under "/c": no such file',
        ]
    )
    failed = next(event for event in events if isinstance(event, StageFailed))
    assert failed.message == 'checking on sources under "/c": no such file'


def test_a_commit_that_fails_is_that_of_its_step() -> None:
    step = 'RUN ["/bin/bash", "-c", "# make\\nmake\\n"]'
    events = read(
        [
            "STEP 1/2: FROM base AS one",
            f"STEP 2/2: {step}",
            "one| ::dockwright::start 2",
            "one| ::dockwright::end 2 0",
            "Error: committing container for step {Env:[A=1] Command:run Args:[/bin/bash -c # make",
            f"make] Original:{step}}}: copying layers: write /big: no space left on device",
        ]
    )
    failed = next(event for event in events if isinstance(event, StageFailed))
    assert failed.message == "copying layers: write /big: no space left on device"
    assert failed.step == "make"


def test_an_error_outside_of_steps_fails_no_stage() -> None:
    events = read(["STEP 1/2: FROM nosuch AS one", "Error: creating build container: short-name"])
    assert ends(events) == {}
    assert logs(events, "") == ["Error: creating build container: short-name"]


def test_a_marker_behind_a_torn_line_is_still_a_marker() -> None:
    lines = _two_stages()
    lines[5:7] = ["one| work", "last| unfinishedone| ::dockwright::end 2 0"]
    events = read(lines)
    assert ends(events) == {"one": "StageFinished", "last": "StageFinished"}
    assert logs(events, "last") == ["unfinished"]


def test_lines_that_only_look_prefixed_belong_to_the_command() -> None:
    events = read(["STEP 1/1: FROM base AS one", "elsewhere| text", "one| text", "one|"])
    assert logs(events, "") == ["elsewhere| text"]
    assert logs(events, "one") == ["text", ""]


def test_output_that_stops_in_the_middle_ends_no_stage_twice() -> None:
    whole = (DATA / "buildah-first.txt").read_text().splitlines()
    for length in range(len(whole)):
        events = read(whole[:length], STAGES)
        ended = [
            e.stage for e in events if isinstance(e, StageCached | StageFinished | StageFailed)
        ]
        assert len(ended) == len(set(ended))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("COPY --from=a /x /y", "COPY --from=a /x /y"),
        ('RUN ["/bin/bash","-c","echo $0","# build ucx\\nset -e\\nmake","ucx","2"]', "build ucx"),
        ('RUN --network=none ["sh","-c","set -e\\nmake all"]', "RUN make all"),
        ("RUN make  all", "RUN make all"),
        ("RUN [not json", "RUN [not json"),
        ("RUN " + "x" * 100, "RUN " + "x" * 55 + "…"),
        ("ENV A=1", "ENV A=1"),
    ],
)
def test_step_names(text: str, name: str) -> None:
    assert step_name(text) == name
