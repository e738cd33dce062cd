from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.engines import events as ev
from dockwright.report.state import StageInfo
from dockwright.report.terminal import Mode, Reporter, resolve_mode, terminal
from tests.unit.report.synthetic import START
from tests.unit.report.test_state import EVENTS, PLAN

STAGES = tuple(StageInfo(name=name, component=name) for name in ("nats", "etcd", "ucx", "nixl"))


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


def reporter(mode: Mode, clock: Clock | None = None) -> tuple[Reporter, io.StringIO]:
    stream = io.StringIO()
    emit = terminal(STAGES, env={}, stream=stream, mode=mode, clock=clock or Clock(), ticks=False)
    return emit, stream


EVENTS_OF_A_BUILD: tuple[ev.Event, ...] = (
    ev.CommandStarted(time=START, purpose="build runtime image"),
    ev.Log(time=START, line="#1 load build definition"),
    ev.StageStarted(time=START + 0.1, stage="nats"),
    ev.StageCached(time=START + 0.2, stage="nats"),
    ev.StageStarted(time=START + 0.2, stage="etcd"),
    ev.StepStarted(time=START + 0.2, stage="etcd", name="fetch", index=1, total=2),
    ev.StageStarted(time=START + 0.3, stage="ucx"),
    ev.Log(time=START + 0.3, stage="ucx", line="\x1b[1mchecking\x1b[0m for gcc\n"),
    ev.StepStarted(time=START + 0.4, stage="ucx", name="configure", index=1, total=2),
    ev.StepStarted(time=START + 9, stage="ucx", name="make -j", index=2, total=2),
    ev.StepStarted(time=START + 9, stage="etcd", name="go build", index=2, total=2),
    ev.StageFinished(time=START + 83, stage="ucx", seconds=82.7),
    ev.StageStarted(time=START + 83, stage="nixl"),
    ev.StageFailed(
        time=START + 3720,
        stage="etcd",
        seconds=3719.8,
        message="boom",
        step="go build",
        exit_code=2,
    ),
    ev.CommandFinished(time=START + 3720, purpose="build runtime image", seconds=3720, exit_code=1),
)

CHECKS: tuple[ev.Event, ...] = (
    ev.CheckDone(time=START, component="ucx", check="ucx_info -v", ok=True, seconds=0.1),
    # They run in parallel: results of one component do not come together.
    ev.CheckDone(time=START + 1, component="nixl", check="plugins", ok=True, seconds=0.1),
    ev.CheckDone(time=START + 2, component="ucx", check="links", ok=True, seconds=0.2),
    ev.CheckDone(
        time=START + 3,
        component="nixl",
        check="import nixl",
        ok=False,
        seconds=1.2,
        detail="no\nlib",
    ),
    ev.CheckDone(time=START + 4, component="etcd", check="version", ok=True, seconds=0.1),
)


def run(mode: Mode, events: tuple[ev.Event, ...]) -> str:
    emit, stream = reporter(mode)
    for event in events:
        emit(event)
    emit.close()
    return stream.getvalue()


def test_plain() -> None:
    assert (
        run("plain", EVENTS_OF_A_BUILD)
        == """\
[   0.0s] ▸ build runtime image (4 stages)
[   0.2s] = nats  cached
[   0.2s] ▸ etcd  started: 1/2 fetch
[   0.4s] ▸ ucx   started: 1/2 configure
[   9.0s]   ucx   2/2 make -j
[   9.0s]   etcd  2/2 go build
[ 1m 23s] ✓ ucx   done in 1m 23s
[ 1h 02m] ✗ etcd  failed after 1h 02m in 2/2 go build (exit 2): boom
[ 1h 02m] ■ nixl  stopped after 1h 00m
[ 1h 02m] ✗ build runtime image  failed after 1h 02m (exit 1)
"""
    )


def test_verbose_prefixes_every_line_of_log_with_its_stage() -> None:
    text = run("verbose", EVENTS_OF_A_BUILD)
    assert "[   0.0s]   engine  | #1 load build definition\n" in text
    assert "[   0.3s] ▸ ucx     started\n[   0.3s]   ucx     | checking for gcc\n" in text
    assert "[   0.4s]   ucx     1/2 configure\n" in text


def test_quiet_prints_failures_only() -> None:
    assert run("quiet", EVENTS_OF_A_BUILD) == (
        "[ 1h 02m] ✗ etcd  failed after 1h 02m in 2/2 go build (exit 2): boom\n"
    )
    assert run("quiet", CHECKS) == "[   3.0s] ✗ nixl: import nixl  failed  1.2s: no lib\n"


