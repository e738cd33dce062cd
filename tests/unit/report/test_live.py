"""The live screen on a pseudo-terminal, read back by a small terminal emulator."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.engines import events as ev
from dockwright.report import lines
from dockwright.report.human import Style, cells
from dockwright.report.state import fold_all, initial
from dockwright.report.terminal import Reporter, terminal
from tests.unit.report.synthetic import STAGES, START, build
from tests.unit.report.test_state import EVENTS, PLAN

ENV = {"TERM": "xterm-256color"}
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Pty:
    """A terminal of a given size; `text` is all that was written to it."""

    def __init__(self, width: int, height: int) -> None:
        self.main, child = pty.openpty()
        self.stream: TextIO = os.fdopen(child, "w", encoding="utf-8")
        self.resize(width, height)
        self._chunks: list[bytes] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(
            self.stream.fileno(), termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0)
        )

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self.main, 65536)
            except OSError:  # Linux says EIO when the other end is closed
                return
            if not chunk:
                return
            self._chunks.append(chunk)

    def finish(self) -> str:
        self.stream.close()
        self._reader.join(timeout=10)
        os.close(self.main)
        return b"".join(self._chunks).decode()


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


@contextmanager
def live(screen: Pty, env: dict[str, str] | None = None) -> Iterator[tuple[Reporter, Clock]]:
    clock = Clock()
    with terminal(
        STAGES, env=env or ENV, stream=screen.stream, mode="live", clock=clock, ticks=False
    ) as emit:
        yield emit, clock


def play(screen: Pty, events: list[ev.Event], env: dict[str, str] | None = None) -> None:
    with live(screen, env) as (emit, clock):
        for count, event in enumerate(events):
            clock.now = max(clock.now, event.time)
            emit(event)
            if count % 25 == 0:
                emit.tick()
        emit.tick()


def shown(text: str) -> list[str]:
    """Every line that was ever written, drawn or permanent."""
    return [line for line in re.split(r"[\r\n]+", CONTROL.sub("", text)) if line]


def final(text: str) -> list[str]:
    """What is left on an endless screen: enough of an emulator for the codes that we use."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
        match token:
            case "\r":
                column = 0
            case "\n":
                row += 1
                lines += [""] * (row - len(lines) + 1)
            case _ if token.startswith("\x1b["):
                if token[-1] == "A":
                    row = max(0, row - int(token[2:-1] or 1))
                elif token[-1] == "K":
                    lines[row] = ""
            case _:
                lines[row] = lines[row][:column].ljust(column) + token
                column += len(token)
    return [line for line in lines if line]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("fail", [False, True])
def test_no_line_is_wider_than_the_terminal_and_the_cursor_comes_back(
    width: int, *, fail: bool
) -> None:
    screen = Pty(width, 24)
    play(screen, build(fail=fail, many=45))
    text = screen.finish()
    assert max(map(cells, shown(text))) < width
    assert text.count(HIDE) == text.count(SHOW) == 1
    assert text.index(HIDE) < text.index(SHOW)


def test_what_is_left_on_the_screen() -> None:
    screen = Pty(80, 24)
    play(screen, build())
    assert final(screen.finish()) == [
        "= base           cached",
        "= nats           cached",
        "✓ etcd           12.2s",
        "✓ libfabric      22.1s",
        "✓ ucx            33.8s",
        "✓ dynamo_wheels  37.5s",
        "✓ nixl           43.0s",
        "✓ runtime        9.0s",
        "✓ build vllm runtime image  1m 02s",
        "✓ ucx            2 checks",
        "✓ nixl           2 checks",
        "✓ dynamo_wheels  1 check",
        "✓ verify vllm runtime image  5.4s",
    ]


