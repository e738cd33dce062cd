"""Shows a build while it runs: `terminal(...)` is an `Emit` with a `close()`.

    with terminal(stages, mode="auto", env=os.environ) as emit:
        run(request, emit)

What is printed goes to the stream (stderr by default), never to stdout. A stream that breaks
(a closed pipe, a lost terminal) ends the report, not the build that takes hours.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Literal, Protocol, Self, TextIO, TypeAlias

from dockwright.report.human import is_terminal, style_of
from dockwright.report.plain import Plain
from dockwright.report.state import StageInfo, View, fold, initial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from dockwright.engines.events import Event

Mode: TypeAlias = Literal["auto", "live", "plain", "quiet", "verbose"]

_LIVE_PERIOD = 0.125
_PLAIN_PERIOD = 1.0


class Painter(Protocol):
    """One way to show a view. Calls never overlap."""

    def event(self, before: View, view: View, event: Event) -> None:
        """An event turned one view into the next."""
        ...

    def tick(self, view: View, now: float) -> None:
        """Time passed."""
        ...

    def close(self, view: View, now: float) -> None:
        """Nothing more will come."""
        ...


class Reporter:
    """Folds events into a view and has it painted, one thing at a time, from any thread."""

    def __init__(
        self, view: View, painter: Painter, *, clock: Callable[[], float], period: float | None
    ) -> None:
        self._view = view
        self._painter: Painter | None = painter
        self._clock = clock
        # Reentrant: an interrupt may land inside of a paint, and its handler closes us.
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._ticker: threading.Thread | None = None
        if period is not None:
            self._ticker = threading.Thread(
                target=self._tick_forever, args=(period,), name="dockwright-report", daemon=True
            )
            self._ticker.start()

    @property
    def view(self) -> View:
        """The build as it is now; the summary is made of the last one."""
        return self._view

    def __call__(self, event: Event) -> None:
        """Take one event."""
        with self._lock:
            before, self._view = self._view, fold(self._view, event)
            self._paint(lambda painter: painter.event(before, self._view, event))

    def tick(self) -> None:
        """Let time pass: spinners turn, heartbeats beat. A thread does this; tests may."""
        with self._lock:
            self._paint(lambda painter: painter.tick(self._view, self._now()))

    def close(self) -> None:
        """Stop drawing and give the terminal back. May be called twice."""
        self._closing.set()
        with self._lock:
            self._paint(lambda painter: painter.close(self._view, self._now()))
            self._painter = None
        if self._ticker is not None and self._ticker is not threading.current_thread():
            self._ticker.join(timeout=2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _now(self) -> float:
        """Never before the last event: clocks of engines and of this process may differ."""
        return max(self._clock(), self._view.last)

    def _paint(self, action: Callable[[Painter], None]) -> None:
        if self._painter is None:
            return
        try:
            action(self._painter)
        except (OSError, ValueError):  # ValueError: the stream was closed under us
            self._painter = None

    def _tick_forever(self, period: float) -> None:
        while not self._closing.wait(period):
            self.tick()


def resolve_mode(
    mode: Mode, stream: TextIO, env: Mapping[str, str]
) -> Literal["live", "plain", "quiet", "verbose"]:
    """What `auto` means here. A live screen needs a terminal, however it was asked for.

    `CI` with a terminal (some runners allocate one) records what it shows: plain lines read better.
    """
    if mode != "auto" and mode != "live":  # noqa: PLR1714 (mypy narrows comparisons only)
        return mode
    if not is_terminal(stream, env):
        return "plain"
    recorded = env.get("CI", "").lower() not in {"", "0", "false"}
    return "plain" if mode == "auto" and recorded else "live"


def terminal(
    stages: Sequence[StageInfo],
    *,
    env: Mapping[str, str],
    stream: TextIO | None = None,
    mode: Mode = "auto",
    clock: Callable[[], float] = time.time,
    ticks: bool = True,
) -> Reporter:
    """Show a build of these stages (in the plan's order) on a stream.

    `env` is read for NO_COLOR, TERM and CI. `clock` must be the one of the events' times; without
    `ticks` no thread is started and time passes by `tick()` only.
    """
    stream = sys.stderr if stream is None else stream
    style = style_of(stream, env)
    resolved = resolve_mode(mode, stream, env)
    painter: Painter
    if resolved == "live":
        from dockwright.report.live import Live  # rich takes longer to import than a plan to make

        painter, period = Live(stream, style, env), _LIVE_PERIOD
    else:
        painter, period = Plain(stream, style, resolved), _PLAIN_PERIOD
    return Reporter(initial(stages), painter, clock=clock, period=period if ticks else None)
