"""What a build looks like now: a pure fold of its events.

`fold(view, event)` never raises and never needs an order: engines run stages in parallel, repeat
them in a second command and may report the end of a stage before its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from dockwright.engines import events as ev
from dockwright.report.human import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

State: TypeAlias = Literal["waiting", "running", "cached", "done", "failed", "stopped"]
"""`stopped`: it ran when its command died, so nobody knows how it would have ended."""
ENDED: frozenset[State] = frozenset(("cached", "done", "failed"))


@dataclass(frozen=True, kw_only=True, slots=True)
class StageInfo:
    """What the plan knows of a stage before anything runs. The order of stages is the plan's."""

    name: str
    component: str = ""
    steps: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """Bytes that are moved; `total` is 0 when it is not known.

    `first` bytes were there already when it `began`.
    """

    name: str
    current: int
    total: int
    began: float = 0.0
    first: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class StageView:
    """One stage as it is now.

    `index` and `total` count steps from 1 (0: not known), `started` is the time of its last start,
    `seconds` what all of its finished runs took, `planned` whether the plan names it.
    """

    name: str
    component: str = ""
    state: State = "waiting"
    index: int = 0
    total: int = 0
    step: str = ""
    line: str = ""
    started: float | None = None
    seconds: float = 0.0
    message: str = ""
    exit_code: int = 0
    transfers: tuple[Transfer, ...] = ()
    planned: bool = True

    @property
    def bytes(self) -> int:
        """What the stage has moved so far."""
        return sum(transfer.current for transfer in self.transfers)

    @property
    def bytes_total(self) -> int:
        """What the stage will have moved, or 0 when a part of it is not known."""
        totals = [transfer.total for transfer in self.transfers]
        return sum(totals) if all(totals) else 0

    def rate(self, now: float) -> float:
        """Bytes per second since the first transfer began; 0 when it is too early to tell."""
        seconds = now - min((transfer.began for transfer in self.transfers), default=now)
        moved = sum(transfer.current - transfer.first for transfer in self.transfers)
        return moved / seconds if seconds >= 1 else 0.0

    @property
    def progress(self) -> str:
        """`3/5 compile`, `3/5`, `compile` or empty."""
        count = f"{self.index}/{self.total}" if self.index and self.total else ""
        return " ".join(part for part in (count, self.step) if part)

    def elapsed(self, now: float) -> float:
        """Seconds of the stage, up to `now` while it runs."""
        if self.state == "running" and self.started is not None:
            return max(0.0, now - self.started)
        return self.seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """The whole build as it is now; `engine` is what the command itself says (stage "")."""

    stages: tuple[StageView, ...] = ()
    engine: StageView = StageView(name="", planned=False)
    purpose: str = ""
    started: float | None = None
    last: float = 0.0
    checks: tuple[ev.CheckDone, ...] = ()
    cache: tuple[ev.CacheUsed, ...] = ()

    def stage(self, name: str) -> StageView | None:
        """The stage of that name, the command itself for ""."""
        if not name:
            return self.engine
        return next((stage for stage in self.stages if stage.name == name), None)

    @property
    def running(self) -> tuple[StageView, ...]:
        """Stages that run now, in the plan's order."""
        return tuple(stage for stage in self.stages if stage.state == "running")

    def count(self, *states: State) -> int:
        """How many stages of the plan are in one of the states."""
        return sum(stage.planned and stage.state in states for stage in self.stages)

    @property
    def total(self) -> int:
        """Stages of the plan. What an engine adds of its own is shown, but not counted."""
        return sum(stage.planned for stage in self.stages)

    @property
    def ended(self) -> int:
        """Stages of the plan that need nothing more: done or cached."""
        return self.count("done", "cached")

    def elapsed(self, now: float | None = None) -> float:
        """Seconds since the first event, up to `now` or to the last event."""
        if self.started is None:
            return 0.0
        return max(0.0, (self.last if now is None else now) - self.started)


def initial(stages: Iterable[StageInfo]) -> View:
    """The view before the first event. A name that occurs twice counts once."""
    unique = {info.name: info for info in stages if info.name}
    return View(
        stages=tuple(
            StageView(name=info.name, component=info.component, total=info.steps)
            for info in unique.values()
        )
    )


