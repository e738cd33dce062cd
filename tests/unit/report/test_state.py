from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from dockwright.engines import events as ev
from dockwright.report.lines import transfer
from dockwright.report.state import StageInfo, StageView, State, View, fold, fold_all, initial
from tests.unit.report.synthetic import STAGES, build

PLAN = (StageInfo(name="ucx", component="ucx", steps=2), StageInfo(name="nixl"))


def after(*events: ev.Event, plan: tuple[StageInfo, ...] = PLAN) -> View:
    return fold_all(initial(plan), events)


def ucx(view: View) -> StageView:
    stage = view.stage("ucx")
    assert stage is not None
    return stage


def test_before_the_first_event_everything_waits() -> None:
    view = initial(PLAN)
    assert [(s.name, s.state, s.total) for s in view.stages] == [
        ("ucx", "waiting", 2),
        ("nixl", "waiting", 0),
    ]
    assert (view.ended, view.total, view.elapsed(), view.elapsed(5.0)) == (0, 2, 0.0, 0.0)


def test_a_stage_from_start_to_end() -> None:
    started = after(
        ev.StageStarted(time=10, stage="ucx"),
        ev.StepStarted(time=11, stage="ucx", name="make\n -j", index=1, total=2),
        ev.Log(time=12, stage="ucx", line="\x1b[32mCC a.o\x1b[0m"),
        ev.Log(time=12, stage="ucx", line="   "),
    )
    stage = ucx(started)
    assert stage.state == "running"
    assert stage.progress == "1/2 make -j"
    assert stage.line == "CC a.o"
    assert stage.elapsed(15) == 5
    done = fold(started, ev.StageFinished(time=16, stage="ucx", seconds=6))
    assert (ucx(done).state, ucx(done).elapsed(99)) == ("done", 6)
    assert (done.ended, done.elapsed(), done.elapsed(20)) == (1, 6, 10)


def test_a_step_starts_its_stage() -> None:
    view = after(ev.StepStarted(time=1, stage="ucx", name="make"))
    assert (ucx(view).state, ucx(view).started, ucx(view).progress) == ("running", 1, "make")


def test_cached() -> None:
    view = after(ev.StageStarted(time=1, stage="ucx"), ev.StageCached(time=1, stage="ucx"))
    assert ucx(view).state == "cached"
    assert (view.count("cached"), view.ended) == (1, 1)


def test_failed() -> None:
    view = after(
        ev.StageFailed(time=3, stage="ucx", seconds=2, message="a\nb", step="make", exit_code=2)
    )
    stage = ucx(view)
    assert (stage.state, stage.message, stage.step, stage.exit_code) == ("failed", "a b", "make", 2)
    assert view.ended == 0


def test_late_events_do_not_bring_a_stage_back() -> None:
    view = after(
        ev.StageFinished(time=5, stage="ucx", seconds=5),
        ev.Log(time=4, stage="ucx", line="last words"),
        ev.StepStarted(time=3, stage="ucx", name="make", index=1, total=2),
    )
    assert (ucx(view).state, ucx(view).line, ucx(view).index) == ("done", "last words", 0)


def test_a_second_command_that_finds_a_stage_cached_does_not_undo_its_work() -> None:
    view = after(
        ev.StageFinished(time=5, stage="ucx", seconds=5),
        ev.StageStarted(time=6, stage="ucx"),
        ev.StageCached(time=6, stage="ucx"),
    )
    assert (ucx(view).state, ucx(view).seconds) == ("done", 5)


def test_a_retry_runs_again_and_its_time_adds_up() -> None:
    view = after(
        ev.StageFailed(time=5, stage="ucx", seconds=5, message="network"),
        ev.StageStarted(time=6, stage="ucx"),
    )
    assert (ucx(view).state, ucx(view).message) == ("running", "")
    view = fold(view, ev.StageFinished(time=9, stage="ucx", seconds=3))
    assert (ucx(view).state, ucx(view).seconds) == ("done", 8)


def test_stages_the_plan_does_not_know_are_shown_but_not_counted() -> None:
    view = after(ev.StageStarted(time=1, stage="internal"))
    assert [s.name for s in view.running] == ["internal"]
    assert view.total == 2


