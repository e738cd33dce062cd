"""Executes a schedule: writes its files, runs its commands in order, keeps the run's record.

A run directory holds `plan.json`, `Dockerfile`, one log for each command and stage, `events.jsonl`
and `result.json`. It lies outside any build context.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

import msgspec

from dockwright.engines.api import Command, Engine, Image, Request
from dockwright.engines.events import CacheUsed, CheckDone, Emit, Event, Log, StageCached
from dockwright.engines.execute import execute
from dockwright.engines.objects import write_whole
from dockwright.engines.oci import read_layout
from dockwright.engines.schedule import Job, Places, Schedule, stages_of
from dockwright.engines.steps import Namer
from dockwright.engines.uptodate import forget, made, remember
from dockwright.engines.view import write_view
from dockwright.errors import DockwrightError, EngineError
from dockwright.model.cache import read_stats
from dockwright.model.plan import LayoutImage, RegistryImage, encode
from dockwright.planning import names
from dockwright.rendering.dockerfile import MARKER

_CHECK = f"{MARKER}check "
_CACHE = f"{MARKER}cache "


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished build left: the image, the checks' results, and where the record is."""

    image: Image | None
    checks: tuple[CheckDone, ...]
    run_directory: Path
    up_to_date: bool = False


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """A result as the verifier writes it."""

    component: str
    check: str
    ok: bool
    seconds: float
    detail: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The file that the verifier leaves."""

    ok: bool
    seconds: float
    checks: tuple[CheckRow, ...]


def run(
    scheduled: Schedule,
    engine: Engine,
    emit: Emit,
    *,
    run_directory: Path,
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    now: Callable[[], float],
    fresh: bool = False,
    before: Callable[[], None] = lambda: None,
) -> Outcome:
    """Execute a schedule, unless its image is there already (engines/uptodate.py); `fresh` always.

    `before` is called when there is something to do, before the first command; what it raises
    ends the run. Raises what `execute` raises; the engine keeps what was built so far.
    """
    there = None if fresh else made(scheduled, engine)
    if not there:
        before()
    prepare(scheduled)
    with _writable(run_directory):
        run_directory.mkdir(parents=True, exist_ok=True)
        (run_directory / "plan.json").write_bytes(encode(scheduled.plan))
        shutil.copyfile(scheduled.folder / "Dockerfile", run_directory / "Dockerfile")
    if there:
        for name in stages_of(scheduled):
            emit(StageCached(time=now(), stage=name))
        return _finish(scheduled, there, run_directory, now(), up_to_date=True)
    forget(scheduled)
    components = {stage.name: stage.component for stage in scheduled.plan.stages}
    namer = Namer(scheduled.plan)
    with contextlib.ExitStack() as stack:
        with _writable(run_directory):
            record = (run_directory / "events.jsonl").open("ab", buffering=0)
        recorded = _recording(emit, stack.enter_context(record))
        stack.enter_context(engine.session())
        for number, job in enumerate(scheduled.jobs, start=1):
            if scheduled.evidence and job.request and job.request.destination == scheduled.evidence:
                # A report of an earlier run must not pass for one of this run.
                shutil.rmtree(scheduled.evidence, ignore_errors=True)
            execute(
                job.command,
                read=_reader(engine, job, namer, components),
                emit=recorded,
                run_directory=run_directory,
                number=number,
                environment=environment,
                secrets=secrets,
                components=components,
            )
    image = None if scheduled.image.output == "cache" else engine.inspect(scheduled.image)
    if image:
        remember(scheduled, image)
    return _finish(scheduled, image, run_directory, now())


def _finish(
    scheduled: Schedule,
    image: Image | None,
    run_directory: Path,
    time: float,
    *,
    up_to_date: bool = False,
) -> Outcome:
    checks = report(scheduled.evidence, time) if scheduled.evidence else ()
    outcome = Outcome(
        image=image, checks=checks, run_directory=run_directory, up_to_date=up_to_date
    )
    content = msgspec.json.encode(outcome, enc_hook=str)
    with _writable(run_directory):
        _write(run_directory / "result.json", msgspec.json.format(content))
    return outcome


@contextlib.contextmanager
def _writable(run_directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EngineError(
            f"cannot write the record of this run, {run_directory}: {error.strerror}",
            hint="free some space, or set XDG_STATE_HOME to a directory that can be written",
        ) from error


def prepare(scheduled: Schedule) -> None:
    """Write the Dockerfile and the files of its context, unless they are there already.

    The folder's name is the digest of the text, so two processes write the same bytes.
    """
    context = scheduled.image.context
    try:
        context.mkdir(parents=True, exist_ok=True)
        for name, text in scheduled.rendered.files.items():
            (context / name).parent.mkdir(exist_ok=True)
            _write(context / name, text.encode())
        for name, text in scheduled.beside.items():
            _write(scheduled.folder / name, text.encode())
        _write(scheduled.image.dockerfile, scheduled.rendered.text.encode())
        made = {
            names.from_name(image)
            for image in scheduled.plan.images.values()
            if isinstance(image, LayoutImage | RegistryImage)
        }
        for base in scheduled.image.bases:
            if base.name in made:
                write_view(read_layout(Path(base.layout), base.ref), Path(base.view))
    except OSError as error:
        raise EngineError(
            f"cannot write the build's files below {scheduled.folder}: {error.strerror}",
            hint="free some space, or set XDG_CACHE_HOME to a directory that can be written",
        ) from error


def report(folder: Path, time: float) -> tuple[CheckDone, ...]:
    """The results in the report that the verify stage wrote. Raises DockwrightError without one."""
    path = folder / "report.json"
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=Report).checks
    except (OSError, msgspec.MsgspecError) as error:
        raise DockwrightError(
            f"the verify stage left no readable report at {path}: {error}",
            hint="run the build again with --no-cache; if it stays, please report it",
        ) from error
    return tuple(
        CheckDone(
            time=time,
            stage="verify",
            component=row.component,
            check=row.check,
            ok=row.ok,
            seconds=row.seconds,
            detail=row.detail,
        )
        for row in rows
    )


def _reader(
    engine: Engine, job: Job, namer: Namer, components: Mapping[str, str]
) -> Callable[[Iterable[str]], Iterator[Event]]:
    command, request = job.command, job.request

    def read(lines: Iterable[str]) -> Iterator[Event]:
        if request is None:
            yield from read_events(lines)
        else:
            for event in engine.read(command, request, lines):
                yield namer(cached(checked(event), components))

    return read


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """Events that another dockwright process printed as JSON lines; other lines are its words."""
    import time

    for line in lines:
        try:
            yield msgspec.json.decode(line, type=Event)
        except msgspec.MsgspecError:
            yield Log(time=time.time(), line=line.rstrip("\n"))


def checked(event: Event) -> Event:
    """A verifier's result line as CheckDone; every other event as it is."""
    if not isinstance(event, Log) or not event.line.startswith(_CHECK):
        return event
    try:
        row = msgspec.json.decode(event.line.removeprefix(_CHECK), type=CheckRow)
    except msgspec.MsgspecError:
        return event
    return CheckDone(
        time=event.time,
        stage=event.stage,
        component=row.component,
        check=row.check,
        ok=row.ok,
        seconds=row.seconds,
        detail=row.detail,
    )