def fold_all(view: View, events: Iterable[ev.Event]) -> View:
    """The view after all of the events."""
    return reduce(fold, events, view)


def fold(view: View, event: ev.Event) -> View:
    """The view after one more event."""
    view = replace(
        view,
        started=event.time if view.started is None else min(view.started, event.time),
        last=event.time if view.started is None else max(view.last, event.time),
    )
    match event:
        case ev.CommandStarted():
            # Each command begins with a clean line of its own; what ran before has been told.
            return replace(view, purpose=event.purpose, engine=_running(View().engine, event.time))
        case ev.CommandFinished():
            state: State = "failed" if event.exit_code else "done"
            engine = replace(view.engine, state=state, seconds=event.seconds, transfers=())
            stages = tuple(_end_with(stage, event) for stage in view.stages)
            return replace(view, engine=engine, stages=stages)
        case ev.CheckDone():
            return replace(view, checks=(*view.checks, event))
        case ev.CacheUsed():
            return replace(view, cache=(*view.cache, event))
        case _:
            return _put(view, _fold_stage(_get(view, event.stage), event))


def _get(view: View, name: str) -> StageView:
    return view.stage(name) or StageView(name=name, planned=False)


def _put(view: View, stage: StageView) -> View:
    if not stage.name:
        return replace(view, engine=stage)
    if view.stage(stage.name) is None:
        return replace(view, stages=(*view.stages, stage))
    return replace(
        view, stages=tuple(stage if old.name == stage.name else old for old in view.stages)
    )


def _end_with(stage: StageView, command: ev.CommandFinished) -> StageView:
    """Nothing runs after its command: it ended well, untold, or was given up."""
    if stage.state != "running":
        return stage
    seconds = stage.seconds + stage.elapsed(command.time)
    return replace(stage, state="stopped" if command.exit_code else "done", seconds=seconds)


def _running(stage: StageView, time: float) -> StageView:
    return replace(stage, state="running", started=time, message="", exit_code=0)


def _fold_stage(
    stage: StageView,
    event: ev.StageStarted
    | ev.StepStarted
    | ev.Log
    | ev.Progress
    | ev.StageCached
    | ev.StageFinished
    | ev.StageFailed,
) -> StageView:
    match event:
        case ev.StageStarted() | ev.StepStarted():
            return _begin(stage, event)
        case ev.Log() | ev.Progress():
            return _work(stage, event)
        case ev.StageCached() | ev.StageFinished() | ev.StageFailed():
            return _end(stage, event)
        case _:
            assert_never(event)


def _begin(stage: StageView, event: ev.StageStarted | ev.StepStarted) -> StageView:
    if isinstance(event, ev.StageStarted):
        # Also after an end: a retry, or a second command that passes the same stage.
        if stage.state == "running":
            return stage
        return replace(_running(stage, event.time), index=0, step="", line="", transfers=())
    if stage.state in ENDED:
        return stage
    if stage.state != "running":
        stage = _running(stage, event.time)
    total = event.total or stage.total
    return replace(stage, index=event.index, total=total, step=one_line(event.name), line="")


def _work(stage: StageView, event: ev.Log | ev.Progress) -> StageView:
    if stage.state == "waiting" and stage.name:
        stage = _running(stage, event.time)
    if isinstance(event, ev.Log):
        line = clean(event.line).strip()
        return replace(stage, line=line) if line else stage
    known = {transfer.name: transfer for transfer in stage.transfers}
    old = known.get(event.name) or Transfer(
        name=event.name, current=0, total=0, began=event.time, first=event.current
    )
    known[event.name] = replace(old, current=event.current, total=event.total)
    return replace(stage, transfers=tuple(known.values()))


def _end(stage: StageView, event: ev.StageCached | ev.StageFinished | ev.StageFailed) -> StageView:
    if isinstance(event, ev.StageCached):
        # Built by an earlier command of this run: it was work, so it stays "done".
        return replace(stage, state="done" if stage.seconds else "cached")
    seconds = stage.seconds + event.seconds
    if isinstance(event, ev.StageFinished):
        return replace(stage, state="done", seconds=seconds)
    return replace(
        stage,
        state="failed",
        seconds=seconds,
        message=one_line(event.message),
        exit_code=event.exit_code,
        step=one_line(event.step) or stage.step,
    )
