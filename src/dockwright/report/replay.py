"""Shows a recorded run again, from the `events.jsonl` of its run directory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

import msgspec

from dockwright.engines.events import Event
from dockwright.errors import UserError
from dockwright.report.state import StageInfo, View
from dockwright.report.terminal import Mode, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of a recording, one JSON object per line.

    A last line without its newline is dropped when it does not parse: the run was killed.
    """
    decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"cannot read {path}: {error.strerror}",
            hint="pass the events.jsonl of a run directory",
        ) from error
    events: list[Event] = []
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        if not line.strip():
            continue
        try:
            events.append(decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if not line.endswith(b"\n"):
                break
            raise UserError(
                f"{path}:{number}: not an event: {error}",
                hint="pass the events.jsonl of a run directory",
            ) from error
    return tuple(events)


def stages_of(events: Iterable[Event]) -> tuple[StageInfo, ...]:
    """The stages of a recording in the order of their first event, with their steps."""
    steps: dict[str, int] = {}
    for event in events:
        if event.stage:
            steps[event.stage] = max(steps.get(event.stage, 0), getattr(event, "total", 0))
    return tuple(StageInfo(name=name, component=name, steps=n) for name, n in steps.items())


def replay(
    path: Path,
    speed: float = 1.0,
    *,
    env: Mapping[str, str],
    stages: Sequence[StageInfo] = (),
    stream: TextIO | None = None,
    mode: Mode = "auto",
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> View:
    """Show a recording as it was, `speed` times as fast (0: without waiting), and its last view.

    `stages` is what the plan says; without it the order and number of stages are the recording's.
    """
    events = read_events(path)
    if not events:
        raise UserError(f"{path} has no events", hint="pass the events.jsonl of a run directory")
    first, begin, reached = events[0].time, monotonic(), events[0].time

    def recorded_now() -> float:
        # Without waiting, time is what the events say.
        return first + (monotonic() - begin) * speed if speed > 0 else reached

    shown = stages or stages_of(events)
    # Ticks of a replay without waits would only make its text depend on the host's speed.
    with terminal(
        shown, env=env, stream=stream, mode=mode, clock=recorded_now, ticks=speed > 0
    ) as emit:
        for event in events:
            reached = max(reached, event.time)
            if speed > 0 and (wait := (event.time - recorded_now()) / speed) > 0:
                sleep(wait)
            emit(event)
        return emit.view
