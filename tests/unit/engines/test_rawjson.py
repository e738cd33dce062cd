"""Real streams of BuildKit 0.33 through buildx 0.36, and what a stream may become on bad days."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.engines.events import (
    Event,
    Log,
    Progress,
    StageCached,
    StageFailed,
    StageFinished,
    StageStarted,
    StepStarted,
)
from dockwright.engines.rawjson import read

DATA = Path(__file__).parent / "data"
STREAMS = sorted(path.stem.removeprefix("buildkit-") for path in DATA.glob("buildkit-*.rawjson"))
STAGES = ("base", "left", "right", "unused", "final", "broken", "report", "slow", "quick", "twin")
ENDS = (StageCached, StageFinished, StageFailed)


def recorded(name: str) -> list[str]:
    return (DATA / f"buildkit-{name}.rawjson").read_text().splitlines(keepends=True)


def events_of(name: str) -> list[Event]:
    return list(read(recorded(name), STAGES))


def stages(events: list[Event], *kinds: type[Event]) -> list[str]:
    return [event.stage for event in events if isinstance(event, kinds)]


def vertex(name: str, **more: object) -> dict[str, object]:
    return {"digest": f"sha256:{name}", "name": name, **more}


def status(**parts: object) -> str:
    return json.dumps(parts)


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}.123456789Z"


def chunk(name: str, data: bytes, stream: int = 1) -> dict[str, object]:
    text = base64.b64encode(data).decode()
    return {"vertex": f"sha256:{name}", "stream": stream, "data": text, "timestamp": at(1)}


def test_a_fresh_build() -> None:
    events = events_of("fresh")
    assert stages(events, StageStarted)[0] == "base"
    assert sorted(stages(events, StageFinished)) == ["base", "final", "left", "right"]
    assert stages(events, StageCached, StageFailed) == []
    # A stage that nothing copies from is no part of BuildKit's graph.
    assert "unused" not in {event.stage for event in events}
    steps = [event for event in events if isinstance(event, StepStarted)]
    assert [(step.name, step.index) for step in steps if step.stage == "final"] == [
        ("COPY --link --from=left /left /opt/left", 1),
        ("COPY --from=right /right /opt/right", 2),
    ]
    assert [event.line for event in events if isinstance(event, Log) and event.stage == "left"] == [
        "flags of lo: 0x9",
        "lo",
        "secret: absent",
        "no newline at the end",
    ]
    assert all(event.seconds > 0 for event in events if isinstance(event, StageFinished))


def test_a_cached_build_starts_no_step() -> None:
    events = events_of("cached")
    assert sorted(stages(events, StageCached)) == ["base", "final", "left", "right"]
    assert stages(events, StageFinished, StageFailed, StepStarted) == []


def test_a_failed_step() -> None:
    events = events_of("failed")
    (failed,) = [event for event in events if isinstance(event, StageFailed)]
    assert failed.stage == "broken"
    assert failed.step == ("RUN echo 'about to fail' && cat /opt/left/file && exit 3")
    assert (failed.message, failed.exit_code) == ("exit code 3", 3)
    last = events[-1]
    assert isinstance(last, Log)
    assert last.line.startswith("ERROR: failed to build: failed to solve: process")


def test_steps_that_were_cancelled_did_not_fail() -> None:
    events = events_of("cancelled")
    assert stages(events, StageFailed) == ["quick"]
    assert stages(events, StageFinished) == ["twin"]
    assert "slow" in stages(events, StageStarted)
    assert "final" not in stages(events, *ENDS)


def test_a_shared_step_belongs_to_the_stage_that_its_name_says() -> None:
    events = events_of("merged")
    assert stages(events, StageCached, StageFinished) == ["twin", "final"]


@pytest.mark.parametrize("name", STREAMS)
def test_a_stage_starts_once_before_all_else_and_ends_at_most_once(name: str) -> None:
    events = events_of(name)
    for stage in {event.stage for event in events} - {""}:
        own = [event for event in events if event.stage == stage]
        assert [isinstance(event, StageStarted) for event in own].count(True) == 1
        assert isinstance(own[0], StageStarted)
        ends = [index for index, event in enumerate(own) if isinstance(event, ENDS)]
        assert len(ends) <= 1
        assert not ends or ends[0] == len(own) - 1


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_may_end_anywhere(name: str) -> None:
    text = "".join(recorded(name))
    whole = set(stages(events_of(name), *ENDS))
    for end in range(0, len(text), 97):
        events = list(read(text[:end].splitlines(), STAGES))
        assert set(stages(events, *ENDS)) <= whole


@given(st.lists(st.text(max_size=60) | st.sampled_from(recorded("fresh")), max_size=8))
def test_nothing_that_is_printed_is_an_error(lines: list[str]) -> None:
    for event in read(lines, STAGES):
        assert isinstance(event, Event)


def test_text_between_the_objects_is_the_commands_own() -> None:
    lines = ["ERROR: no builder\n", "\n", '{"vertexes": 7}\n', "{ not json\n"]
    assert [
        (event.stage, event.line) for event in read(lines, STAGES) if isinstance(event, Log)
    ] == [
        ("", "ERROR: no builder"),
        ("", '{"vertexes": 7}'),
        ("", "{ not json"),
    ]


def test_lines_are_put_together_for_each_step_and_stream() -> None:
    one, two = "[left 1/1] RUN a", "[right 1/1] RUN b"
    started = [vertex(name, started=at(0)) for name in (one, two)]
    done = [vertex(name, started=at(0), completed=at(2)) for name in (one, two)]
    smile = "smile ☺\n".encode()
    lines = [
        status(vertexes=started),
        status(logs=[chunk(one, smile[:7]), chunk(two, b"other "), chunk(one, b"err", 2)]),
        status(logs=[chunk(one, smile[7:]), chunk(two, b"line\r\n50%\r100%\nbad \xff\n\n")]),
        status(vertexes=done),
    ]
    events = list(read(lines, STAGES))
    assert [(event.stage, event.line) for event in events if isinstance(event, Log)] == [
        ("left", "smile ☺"),
        ("right", "other line"),
        ("right", "100%"),
        ("right", "bad \ufffd"),
        ("right", ""),
        ("left", "err"),
    ]


def test_start_output_and_end_in_one_object_keep_their_order() -> None:
    name = "[left 1/1] RUN a"
    line = status(
        vertexes=[vertex(name, started=at(0), completed=at(3))], logs=[chunk(name, b"hello\n")]
    )
    events = list(read([line], STAGES))
    assert [type(event) for event in events] == [StageStarted, StepStarted, Log, StageFinished]
    assert isinstance(events[-1], StageFinished)
    assert events[-1].seconds == pytest.approx(3)


def test_a_base_that_was_fetched_leaves_its_stage_cached() -> None:
    base, step = "[base 1/2] FROM docker.invalid/debian:12@sha256:0", "[base 2/2] RUN a"
    lines = [
        status(vertexes=[vertex(base), vertex(step)]),
        status(vertexes=[vertex(base, started=at(0), completed=at(1))]),
        status(vertexes=[vertex(step, started=at(1), completed=at(1), cached=True)]),
    ]
    assert stages(list(read(lines, STAGES)), *ENDS, StageCached) == ["base"]
    assert stages(list(read(lines, STAGES)), StageCached) == ["base"]


def test_names_carry_a_platform_padding_and_any_case() -> None:
    name = "[linux/arm64 final  2/10] RUN make\nwith a script"
    events = list(read([status(vertexes=[vertex(name, started=at(0))])], ("Final",)))
    assert events[1:] == [
        StepStarted(time=events[0].time, stage="Final", name="RUN make", index=2, total=10)
    ]


def test_transfers_without_numbers_and_repeated_values_are_left_out() -> None:
    def moved(current: int, total: int = 0) -> dict[str, object]:
        return {
            "id": "sha256:1",
            "vertex": "sha256:x",
            "current": current,
            "total": total,
            "timestamp": at(1),
        }

    lines = [status(statuses=[moved(0), moved(5, 10), moved(5, 10), moved(10, 10)])]
    events = list(read(lines, STAGES))
    assert [(e.current, e.total) for e in events if isinstance(e, Progress)] == [(5, 10), (10, 10)]


def test_warnings_are_lines() -> None:
    short = base64.b64encode(b"JSONArgsRecommended").decode()
    (event,) = read([status(warnings=[{"vertex": "sha256:x", "short": short}])], STAGES)
    assert isinstance(event, Log)
    assert event.line == "warning: JSONArgsRecommended"
