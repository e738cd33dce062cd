"""The live screen: what runs now, below what has ended. The only module that imports rich."""

from __future__ import annotations

import atexit
import os
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, ConsoleDimensions, Group
from rich.control import Control
from rich.live import Live as RichLive
from rich.segment import ControlType
from rich.text import Text

from dockwright.engines import events as ev
from dockwright.report import lines
from dockwright.report.human import cells, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dockwright.report.human import Style
    from dockwright.report.lines import Row
    from dockwright.report.state import View

_SMALLEST = 20


class Live:
    """Redraws at ticks only, so a million log lines cost nothing; ended stages scroll up."""

    def __init__(self, stream: TextIO, style: Style, env: Mapping[str, str]) -> None:
        self._stream = stream
        self._style = style
        self._drawn: tuple[Row, ...] = ()
        self._size = self._measure()
        self._checks: list[ev.CheckDone] = []
        self._console = Console(
            file=stream,
            force_terminal=True,
            legacy_windows=False,
            no_color=not style.colour,
            highlight=False,
            markup=False,
            emoji=False,
            width=self._size[0],
            height=self._size[1],
            _environ=env,
        )
        self._live = RichLive(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            get_renderable=self._renderable,
        )
        self._started = False

    def event(self, before: View, view: View, event: ev.Event) -> None:
        """Let what has ended scroll up; the rest waits for the next tick."""
        self._begin()
        names = lines.name_width(stage.name for stage in view.stages)
        names = min(names, max(8, self._size[0] // 4))
        if self._checks and lines.ends_checks(self._checks, event):
            self._flush_checks(names)
        match event:
            case ev.StageCached() | ev.StageFinished() | ev.StageFailed():
                old, new = before.stage(event.stage), view.stage(event.stage)
                if new is not None and new.name and old != new:
                    self._print(lines.outcome(new, names, self._style))
            case ev.CommandFinished():
                gone = lines.given_up(before, view)
                for row in lines.stopped(gone, event.time, names, self._style):
                    self._print(row)
                self._print(
                    lines.command_end(event.purpose, event.seconds, event.exit_code, self._style)
                )
            case ev.CheckDone():
                self._checks.append(event)
                if not event.ok:
                    self._print(lines.check(event, self._style))
            case _:
                pass

    def tick(self, view: View, now: float) -> None:
        """Draw the live part again."""
        if not self._started:
            return
        self._resize()
        width, height = self._size
        # One column stays free: a full line leaves some terminals in the next one.
        self._drawn = lines.screen(view, now, width - 1, height, self._style)
        self._live.refresh()

    def close(self, view: View, now: float) -> None:
        """Remove the live part, tell what did not end, give the cursor back."""
        names = lines.name_width(stage.name for stage in view.stages)
        try:
            if self._checks:
                self._flush_checks(names)
            for row in lines.stopped(view.running, now, names, self._style):
                self._print(row)
        finally:
            self._drawn = ()
            self._live.stop()
            atexit.unregister(self._restore)

    def _begin(self) -> None:
        """Take the screen at the first event: until then others may write on it."""
        if self._started:
            return
        self._started = True
        self._live.start()
        # A crash between two events must not leave the person without a cursor.
        atexit.register(self._restore)

    def _restore(self) -> None:
        with suppress(OSError, ValueError):  # the terminal is gone, and nobody misses its cursor
            self._live.stop()

    def _flush_checks(self, names: int) -> None:
        for row in lines.check_groups(self._checks, names, self._style):
            self._print(row)
        self._checks.clear()

    def _print(self, row: Row) -> None:
        self._resize()
        self._console.print(self._text(row), no_wrap=True, overflow="crop", crop=True)

    def _text(self, row: Row) -> Text:
        safe = tuple((printable(part), look) for part, look in row)
        return Text.assemble(
            *lines.fit(safe, self._size[0] - 1, self._style), no_wrap=True, overflow="crop"
        )

    def _renderable(self) -> Group:
        return Group(*(self._text(row) for row in self._drawn))

    def _measure(self) -> tuple[int, int]:
        """The size of our own stream's terminal: rich would ask the one of standard input."""
        try:
            width, height = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            width, height = 80, 24
        return max(_SMALLEST, width or 80), max(4, height or 24)

    def _resize(self) -> None:
        size = self._measure()
        if size == self._size:
            return
        # A narrower terminal has wrapped what we drew; without this its first lines would stay.
        extra = _wrapped(self._drawn, size[0]) if size[0] < self._size[0] else 0
        self._size = size
        self._console.size = ConsoleDimensions(*size)
        if extra:
            up = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
            self._console.control(
                Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2), *up * extra)
            )


def _wrapped(rows: Sequence[Row], width: int) -> int:
    """How many more lines the rows take on a terminal of that width."""
    return sum(max(0, cells(lines.text(row)) - 1) // width for row in rows)