def test_transfers_add_up() -> None:
    view = after(
        ev.Progress(time=1, stage="ucx", name="a", current=1, total=10),
        ev.Progress(time=2, stage="ucx", name="b", current=5, total=20),
        ev.Progress(time=3, stage="ucx", name="a", current=7, total=10),
    )
    assert (ucx(view).bytes, ucx(view).bytes_total) == (12, 30)
    view = fold(view, ev.Progress(time=4, stage="ucx", name="c", current=1))
    assert ucx(view).bytes_total == 0


def test_nothing_runs_after_its_command() -> None:
    running = after(ev.StageStarted(time=1, stage="ucx"))
    died = fold(running, ev.CommandFinished(time=4, purpose="build", seconds=4, exit_code=1))
    assert (ucx(died).state, ucx(died).seconds, died.engine.state) == ("stopped", 3, "failed")
    well = fold(running, ev.CommandFinished(time=4, purpose="build", seconds=4, exit_code=0))
    assert (ucx(well).state, well.engine.state) == ("done", "done")


def test_the_synthetic_build_ends_complete() -> None:
    view = fold_all(initial(STAGES), build())
    assert (view.ended, view.total, view.count("cached"), len(view.checks)) == (8, 8, 2, 5)
    assert view.running == ()


NAMES = st.sampled_from(("", "ucx", "nixl", "other"))
TIMES = st.floats(allow_nan=False, allow_infinity=False, width=32)
TEXT = st.text(max_size=20)
COUNT = st.integers(-1, 10**13)


def _events(kind: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, time=TIMES, stage=NAMES, **fields)


EVENTS: st.SearchStrategy[ev.Event] = st.one_of(
    _events(ev.CommandStarted, purpose=TEXT),
    _events(ev.CommandFinished, purpose=TEXT, seconds=TIMES, exit_code=COUNT),
    _events(ev.StageStarted),
    _events(ev.StepStarted, name=TEXT, index=COUNT, total=COUNT),
    _events(ev.Log, line=TEXT),
    _events(ev.Progress, name=TEXT, current=COUNT, total=COUNT),
    _events(ev.StageCached),
    _events(ev.StageFinished, seconds=TIMES),
    _events(ev.StageFailed, seconds=TIMES, message=TEXT, step=TEXT, exit_code=COUNT),
    _events(ev.CheckDone, component=TEXT, check=TEXT, ok=st.booleans(), seconds=TIMES, detail=TEXT),
)


@given(st.lists(EVENTS, max_size=30))
def test_any_order_of_events_folds(events: list[ev.Event]) -> None:
    view = after(*events)
    assert [s.name for s in view.stages[:2]] == ["ucx", "nixl"]
    assert 0 <= view.ended <= view.total == 2
    states: tuple[State, ...] = get_args(State)
    assert sum(int(view.count(state)) for state in states) == view.total
    assert view.elapsed() >= 0


@given(st.permutations(build()[::40]))
def test_any_order_of_a_real_build_counts_no_more_than_the_plan(events: list[ev.Event]) -> None:
    view = fold_all(initial(STAGES), events)
    assert view.ended <= view.total == len(STAGES)


def test_transfers_are_told_with_bytes_and_rate() -> None:
    url = "https://a.example/files/{}.tar.gz"
    view = initial(())
    for event in (
        # Half of it came in an earlier run.
        ev.Progress(time=10, name=url.format("one"), current=4_000_000, total=8_000_000),
        ev.Progress(time=11, name=url.format("two"), current=0, total=2_000_000),
        ev.Progress(time=12, name=url.format("one"), current=6_000_000, total=8_000_000),
    ):
        view = fold(view, event)
    assert transfer(view.engine, 12) == "two.tar.gz and 1 more 6.0 MB of 10.0 MB, 1.0 MB/s"
    view = fold(
        view, ev.Progress(time=12, name=url.format("one"), current=8_000_000, total=8_000_000)
    )
    assert transfer(view.engine, 12) == "two.tar.gz 8.0 MB of 10.0 MB, 2.0 MB/s"