def test_what_runs_is_drawn() -> None:
    screen = Pty(80, 24)
    with live(screen) as (emit, clock):
        for event in build():
            if event.time > START + 15:
                break
            emit(event)
        clock.now = START + 15
        emit.tick()
        os.write(screen.stream.fileno(), b"\n<drawn>\n")
    text = CONTROL.sub("", screen.finish())
    drawn = [line for line in re.split(r"[\r\n]+", text.split("<drawn>")[0]) if line][-5:]
    log = "Building CXX object src/core/CMa…"
    assert [re.sub(r"\[ *\d+%\]", "[ N%]", line) for line in drawn] == [
        f"⠋ ucx              14.4s  4/5 make -j  [ N%] {log}",
        f"⠋ libfabric        14.4s  4/5 make -j  [ N%] {log}",
        f"⠋ nixl             10.0s  4/5 make -j  [ N%] {log}",
        f"⠋ dynamo_wheels     9.8s  4/5 make -j  [ N%] {log}",
        "build vllm runtime image  3/8 stages · 2 cached · 4 running · 15.0s",
    ]


@given(
    st.lists(EVENTS, max_size=30),
    st.integers(19, 250),
    st.integers(4, 60),
    st.builds(Style, unicode=st.booleans()),
)
def test_any_screen_fits(events: list[ev.Event], width: int, height: int, style: Style) -> None:
    view = fold_all(initial(PLAN), events)
    rows = lines.screen(view, view.last, width, height, style)
    assert 1 <= len(rows) < height
    assert max(cells(lines.text(row)) for row in rows) <= width


def test_more_stages_than_lines_are_capped() -> None:
    screen = Pty(80, 10)
    play(screen, build(many=45))
    assert re.search(r"and \d\d more running", screen.finish())


def test_a_resize_erases_what_has_wrapped() -> None:
    screen = Pty(120, 24)
    with live(screen) as (emit, clock):
        for event in build():
            if event.time > START + 15:
                break
            emit(event)
        clock.now = START + 15
        emit.tick()
        screen.resize(40, 24)
        os.write(screen.stream.fileno(), b"<resized>")
        emit.tick()
        screen.resize(1, 1)  # some terminals say so while they start
        emit.tick()
    after = screen.finish().split("<resized>")[1]
    assert max(map(cells, shown(after))) < 40
    # Four lines of 116 columns and a total of 67: nine more lines than were drawn.
    assert after.count("\x1b[1A") >= 9


def test_no_color() -> None:
    screen, coloured = Pty(80, 24), Pty(80, 24)
    play(screen, build(fail=True), ENV | {"NO_COLOR": "1"})
    play(coloured, build(fail=True))
    codes = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")
    plain, rich = screen.finish(), coloured.finish()
    assert not codes.search(plain)
    assert codes.search(rich)
    assert final(plain) == final(rich)


def test_a_ticking_screen_ends_and_leaves_no_thread() -> None:
    screen = Pty(80, 24)
    with terminal(STAGES, env=ENV, stream=screen.stream, mode="live") as emit:
        for event in build()[:200]:
            emit(event)
    emit.close()
    assert screen.finish().count(SHOW) == 1
    assert "dockwright-report" not in {thread.name for thread in threading.enumerate()}


def test_a_lost_terminal_does_not_end_the_build() -> None:
    screen = Pty(80, 24)
    with live(screen) as (emit, _):
        emit(build()[0])
        os.close(os.dup(screen.main))
        screen.stream.close()
        for event in build():
            emit(event)
            emit.tick()
    assert emit.view.ended == 8
    os.close(screen.main)


def test_rich_is_imported_for_a_live_screen_only() -> None:
    code = (
        "import sys, io\n"
        "from dockwright.report import checks, failure, replay, summary, terminal\n"
        "terminal.terminal((), env={}, stream=io.StringIO()).close()\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'rich'])"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    out = subprocess.run(
        [sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True
    )
    assert out.stdout == "[]\n"


def test_the_screen_is_not_taken_before_the_first_event() -> None:
    """What is said before (a preflight's line) is not drawn over and stands alone."""
    screen = Pty(80, 24)
    with live(screen) as (emit, _clock):
        emit.tick()
        os.write(screen.stream.fileno(), b"preflight: 63 inputs are there\n")
        emit(ev.CommandStarted(time=START, purpose="build"))
        emit.tick()
    assert screen.finish().startswith("preflight: 63 inputs are there\r\n")


def test_a_run_without_events_draws_nothing() -> None:
    screen = Pty(80, 24)
    with live(screen) as (emit, _clock):
        emit.tick()
    assert screen.finish() == ""
