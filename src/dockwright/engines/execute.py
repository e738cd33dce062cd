"""The only place that starts engine processes.

A command runs in its own session, so that a Ctrl-C reaches dockwright first and the whole process
group can be ended in order. What it prints becomes lines, lines become events, and no secret's
value gets past this module: lines and events are masked before they are written or emitted.

buildah leaves the container of a running step behind when another step fails. Such orphans are
caught (Linux: `PR_SET_CHILD_SUBREAPER`) and ended with the command that started them.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from types import FrameType, MappingProxyType, TracebackType
from typing import IO, TypeAlias

from dockwright.engines import orphans
from dockwright.engines.api import Command
from dockwright.engines.events import (
    CommandFinished,
    CommandStarted,
    Emit,
    Event,
    Log,
    StageFailed,
)
from dockwright.engines.hints import explain_death, explain_failure, install_hint
from dockwright.engines.masking import Mask
from dockwright.errors import BuildFailed, EngineError, Interrupted, UserError

Read: TypeAlias = Callable[[Iterable[str]], Iterator[Event]]
"""How the lines of a command become events: an engine's `read` with its first two arguments."""

TAIL_LINES = 20
_REMEMBERED_LINES = 400
_GO_ON = "repair the cause and run the same command again; finished stages stay in the cache"
_AFTER_EXIT = 2.0
"""Seconds to wait for the rest of the output of a process that has exited."""


def execute(
    command: Command,
    *,
    read: Read,
    emit: Emit,
    run_directory: Path,
    number: int,
    environment: Mapping[str, str],
    secrets: Mapping[str, str] = MappingProxyType({}),
    components: Mapping[str, str] = MappingProxyType({}),
    grace: float = 10.0,
) -> None:
    """Run one command to its end; raise `BuildFailed`, `EngineError` or `Interrupted`.

    `environment` is what the process inherits (only the CLI reads the real one). `secrets` maps
    variable names to values: all of them are masked, those in `command.secret_env` are set.
    `components` maps the name of a stage to its component, for the error of a failed stage.
    `grace` is the time in seconds between SIGINT, SIGTERM and SIGKILL.
    The whole log is `<run_directory>/<number>-<purpose>.log`, that of a stage `stages/<stage>.log`.
    """
    inherited = {**environment, **command.env, **_secret_environment(command, secrets)}
    log = run_directory / f"{number:02d}-{slug(command.purpose)}.log"
    run = _Run(command, emit, Mask(secrets.values()), log, components)
    with orphans.caught() as lost, _TerminationAsInterrupt(), contextlib.closing(run):
        began = time.time()
        emit(CommandStarted(time=began, purpose=command.purpose))
        process = _start(command, inherited)
        try:
            with orphans.not_an_orphan(process.pid):
                code = run.follow(process, read)
        except BaseException as error:
            _stop(process, grace, run)
            lost.end()
            run.finished(process.poll() or -1, began)
            if isinstance(error, KeyboardInterrupt):
                raise Interrupted(
                    f"interrupted: {command.purpose}",
                    hint="finished steps stay in the cache; run the same command to go on",
                ) from None
            raise
        if code:
            lost.end()
        run.finished(code, began)
    if code:
        failure = run.error(code)
        failure.engine_code = code
        raise failure


def query(argv: tuple[str, ...], *, timeout: float) -> str:
    """The standard output of a short question to an engine; `EngineError` when there is none."""
    try:
        answer = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise EngineError(f"{argv[0]} is not installed", hint=install_hint(argv[0])) from None
    except OSError as error:
        raise EngineError(f"cannot start {argv[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"`{' '.join(argv)}` gave no answer in {timeout:g} s",
            hint="another process may hold the lock of its storage",
        ) from None
    if answer.returncode:
        said = answer.stderr.decode(errors="replace").strip().splitlines()
        raise EngineError(
            f"`{' '.join(argv)}` failed with exit code {answer.returncode}"
            + (f": {said[-1]}" if said else "")
        )
    return answer.stdout.decode(errors="replace")


