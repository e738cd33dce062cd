"""What `buildah build` prints, turned into events. Pure: lines in, events out.

buildah runs the stages of a text in parallel (`--jobs`) and mixes what they print:

    [2/4] STEP 1/3: FROM … AS name      a step begins; says its stage
    name| ::dockwright::start 2         the script of step 2 really runs (our own marker)
    name| any line                      printed by that script
    name| ::dockwright::end 2 0         the script ended, with this exit code (our own marker)
    --> Using cache <id>                a step came from the cache; does not say whose
    --> <id>                            a step was committed; does not say whose
    Error: building at STEP "RUN …": …  the text of the step, over several lines

The two `-->` lines are outcomes without an owner. Whose they are is found by elimination: a step
has exactly one outcome, between its own STEP line and the next one of its stage; a script that
printed its start marker was not cached; one that printed no end marker is not committed. What
is still undecided when the output ends is settled in the order of the STEP lines.

After a step that was executed, buildah takes no later step of that stage from the cache. So a
script that came from the cache says that all before it did, too, and one that ran says that nothing
after it did.

Limits, on purpose: whether a *script* ran is always right, because markers carry the name of the
stage. When several stages end in COPY-like steps at the same moment and some of them were cached,
the cached and the executed one may be exchanged. Stages that were stopped because another one
failed get no event of their own: the end of the command ends them.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from dockwright.engines.buildah_text import ERROR_END, plain, reason_of, step_name
from dockwright.engines.events import (
    Event,
    Log,
    StageCached,
    StageFailed,
    StageFinished,
    StageStarted,
    StepStarted,
)

_STEP = re.compile(
    r"^(?:\[[a-z][a-z0-9]*/[^\]]+\] )?(?:\[(?P<stage>\d+)/\d+\] )?"
    r"STEP (?P<index>\d+)/(?P<total>\d+): (?P<text>.*)$"
)
_FROM_NAME = re.compile(r"\bAS\s+(\S+)\s*$", re.IGNORECASE)
_COPY_FROM = re.compile(r"^(?:COPY|ADD)\b.*?--from=(\S+)", re.IGNORECASE)
_OUTCOME = re.compile(r"^--> (?P<cached>Using cache )?(?P<id>[0-9a-f]{11,64})$")
_MARK = "::dockwright::"
_MARKER = re.compile(r"^::dockwright::(?P<what>start|end) (?P<step>\d+)(?: (?P<code>\d+))?$")
_ERROR_STEP = re.compile(r'^Error: (?:building at STEP "|committing container for step \{)')
_ERROR_LINES = 2000
"""A failing script is repeated whole inside the error; more lines than this is not one."""


@dataclass(kw_only=True, slots=True)
class _Stage:
    """How far one stage is. `pending`: its current step has no outcome yet.

    `missed`: a script of it ran before the current step, so the cache has nothing more for it.
    """

    name: str
    index: int = 0
    total: int = 0
    text: str = ""
    began: float = 0.0
    busy: float = 0.0
    waits_for: str = ""
    pending: bool = False
    ran: bool = False
    ended: bool = False
    executed: bool = False
    missed: bool = False
    done_at: float = 0.0

    @property
    def is_from_only(self) -> bool:
        return self.total == 1

    def leave_step(self) -> None:
        """Draw what follows for the whole stage from whether the current script ran."""
        if self.ran:
            self.missed = True
        elif _MARK in self.text:
            self.executed = False

    def may_own(self, *, cached: bool) -> bool:
        """Whether the current step can have come to this end."""
        if not self.pending:
            return False
        if cached:
            return not self.ran and not self.missed and not self.is_from_only
        # A script that has not said that it ended well is not committed.
        return self.ended or not (self.ran or _MARK in self.text)


@dataclass(kw_only=True, slots=True)
class _Outcome:
    """A `-->` line whose owner is not known yet: the steps that it may belong to."""

    cached: bool
    time: float
    steps: set[tuple[str, int]]


@dataclass(kw_only=True, slots=True)
class _Reader:
    order: Sequence[str]
    clock: Callable[[], float]
    stages: dict[str, _Stage] = field(default_factory=dict)
    pool: list[_Outcome] = field(default_factory=list)
    echoes: Counter[str] = field(default_factory=Counter)
    failed: bool = False
    error: list[str] = field(default_factory=list)
    last: str = ""

    def line(self, line: str) -> Iterator[Event]:
        line = line.rstrip("\r\n")
        now = self.clock()
        if self.error:
            self.error.append(line)
            if ERROR_END.search(line) or len(self.error) > _ERROR_LINES:
                yield from self.error_ended(now)
            return
        if split := self.torn(line):
            # Two stages wrote at once: a marker follows the unfinished line of another stage.
            yield from self.line(line[:split])
            line = line[split:]
        name, mark, rest = line.partition("| ")
        if mark and self.is_stage(name):
            yield from self.own_line(name, rest, now)
        elif match := _STEP.match(line):
            yield from self.step(match, now)
        elif match := _OUTCOME.match(line):
            yield from self.outcome(match, now)
        elif _ERROR_STEP.match(line):
            # A script is repeated whole, so the error may go on; at the latest the end ends it.
            self.error = [line]
            if ERROR_END.search(line):
                yield from self.error_ended(now)
        else:
            # `line|` alone is an empty line of a script whose blank was trimmed.
            if line.endswith("|") and self.is_stage(line[:-1]):
                yield Log(time=now, stage=line[:-1], line="")
                return
            self.failed = self.failed or line.startswith("Error: ")
            yield Log(time=now, line=line)

    def is_stage(self, name: str) -> bool:
        return name in self.stages or name in self.order

    def torn(self, line: str) -> int:
        """Where a marker begins inside a line; 0 when it does not."""
        head = line.partition(f"| {_MARK}")[0]
        if head == line or self.is_stage(head) or _STEP.match(line):
            return 0
        names = [name for name in {*self.order, *self.stages} if head.endswith(name)]
        return len(head) - max(map(len, names), default=len(head))

    def own_line(self, name: str, rest: str, now: float) -> Iterator[Event]:
        marker = _MARKER.match(rest)
        if marker is None:
            yield Log(time=now, stage=name, line=rest)
            return
        stage = self.stages.get(name)
        if stage is None:
            return
        stage.ran = True
        if marker["what"] == "start":
            yield from self.settle()
            return
        code = int(marker["code"] or 0)
        stage.ended = code == 0
        if code and not self.failed:
            yield self.fail(stage, now, code, f"exit code {code}")

    def step(self, match: re.Match[str], now: float) -> Iterator[Event]:
        index, total, text = int(match["index"]), int(match["total"]), match["text"]
        name = self.stage_name(int(match["stage"] or 1), index, text)
        stage = self.stages.get(name)
        if stage is None or index == 1:
            stage = self.stages[name] = _Stage(name=name, began=now)
            yield StageStarted(time=now, stage=name)
        elif stage.pending:
            yield from self.own(stage)
        stage.busy += 0.0 if index == 1 else self.took(stage, now)
        stage.leave_step()
        copy = _COPY_FROM.match(text)
        stage.index, stage.total, stage.text = index, total, text
        stage.began, stage.ran, stage.ended = now, False, False
        stage.waits_for = copy[1] if copy else ""
        stage.pending = index > 1 or stage.is_from_only
        yield StepStarted(time=now, stage=name, name=step_name(text), index=index, total=total)

    def stage_name(self, number: int, index: int, text: str) -> str:
        """Only the first step says the name; later ones only the number of the stage."""
        if index == 1 and (match := _FROM_NAME.search(text)):
            self.order = _with(self.order, number, match[1])
            return match[1]
        return self.order[number - 1] if number <= len(self.order) else f"stage {number}"

    def took(self, stage: _Stage, now: float) -> float:
        """Seconds of the current step, without the time it waited for the stage it copies from."""
        source = self.stages.get(stage.waits_for)
        waited_until = source.done_at if source is not None else 0.0
        return max(0.0, now - max(stage.began, waited_until))

    def outcome(self, match: re.Match[str], now: float) -> Iterator[Event]:
        cached, short = bool(match["cached"]), match["id"][:11]
        if cached:
            self.echoes[short] += 1
        elif self.echoes[short]:
            # The same identity again, right after `Using cache`: it says nothing new.
            self.echoes[short] -= 1
            return
        steps = {
            (stage.name, stage.index)
            for stage in self.stages.values()
            if stage.may_own(cached=cached) and not self.is_waiting(stage)
        }
        self.pool.append(_Outcome(cached=cached, time=now, steps=steps))
        yield from self.settle()

    def settle(self) -> Iterator[Event]:
        """Give each outcome that has one possible owner to it, until nothing changes."""
        changed = True
        while changed:
            changed = False
            for outcome in tuple(self.pool):
                owners = self.owners(outcome)
                twins = [
                    other
                    for other in self.pool
                    if other.cached is outcome.cached and self.owners(other) <= owners
                ]
                if not owners:
                    self.pool.remove(outcome)
                    changed = True
                elif len(owners) <= len(twins):
                    # As many outcomes of one kind as steps that can own them: all are decided.
                    yield from self.give(outcome, min(owners))
                    changed = True
                    break

    def owners(self, outcome: _Outcome) -> set[str]:
        names = set()
        for name, index in outcome.steps:
            stage = self.stages[name]
            if stage.index == index and stage.may_own(cached=outcome.cached):
                names.add(name)
        return names

    def is_waiting(self, stage: _Stage) -> bool:
        """Whether the stage copies from one that cannot have ended yet."""
        if stage.waits_for not in self.order and stage.waits_for not in self.stages:
            return False
        source = self.stages.get(stage.waits_for)
        if source is None or source.index < source.total:
            return True
        last = (source.name, source.total)
        return not source.done_at and not any(last in outcome.steps for outcome in self.pool)

    def own(self, stage: _Stage) -> Iterator[Event]:
        """The stage went on, so one of the undecided outcomes was its own: the oldest that fits."""
        fitting = [outcome for outcome in self.pool if stage.name in self.owners(outcome)]
        if fitting:
            yield from self.give(fitting[0], stage.name)
        stage.pending = False
        yield from self.settle()

    def give(self, outcome: _Outcome, name: str) -> Iterator[Event]:
        self.pool.remove(outcome)
        stage = self.stages[name]
        stage.pending = False
        if not outcome.cached and not stage.is_from_only:
            stage.executed = True
        if stage.index == stage.total:
            yield from self.finish(stage, outcome.time)

    def finish(self, stage: _Stage, now: float) -> Iterator[Event]:
        stage.done_at = now
        stage.leave_step()
        if stage.executed or stage.missed:
            seconds = stage.busy + self.took(stage, now)
            yield StageFinished(time=now, stage=stage.name, seconds=round(seconds, 3))
        else:
            yield StageCached(time=now, stage=stage.name)

    def error_ended(self, now: float) -> Iterator[Event]:
        whole = "\n".join(self.error)
        self.error = []
        text, reason, code = reason_of(whole)
        yield Log(time=now, line=f"Error: {step_name(text)}: {reason}")
        if self.failed:
            return
        wanted = plain(text)
        alive = [stage for stage in self.stages.values() if stage.pending]
        same = [stage for stage in alive if plain(stage.text)[:200] == wanted[:200]]
        self.failed = True
        for stage in same[:1] or (alive if len(alive) == 1 else []):
            yield self.fail(stage, now, code, reason)

    def fail(self, stage: _Stage, now: float, code: int, message: str) -> Event:
        self.failed = True
        stage.pending = False
        return StageFailed(
            time=now,
            stage=stage.name,
            seconds=round(stage.busy + self.took(stage, now), 3),
            message=message,
            step=step_name(stage.text),
            exit_code=code,
        )

    def end(self) -> Iterator[Event]:
        """The output ended. If nothing failed, every open step ended well."""
        now = self.clock()
        if self.error:
            yield from self.error_ended(now)
        if self.failed:
            return
        for stage in sorted(self.stages.values(), key=lambda each: each.began):
            if not stage.pending:
                continue
            yield from self.own(stage)
            if stage.index == stage.total and not stage.done_at:
                yield from self.finish(stage, now)


def _with(order: Sequence[str], number: int, name: str) -> tuple[str, ...]:
    names = [*order, *(f"stage {n + 1}" for n in range(len(order), number))]
    names[number - 1] = name
    return tuple(names)


def read_output(
    lines: Iterable[str], stages: Sequence[str] = (), *, clock: Callable[[], float] = time.time
) -> Iterator[Event]:
    """The events of one `buildah build`. `stages`: the names, in the order of the text."""
    reader = _Reader(order=tuple(stages), clock=clock)
    for line in lines:
        yield from reader.line(line)
    yield from reader.end()