def test_checks_are_one_line_per_component_and_one_per_failure() -> None:
    assert (
        run("plain", CHECKS)
        == """\
[   3.0s] ✗ nixl: import nixl  failed  1.2s: no lib
[   4.0s] ✓ ucx   2 checks
[   4.0s] ✗ nixl  1 of 2 checks failed
[   4.0s] ✓ etcd  1 check
"""
    )


def test_verbose_shows_every_check() -> None:
    assert run("verbose", CHECKS).count("✓") == 4
    assert "[   0.0s] ✓ ucx: ucx_info -v  0.1s\n" in run("verbose", CHECKS)


def test_many_stopped_stages_are_one_line() -> None:
    started = tuple(ev.StageStarted(time=START, stage=stage.name) for stage in STAGES)
    assert run("plain", started) == "[   0.0s] ■ 4 stages stopped: nats, etcd, ucx, nixl\n"


def test_heartbeat_names_what_runs_when_nothing_was_said_for_a_while() -> None:
    clock = Clock()
    emit, stream = reporter("plain", clock)
    emit.tick()
    emit(ev.CommandStarted(time=START, purpose="build"))
    emit(ev.StageCached(time=START, stage="nats"))
    emit(ev.StepStarted(time=START, stage="ucx", name="make", index=2, total=3))
    emit(ev.Progress(time=START, name="pulling", current=5_000_000, total=10_000_000))
    stream.truncate(0)
    stream.seek(0)
    for clock.now in (START + 29, START + 31, START + 45, START + 62):
        emit.tick()
    expected = (
        "still running: ucx 2/3 make ({0}), pulling 5.0 MB of 10.0 MB"
        " · 1/4 stages · 1 cached · 1 running\n"
    )
    assert stream.getvalue() == (
        f"[  31.0s]   {expected.format('31.0s')}[ 1m 02s]   {expected.format('1m 02s')}"
    )


def test_no_heartbeat_when_quiet_or_over() -> None:
    for mode, events in (("quiet", EVENTS_OF_A_BUILD[:1]), ("plain", EVENTS_OF_A_BUILD)):
        clock = Clock()
        emit, stream = reporter(mode, clock)  # type: ignore[arg-type]
        for event in events:
            emit(event)
        before = stream.getvalue()
        clock.now = START + 9999
        emit.tick()
        assert stream.getvalue() == before


class Broken(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_a_broken_stream_does_not_end_the_build() -> None:
    emit = terminal(STAGES, env={}, stream=Broken(), mode="plain", ticks=False)
    for event in EVENTS_OF_A_BUILD:
        emit(event)
    emit.close()
    assert emit.view.count("failed") == 1


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("mode", "stream", "env", "expected"),
    [
        ("auto", Terminal(), {"TERM": "xterm"}, "live"),
        ("auto", Terminal(), {"TERM": "dumb"}, "plain"),
        ("auto", Terminal(), {}, "plain"),
        ("auto", Terminal(), {"TERM": "xterm", "CI": "true"}, "plain"),
        ("auto", Terminal(), {"TERM": "xterm", "CI": "false"}, "live"),
        ("auto", io.StringIO(), {"TERM": "xterm"}, "plain"),
        ("live", Terminal(), {"TERM": "xterm", "CI": "true"}, "live"),
        ("live", io.StringIO(), {"TERM": "xterm"}, "plain"),
        ("quiet", Terminal(), {"TERM": "xterm"}, "quiet"),
        ("verbose", Terminal(), {"TERM": "xterm"}, "verbose"),
    ],
)
def test_mode(mode: Mode, stream: io.StringIO, env: dict[str, str], expected: str) -> None:
    assert resolve_mode(mode, stream, env) == expected


@given(st.lists(EVENTS, max_size=20), st.sampled_from(("plain", "verbose", "quiet")))
def test_any_order_of_events_prints_whole_lines(events: list[ev.Event], mode: Mode) -> None:
    stream = io.StringIO()
    with terminal(PLAN, env={}, stream=stream, mode=mode, ticks=False) as emit:
        for event in events:
            emit(event)
            emit.tick()
    for line in stream.getvalue().splitlines():
        assert line.startswith("[")
    assert stream.getvalue() == "" or stream.getvalue().endswith("\n")
    assert "\x1b" not in stream.getvalue()
