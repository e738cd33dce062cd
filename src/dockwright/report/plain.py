"""Lines for logs: what a CI system records, and what `--verbose` and `--quiet` print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

from dockwright.engines import events as ev
from dockwright.report import lines
from dockwright.report.human import clean, clip, duration, pad, plural, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockwright.report.human import Style
    from dockwright.report.state import StageView, View

Detail: TypeAlias = Literal["quiet", "plain", "verbose"]
HEARTBEAT = 30.0
"""Seconds without a line after which a log says that the build is alive."""
_STEP_WIDTH = 100
_ENGINE = "engine"


class Plain:
    """Prints each event when it happens; nothing is ever rewritten."""

    def __init__(self, stream: TextIO, style: Style, detail: Detail) -> None:
        self._stream = stream
        self._style = style
        self._detail = detail
        self._announced: set[str] = set()
        self._checks: list[ev.CheckDone] = []
        self._spoke: float | None = None

    def event(self, before: View, view: View, event: ev.Event) -> None:
        """Print what the event changed."""
        if self._spoke is None:
            self._spoke = event.time
        width = self._width(view)
        if self._checks and lines.ends_checks(self._checks, event):
            self._flush_checks(view, event.time)
        match event:
            case ev.CommandStarted():
                fresh = view.total and view.count("waiting") == view.total
                count = f" ({plural(view.total, 'stage')})" if fresh else ""
                self._say(view, event.time, f"{self._style.started} {event.purpose}{count}")
            case ev.CommandFinished():
                self._stopped(view, lines.given_up(before, view), event.time)
                row = lines.command_end(event.purpose, event.seconds, event.exit_code, self._style)
                self._say(view, event.time, lines.text(row))
            case ev.StepStarted():
                self._step(view, event, width)
            case ev.Log() if self._detail == "verbose":
                self._announce(view, event)
                name = pad(event.stage or _ENGINE, width, self._style.ellipsis)
                self._say(view, event.time, f"  {name}  | {clean(event.line)}".rstrip())
            case ev.StageCached() | ev.StageFinished() | ev.StageFailed():
                self._announced.discard(event.stage)
                self._ended(before.stage(event.stage), view.stage(event.stage), view, event.time)
            case ev.CheckDone():
                self._check(view, event)
            case _:
                pass

    def tick(self, view: View, now: float) -> None:
        """Say that the build is alive when nothing has been printed for a while."""
        if self._detail == "quiet" or self._spoke is None or now - self._spoke < HEARTBEAT:
            return
        if view.running or view.engine.state == "running":
            self._say(view, now, f"  {lines.heartbeat(view, now, self._style)}")

    def close(self, view: View, now: float) -> None:
        """Print what is left: checks, and stages that did not end."""
        if self._checks:
            self._flush_checks(view, now)
        self._stopped(view, view.running, now)

    def _ended(self, old: StageView | None, new: StageView | None, view: View, time: float) -> None:
        """Tell an end once: a second command that finds the stage cached changes nothing."""
        if new is not None and new.name and old != new:
            row = lines.outcome(new, self._width(view), self._style, words=True)
            self._say(view, time, lines.text(row), always=new.state == "failed")

    def _stopped(self, view: View, stages: Sequence[StageView], now: float) -> None:
        for row in lines.stopped(stages, now, self._width(view), self._style):
            self._say(view, now, lines.text(row))

    def _width(self, view: View) -> int:
        engine = (_ENGINE,) if self._detail == "verbose" else ()
        return lines.name_width((*engine, *(stage.name for stage in view.stages)))

    def _say(self, view: View, time: float, line: str, *, always: bool = False) -> None:
        if self._detail == "quiet" and not always:
            return
        # Names and purposes are words of others too: one event must stay one line.
        self._stream.write(f"[{duration(view.elapsed(time)):>7}] {printable(line)}\n")
        self._stream.flush()
        self._spoke = time if self._spoke is None else max(self._spoke, time)

    def _announce(self, view: View, event: ev.Log) -> None:
        """A stage that prints before its first step has begun all the same."""
        if event.stage and event.stage not in self._announced:
            self._announced.add(event.stage)
            name = pad(event.stage, self._width(view), self._style.ellipsis)
            self._say(view, event.time, f"{self._style.started} {name}  started")

    def _step(self, view: View, event: ev.StepStarted, width: int) -> None:
        """The line of a step; that of the first step is also the one of its stage's start.

        Stages that turn out to be cached are announced by engines too. A line for the start alone
        would add one line per stage that says nothing.
        """
        stage = view.stage(event.stage)
        if stage is None or not stage.name or stage.state != "running":
            return
        name = pad(stage.name, width, self._style.ellipsis)
        said = clip(stage.progress, _STEP_WIDTH, self._style.ellipsis)
        if stage.name in self._announced:
            self._say(view, event.time, f"  {name}  {said}")
        else:
            self._announced.add(stage.name)
            self._say(view, event.time, f"{self._style.started} {name}  started: {said}")

    def _check(self, view: View, event: ev.CheckDone) -> None:
        if self._detail == "verbose" or not event.ok:
            row = lines.check(event, self._style)
            self._say(view, event.time, lines.text(row), always=not event.ok)
        if self._detail != "verbose":
            self._checks.append(event)

    def _flush_checks(self, view: View, time: float) -> None:
        width = lines.name_width(
            {stage.name for stage in view.stages} | {event.component for event in view.checks}
        )
        for row in lines.check_groups(self._checks, width, self._style):
            self._say(view, time, lines.text(row))
        self._checks.clear()