class _CacheLine(msgspec.Struct, frozen=True, kw_only=True):
    """What catalog/shell/cache.sh prints at the end of a step."""

    state: str
    backend: str = ""
    reason: str = ""
    stats: msgspec.Raw = msgspec.Raw(b"null")


def cached(event: Event, components: Mapping[str, str]) -> Event:
    """A line about the compiler cache as CacheUsed; every other event as it is."""
    if not isinstance(event, Log) or not event.line.startswith(_CACHE):
        return event
    component = components.get(event.stage) or event.stage
    try:
        said = msgspec.json.decode(event.line.removeprefix(_CACHE), type=_CacheLine)
        stats = None
        if said.state == "used":
            stats = read_stats(bytes(said.stats), component=component, step=event.stage)
            stats = msgspec.structs.replace(stats, backend=said.backend)
    except msgspec.MsgspecError:
        return event
    return CacheUsed(
        time=event.time,
        stage=event.stage,
        component=component,
        state=said.state,
        backend=said.backend,
        reason=said.reason,
        stats=stats,
    )


def _recording(emit: Emit, record: IO[bytes]) -> Emit:
    encoder = msgspec.json.Encoder()

    def both(event: Event) -> None:
        # A full disk must not hide the error of the build, so a lost line is no error.
        with contextlib.suppress(OSError):
            record.write(encoder.encode(event) + b"\n")
        emit(event)

    return both


def _write(path: Path, content: bytes) -> None:
    """Write atomically; leave an equal file alone, so that its time stamp stays."""
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content, mode=0o644)


def new_run_directory(places: Places, now: float, process: int) -> Path:
    """A name for a new run: sortable by time, unique by process."""
    from datetime import UTC, datetime

    stamp = datetime.fromtimestamp(now, tz=UTC).strftime("%Y%m%dT%H%M%S")
    return places.runs / f"{stamp}-{process}"


def describe(command: Command, request: Request | None) -> str:
    """One line for people: what a command is for."""
    target = f" (target {request.target})" if request else ""
    return f"{command.purpose}{target}"
