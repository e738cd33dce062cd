"""Reads `--progress=rawjson`: BuildKit's own status stream, one JSON object per line.

BuildKit knows vertexes (operations of its graph), not stages. The Dockerfile front end names a
vertex `[runtime 3/8] RUN make`; that name is the only link to a stage. What follows from it:

- Vertexes with another name (`[internal] load build definition`, `exporting to …`) belong to the
  command itself: stage "".
- Two stages with an identical operation share one vertex, which bears one of the two names. So a
  stage may lack vertexes, even all of them (then nothing is said about it).
- A vertex whose result nobody had to look at (its successor was in the cache) never starts.

The state below is all there is; nothing here reads a clock, the host or the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from dockwright.engines.events import (
    Event,
    Log,
    Progress,
    StageCached,
    StageFailed,
    StageFinished,
    StageStarted,
    StepStarted,
)

# "[linux/amd64 runtime  3/10] RUN …": the platform is there when several were asked for.
_NAME = re.compile(
    r"\[(?:[^\s\]]+ )*?(?P<stage>[^\s\]]+) +(?P<index>\d+)/(?P<total>\d+)\] (?P<rest>.*)", re.DOTALL
)
_EXIT_CODE = re.compile(r"did not complete successfully: exit code: (\d+)")
_STEP_NAME_LENGTH = 100


class _Vertex(msgspec.Struct, frozen=True):
    digest: str = ""
    name: str = ""
    started: datetime | None = None
    completed: datetime | None = None
    cached: bool = False
    error: str = ""


class _Status(msgspec.Struct, frozen=True):
    id: str = ""
    vertex: str = ""
    current: int = 0
    total: int = 0
    timestamp: datetime | None = None
    completed: datetime | None = None


class _LogChunk(msgspec.Struct, frozen=True):
    vertex: str = ""
    stream: int = 1
    data: bytes | None = b""
    timestamp: datetime | None = None


class _Warning(msgspec.Struct, frozen=True):
    vertex: str = ""
    short: bytes | None = b""
    url: str = ""


class _SolveStatus(msgspec.Struct, frozen=True):
    vertexes: tuple[_Vertex, ...] = ()
    statuses: tuple[_Status, ...] = ()
    logs: tuple[_LogChunk, ...] = ()
    warnings: tuple[_Warning, ...] = ()


@dataclass(slots=True)
class _Step:
    """What is known of one vertex."""

    stage: str
    name: str
    index: int
    total: int
    announced: bool = False
    completed: bool = False
    ended: bool = False
    cached: bool = False
    started: float | None = None

    @property
    def executes(self) -> bool:
        """Whether it does work of its own: the base of a stage is only looked up."""
        return not self.name.startswith("FROM ")


@dataclass(slots=True)
class _Stage:
    """What is known of one stage. `ended` is set by its last event."""

    steps: dict[str, _Step] = field(default_factory=dict)
    first: float | None = None
    last: float = 0.0
    ended: bool = False
    failed: bool = False

    @property
    def idle(self) -> bool:
        return all(step.completed or step.started is None for step in self.steps.values())

    @property
    def complete(self) -> bool:
        """Every step that is known has ended."""
        return all(step.completed for step in self.steps.values())

    @property
    def last_step_done(self) -> bool:
        """The step on which the stage's result depends has ended, so the stage has.

        That is the step with the highest number: its number need not be the total, because a base
        that comes from an OCI layout counts as a step but has no vertex of this stage.
        """
        highest = max(step.index for step in self.steps.values())
        return all(step.completed for step in self.steps.values() if step.index == highest)

    @property
    def cached(self) -> bool:
        ended = [step for step in self.steps.values() if step.completed]
        working = [step for step in ended if step.executes]
        return all(step.cached for step in working or ended)


class Reader:
    """Turns status objects into events; one per process that prints the stream."""

    def __init__(self, stages: Iterable[str], *, start: float = 0.0) -> None:
        # The front end lowers the case of stage names.
        self._names = {name.lower(): name for name in stages}
        self._steps: dict[str, _Step] = {}
        self._stages: dict[str, _Stage] = {}
        self._partial: dict[tuple[str, int], bytes] = {}
        self._progress: dict[tuple[str, str], tuple[int, int]] = {}
        self._now = start
        self._decode = msgspec.json.Decoder(_SolveStatus).decode

    def feed(self, line: str) -> Iterator[Event]:
        """Events of one line of output. A line that is not a status is a log line of buildx."""
        line = line.rstrip("\r\n")
        if not line.strip():
            return
        try:
            if not line.startswith("{"):
                raise msgspec.DecodeError("not an object")
            status = self._decode(line)
        except (msgspec.DecodeError, UnicodeError):
            yield Log(time=self._now, line=line)
            return
        # One object may hold the start, the output and the end of the same vertex: in that order.
        for vertex in status.vertexes:
            yield from self._begin(vertex)
        for progress in status.statuses:
            yield from self._transfer(progress)
        for chunk in status.logs:
            yield from self._log(chunk)
        for warning in status.warnings:
            text = (warning.short or b"").decode("utf-8", "replace")
            yield Log(time=self._now, stage=self._stage_of(warning.vertex), line=f"warning: {text}")
        for vertex in status.vertexes:
            yield from self._end(vertex)
        for name in dict.fromkeys(self._stage_of(vertex.digest) for vertex in status.vertexes):
            if name and self._stages[name].last_step_done and self._stages[name].idle:
                yield from self._close(name)

    def finish(self) -> Iterator[Event]:
        """Events of the end of the stream. Stages that did not come to their end stay open."""
        for (vertex, stream), _rest in list(self._partial.items()):
            yield from self._flush(vertex, stream)
        for name, stage in self._stages.items():
            if stage.complete:
                yield from self._close(name)

    def _stage_of(self, vertex: str) -> str:
        step = self._steps.get(vertex)
        return step.stage if step else ""

    def _seen(self, moment: datetime | None) -> float:
        """The time of an event: its own, or the last that was seen."""
        if moment is not None:
            self._now = max(self._now, moment.timestamp())
            return moment.timestamp()
        return self._now

    def _begin(self, vertex: _Vertex) -> Iterator[Event]:
        step = self._steps.get(vertex.digest)
        if step is None:
            step = self._steps[vertex.digest] = self._parse(vertex.name)
        if step.stage:
            self._stages.setdefault(step.stage, _Stage()).steps[vertex.digest] = step
        if vertex.started is None:
            return
        time = self._seen(vertex.started)
        if step.started is None:
            step.started = time
        if vertex.completed is None:
            step.completed = False  # it goes on: `COPY --link` ends once more when it is merged
        if not step.stage:
            return
        stage = self._stages[step.stage]
        if stage.first is None:
            stage.first = time
            yield StageStarted(time=time, stage=step.stage)
        # "LINK COPY …" only merges what the `COPY --link` before it made: not a step of its own.
        if not step.announced and not vertex.cached and not step.name.startswith("LINK "):
            step.announced = True
            yield StepStarted(
                time=time, stage=step.stage, name=step.name, index=step.index, total=step.total
            )

    def _end(self, vertex: _Vertex) -> Iterator[Event]:
        if vertex.completed is None:
            return
        step = self._steps[vertex.digest]
        time = self._seen(vertex.completed)
        # BuildKit may report a vertex several times: cached once is cached, run once is run.
        step.cached = vertex.cached if not step.ended else step.cached and vertex.cached
        step.ended = True
        step.completed = True
        for key in [key for key in self._partial if key[0] == vertex.digest]:
            yield from self._flush(*key)
        if not step.stage:
            return
        stage = self._stages[step.stage]
        stage.last = max(stage.last, time)
        if not vertex.error:
            return
        # When a step fails, all others that run are cancelled: they did not fail.
        if vertex.error.endswith("context canceled") or stage.failed:
            step.completed = False
            return
        stage.ended = stage.failed = True
        code = _EXIT_CODE.search(vertex.error)
        yield StageFailed(
            time=time,
            stage=step.stage,
            seconds=max(0.0, time - (stage.first or time)),
            # BuildKit's text repeats the whole script of the step before its exit code.
            message=f"exit code {code[1]}" if code else vertex.error,
            step=step.name,
            exit_code=int(code[1]) if code else 1,
        )

    def _close(self, name: str) -> Iterator[Event]:
        stage = self._stages[name]
        if stage.ended or stage.first is None:
            return
        stage.ended = True
        if stage.cached:
            yield StageCached(time=stage.last, stage=name)
        else:
            yield StageFinished(
                time=stage.last, stage=name, seconds=max(0.0, stage.last - stage.first)
            )

    def _transfer(self, status: _Status) -> Iterator[Event]:
        time = self._seen(status.timestamp)
        key, value = (status.vertex, status.id), (status.current, status.total)
        # Named phases ("extracting …") come without numbers, and every value comes twice.
        if value == (0, 0) or self._progress.get(key) == value:
            return
        self._progress[key] = value
        yield Progress(
            time=time,
            stage=self._stage_of(status.vertex),
            name=status.id,
            current=status.current,
            total=status.total,
        )

    def _log(self, chunk: _LogChunk) -> Iterator[Event]:
        time = self._seen(chunk.timestamp)
        key = (chunk.vertex, chunk.stream)
        *lines, rest = (self._partial.pop(key, b"") + (chunk.data or b"")).split(b"\n")
        if rest:
            self._partial[key] = rest
        for line in lines:
            yield Log(time=time, stage=self._stage_of(chunk.vertex), line=_text(line))

    def _flush(self, vertex: str, stream: int) -> Iterator[Event]:
        rest = self._partial.pop((vertex, stream), b"")
        if rest:
            yield Log(time=self._now, stage=self._stage_of(vertex), line=_text(rest))

    def _parse(self, name: str) -> _Step:
        found = _NAME.match(name)
        stage = self._names.get(found["stage"].lower(), "") if found else ""
        if found is None or not stage:
            return _Step(stage="", name=_short(name), index=0, total=0)
        return _Step(
            stage=stage,
            name=_short(found["rest"]),
            index=int(found["index"]),
            total=int(found["total"]),
        )


def read(lines: Iterable[str], stages: Iterable[str], *, start: float = 0.0) -> Iterator[Event]:
    """Events of a whole stream, as it arrives."""
    reader = Reader(stages, start=start)
    for line in lines:
        yield from reader.feed(line)
    yield from reader.finish()


def _text(line: bytes) -> str:
    """A line as a terminal would leave it: after a progress bar only its last state counts."""
    parts = [part for part in line.rstrip(b"\r").split(b"\r") if part]
    return (parts[-1] if parts else b"").decode("utf-8", "replace")


def _short(name: str) -> str:
    """The first words of a step; a script in its text begins at the first line end."""
    words = " ".join(name.split("\n", 1)[0].split())
    return words if len(words) <= _STEP_NAME_LENGTH else words[: _STEP_NAME_LENGTH - 1] + "…"
