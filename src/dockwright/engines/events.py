"""The one event stream. Engines emit it; the terminal, logs, JSON and evidence read it.

Times are seconds since the epoch (`time.time()`), durations are seconds, sizes are bytes.
A `stage` is the name of a stage of the plan; "" means the command itself, not a stage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from dockwright.model.cache import CacheStats


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    time: float
    stage: str = ""


class CommandStarted(_Event, tag="command_started", frozen=True, kw_only=True):
    """An argv of the plan begins: `purpose` is what people read ("build runtime image")."""

    purpose: str


class CommandFinished(_Event, tag="command_finished", frozen=True, kw_only=True):
    purpose: str
    seconds: float
    exit_code: int


class StageStarted(_Event, tag="stage_started", frozen=True, kw_only=True):
    """The first step of a stage began; cached or not is not known yet."""


class StepStarted(_Event, tag="step_started", frozen=True, kw_only=True):
    """A step of a stage began. `name` is its first words, `index`/`total` count from 1."""

    name: str
    index: int = 0
    total: int = 0


class Log(_Event, tag="log", frozen=True, kw_only=True):
    """One line that a step (or, with stage "", the engine) printed, without its newline."""

    line: str


class Progress(_Event, tag="progress", frozen=True, kw_only=True):
    """Bytes of a transfer (`name`: what is moved). `total` is 0 when it is not known."""

    name: str
    current: int
    total: int = 0


class StageCached(_Event, tag="stage_cached", frozen=True, kw_only=True):
    """Every step of the stage came from the engine's cache. Ends the stage."""


class StageFinished(_Event, tag="stage_finished", frozen=True, kw_only=True):
    """The stage ended well and executed at least one step."""

    seconds: float


class StageFailed(_Event, tag="stage_failed", frozen=True, kw_only=True):
    """A step of the stage failed. `step` is its first words."""

    seconds: float
    message: str
    step: str = ""
    exit_code: int = 1


class CheckDone(_Event, tag="check_done", frozen=True, kw_only=True):
    """One declared check ran inside the image (see evidence/verify)."""

    component: str
    check: str
    ok: bool
    seconds: float
    detail: str = ""


class CacheUsed(_Event, tag="cache_used", frozen=True, kw_only=True):
    """What the compiler cache did for the step of a stage that just ended.

    `state` is used, failed (it never worked) or lost (it ended before the step); `reason` says why.
    """

    component: str
    state: str
    backend: str = ""
    reason: str = ""
    stats: CacheStats | None = None


Event: TypeAlias = (
    CommandStarted
    | CommandFinished
    | StageStarted
    | StepStarted
    | Log
    | Progress
    | StageCached
    | StageFinished
    | StageFailed
    | CheckDone
    | CacheUsed
)

Emit: TypeAlias = Callable[[Event], None]