def slug(text: str) -> str:
    """A purpose as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].rstrip("-") or "command"


def _secret_environment(command: Command, secrets: Mapping[str, str]) -> dict[str, str]:
    missing = [name for name in command.secret_env if name not in secrets]
    if missing:
        raise UserError(
            f"no value for the secret variable {missing[0]}", hint=f"set {', '.join(missing)}"
        )
    return {name: secrets[name] for name in command.secret_env}


def _start(command: Command, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    program = command.argv[0]
    try:
        return subprocess.Popen(
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
    except FileNotFoundError:
        raise EngineError(f"{program} is not installed", hint=install_hint(program)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise EngineError(
            f"cannot start {program}: {reason}", hint="is it an executable file of this machine?"
        ) from error


class _Run:
    """What one command prints: its log files, and the last lines of each stage."""

    def __init__(
        self, command: Command, emit: Emit, mask: Mask, log: Path, components: Mapping[str, str]
    ) -> None:
        self.log = log
        self._command = command
        self._emit = emit
        self._mask = mask
        self._components = components
        self._files: dict[Path, IO[str]] = {}
        self._tails: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=TAIL_LINES))
        self._recent: deque[str] = deque(maxlen=_REMEMBERED_LINES)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._failed: StageFailed | None = None

    def follow(self, process: subprocess.Popen[bytes], read: Read) -> int:
        """Emit what the process prints until it has ended; its exit code."""
        # The thread keeps the pipe empty, also while the process is being stopped.
        threading.Thread(target=self._pump, args=(process.stdout,), daemon=True).start()
        for event in read(self.lines(process)):
            self._take(self._mask.event(event))
        for _ in self.lines(process):
            """A reader may stop early; the log is complete nevertheless."""
        return process.wait()

    def lines(self, process: subprocess.Popen[bytes]) -> Iterator[str]:
        """The masked lines of the process, each written to the log when it is taken."""
        silent_since: float | None = None
        while True:
            try:
                raw = self._lines.get(timeout=0.2)
            except queue.Empty:
                # A child that outlives the process may keep the pipe open for ever.
                if process.poll() is not None:
                    silent_since = silent_since or time.monotonic()
                    if time.monotonic() - silent_since > _AFTER_EXIT:
                        return
                continue
            if raw is None:
                self._lines.put(None)
                return
            text = raw.decode("utf-8", errors="replace").rstrip("\r\n")
            # A progress bar rewrites its line; only what it shows last is of interest.
            line = self._mask.line(text.rpartition("\r")[2], self._command.reader)
            self._write(self.log, line)
            self._recent.append(line)
            yield line

    def finished(self, code: int, began: float) -> None:
        now = time.time()
        seconds = round(now - began, 3)
        purpose = self._command.purpose
        self._emit(CommandFinished(time=now, purpose=purpose, seconds=seconds, exit_code=code))

    def error(self, code: int) -> BuildFailed | EngineError:
        """The most useful error for what was printed."""
        stage = self._failed.stage if self._failed else ""
        tail = tuple(self._tails[stage] if self._tails.get(stage) else self._tails[""])
        died = explain_death(self._command.argv[0], code, self._recent)
        if died and not self._failed:
            return EngineError(died.message, hint=f"{died.hint} (log: {self.log})")
        hint = explain_failure((*self._recent, *tail), near=self.log)
        own = _own_error(self._recent) if self._command.reader == "events" else None
        if own:
            # Another process of dockwright: it has said what is wrong and what to do.
            message, advice = own
            return BuildFailed(
                f"{self._command.purpose}: {message}",
                hint=advice or hint or _GO_ON,
                component=stage,
                tail=_without_error(tail),
                log=self._log_of(stage),
            )
        if not self._failed:
            last = next((line for line in reversed(self._recent) if line.strip()), "no output")
            return BuildFailed(
                f"{self._command.purpose} failed with exit code {code}: {last}",
                hint=hint or _GO_ON,
                tail=tail or tuple(self._recent)[-TAIL_LINES:],
                log=self.log,
            )
        component = self._components.get(stage, "")
        of = f"{stage} (component {component})" if component not in {"", stage} else stage
        step = f" in step {self._failed.step!r}" if self._failed.step else ""
        return BuildFailed(
            f"stage {of} failed{step}: {self._failed.message}",
            hint=hint or _GO_ON,
            component=component,
            tail=tail,
            log=self._log_of(stage),
        )

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _pump(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), stream:
            for line in stream:
                self._lines.put(line)
        self._lines.put(None)

    def _take(self, event: Event) -> None:
        if isinstance(event, Log):
            self._tails[event.stage].append(event.line)
            if event.stage:
                self._write(self._stage_log(event.stage), event.line)
        elif isinstance(event, StageFailed) and self._failed is None:
            self._failed = event
        self._emit(event)

    def _log_of(self, stage: str) -> Path:
        """Where the words of the failure are."""
        own = self._stage_log(stage)
        return own if stage and own.exists() else self.log

    def _stage_log(self, stage: str) -> Path:
        return self.log.parent / "stages" / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', stage)}.log"

    def _write(self, path: Path, line: str) -> None:
        """A full disk must not hide the error of the build, so a lost log line is no error."""
        with contextlib.suppress(OSError):
            file = self._files.get(path)
            if file is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                file = self._files[path] = path.open("a", encoding="utf-8", buffering=1)
            file.write(f"{line}\n")


def _own_error(lines: Iterable[str]) -> tuple[str, str] | None:
    """The `error:` and the `hint:` that a process of dockwright printed; None without an error."""
    said = list(lines)
    errors = [line for line in said if line.startswith("error: ")]
    hints = [line for line in said if line.startswith("hint: ")]
    if not errors:
        return None
    return errors[-1].removeprefix("error: "), hints[-1].removeprefix("hint: ") if hints else ""


def _without_error(tail: tuple[str, ...]) -> tuple[str, ...]:
    """What it printed before its error, which is shown already; frames are drawn only once."""
    before = takewhile(lambda line: not line.startswith(("error: ", "┌─")), tail)
    return tuple(before)


def _stop(process: subprocess.Popen[bytes], grace: float, run: _Run) -> None:
    """SIGINT, SIGTERM, SIGKILL to the whole group, with time to clean up between them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        try:
            process.wait(timeout=grace)
        except subprocess.TimeoutExpired:
            continue
        except KeyboardInterrupt:
            # Pressed again: no more patience.
            continue
        break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # Members of the group that outlived their leader.
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(KeyboardInterrupt):
        for _ in run.lines(process):
            """What it printed while it stopped belongs into the log."""


class _TerminationAsInterrupt:
    """SIGTERM means the same as Ctrl-C while a command runs (in the main thread only)."""

    def __enter__(self) -> None:
        self._before: signal.Handlers | int | Callable[[int, FrameType | None], object] | None
        self._before = None
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._interrupt)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)

    @staticmethod
    def _interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt
