"""Builds TensorRT-LLM's wheel: runs the commands of engines/wheel.py and keeps the rest in order.

Whatever happens, the version file is put back and the build's containers and images are removed;
after a kill the next build of the same wheel does it. The output directory gets the wheel last, by
renames, and `commit.txt` after it: with that file the result is whole.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dockwright.engines import wheel
from dockwright.engines.api import Command
from dockwright.engines.events import (
    Emit,
    Event,
    Log,
    StageCached,
    StageFailed,
    StageFinished,
    StageStarted,
    StepStarted,
)
from dockwright.engines.execute import execute
from dockwright.engines.network import Policy, Retry, again
from dockwright.engines.objects import alone
from dockwright.engines.process import ask, inherited
from dockwright.engines.sources_git import HOPELESS, environment, logins
from dockwright.engines.wheel import STAGE, Order
from dockwright.errors import BuildFailed, DockwrightError, EngineError, Interrupted
from dockwright.model.values import is_commit

KEPT = (
    *("HOME", "PATH", "TMPDIR", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REGISTRY_AUTH_FILE"),
    *("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"),
    *("BUILDX_BUILDER", "BUILDAH_ISOLATION", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"),
    "CONTAINER_HOST",
)
"""What make and the engine get of the caller's environment, beside proxies."""

NOTE = "commit.txt"
_VERSION = re.compile(r"""^(__version__\s*=\s*)(["'])([^"']+)\2""", re.MULTILINE)
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 3.0
"""Seconds from Ctrl-C to a harder signal: our own parent gives us ten for that and the cleaning."""


def build(
    order: Order,
    *,
    emit: Emit,
    env: Mapping[str, str],
    policy: Policy,
    run_directory: Path,
    offline: bool = False,
) -> Path:
    """Build the wheel and return its path; at once when it is there already.

    `offline` takes only one that is there: also that of a branch or tag, which may have moved.
    Raises UserError, EngineError, BuildFailed or Interrupted.
    """
    began = time.time()
    emit(StageStarted(time=began, stage=STAGE))
    work = _Work(order, emit, env, policy, run_directory)
    try:
        order.home.mkdir(parents=True, exist_ok=True)
        with alone(order.home / "lock", work.log):
            found = work.whole() if offline or is_commit(order.commit) else None
            if found is None and offline:
                raise EngineError(
                    f"the wheel of {order.commit} is not in {order.output}",
                    hint="build it with network first, and take its directory along",
                )
            found = found or work.make()
    except Interrupted:
        # Not a failure: the report says where it stopped.
        raise
    except OSError as error:
        where = error.filename or order.output
        raise EngineError(f"cannot write {where}: {error.strerror}") from error
    except DockwrightError as error:
        seconds = time.time() - began
        failed = StageFailed(time=time.time(), stage=STAGE, seconds=seconds, message=error.message)
        emit(failed)
        raise
    now = time.time()
    if work.started:
        emit(StageFinished(time=now, stage=STAGE, seconds=now - began))
    else:
        emit(StageCached(time=now, stage=STAGE))
    return found


class _Work:
    """One build under way."""

    def __init__(
        self,
        order: Order,
        emit: Emit,
        env: Mapping[str, str],
        policy: Policy,
        run_directory: Path,
    ) -> None:
        self.order = order
        self.started = 0
        self._emit = emit
        # An allow-list: a variable of the caller changes nothing that it is not meant to change.
        self._env = inherited(env, KEPT) | {"LC_ALL": "C.UTF-8"}
        # Large files come by a command of their own, and logins are for git alone.
        self._git = environment(env, policy, order.url)
        self._secrets = {
            name: value
            for name, value in logins(policy, order.url).items()
            if name.startswith("GIT_CONFIG_VALUE_")
        }
        self._policy = policy
        self._run_directory = run_directory
        usual = (wheel.prepare, wheel.checkout, wheel.make, wheel.extract)
        self._total = 1 + sum(len(part(order)) for part in usual)

    def log(self, line: str) -> None:
        self._emit(Log(time=time.time(), stage=STAGE, line=line))

    def whole(self, commit: str = "") -> Path | None:
        """The wheel, if an earlier build left all of it; `commit` is what a branch is now."""
        note = self.order.output / NOTE
        if not note.is_file() or note.read_text().strip() != self._noted():
            return None
        commit = commit or (self.order.commit if is_commit(self.order.commit) else "")
        built = f"dev{wheel.short(commit)}-" if commit else ""
        wheels = [path for path in _wheels(self.order.output) if built in path.name]
        if len(wheels) != 1:
            return None
        self.log(f"{wheels[0].name} is in {self.order.output} already")
        return wheels[0]

    def make(self) -> Path:
        order = self.order
        order.tree.mkdir(exist_ok=True)
        order.output.mkdir(parents=True, exist_ok=True)
        for command in wheel.prepare(order):
            self._run(command)
        again(self._fetch, self._policy, self.log)
        commit = self._ask("git", "-C", str(order.tree), "rev-parse", f"{wheel.WANTED}^{{commit}}")
        if found := self.whole(commit):
            return found
        for command in wheel.checkout(order):
            self._run(command)
        self._require_large_files()
        with self._version(commit) as version, self._clean():
            for command in wheel.make(order):
                self._run(command)
            self._require_image()
            if order.holder == "buildah":
                (order.home / order.key / "Containerfile").write_text(wheel.containerfile(order))
            for command in wheel.extract(order):
                self._run(command)
            return self._keep(version)

    def _fetch(self) -> None:
        try:
            self._run(wheel.fetch(self.order))
        except BuildFailed as refused:
            _give_up(refused)
            everything, find = wheel.fetch_all(self.order)
            try:
                self._run(everything)
            except BuildFailed as error:
                _give_up(error)
                raise Retry(f"{self.order.url}: {_last(error)}") from error
            try:
                self._run(find)
            except BuildFailed as error:
                raise EngineError(
                    f"{self.order.url} has no commit {self.order.commit}",
                    hint="name a commit, tag or branch of that repository",
                ) from error

    def _require_large_files(self) -> None:
        if self.order.lfs:
            return
        for path in self.order.tree.rglob(".gitattributes"):
            if "filter=lfs" in path.read_text(errors="replace"):
                raise EngineError(
                    "git-lfs is needed: the repository keeps large files outside of git",
                    hint="apt-get install git-lfs (Debian, Ubuntu), then run the same command",
                )

    @contextlib.contextmanager
    def _version(self, commit: str) -> Iterator[str]:
        """The version with the commit in it, as long as this lasts."""
        path = self.order.tree / wheel.VERSION_FILE
        text = path.read_text() if path.is_file() else ""
        found = _VERSION.search(text)
        if not found:
            raise EngineError(
                f"{self.order.url} has no {wheel.VERSION_FILE} with a __version__ at "
                f"{self.order.commit}",
                hint="is it a repository of TensorRT-LLM?",
            )
        version = wheel.suffixed(found[3], commit)
        path.write_text(_VERSION.sub(rf"\g<1>\g<2>{version}\g<2>", text, count=1))
        try:
            yield version
        finally:
            path.write_text(text)

    @contextlib.contextmanager
    def _clean(self) -> Iterator[None]:
        """Nothing of this build is there before it, and nothing after it."""
        _end(self.order.tree)
        self._remove()
        (self.order.home / self.order.key).mkdir(exist_ok=True)
        try:
            yield
        finally:
            with _undisturbed():
                self._remove()

    def _remove(self) -> None:
        for command in wheel.clean(self.order):
            ask(command.argv, env=self._env)
        for path in (self.order.extracted, self.order.home / self.order.key):
            shutil.rmtree(path, ignore_errors=True)

    def _require_image(self) -> None:
        order = self.order
        kind = ("inspect", "--type", "image") if order.holder == "buildah" else ("image", "inspect")
        if not ask((order.holder, *kind, order.image), env=self._env).ok:
            others = " or ".join(name for name in wheel.HOLDERS if name != order.holder)
            raise BuildFailed(
                f"make wheel_build left no image {order.image} in {order.holder}",
                hint=f"if it builds with another engine, say so: --with {others}",
            )

    def _keep(self, version: str) -> Path:
        """The checked wheel into the output directory, then what says that it is whole."""
        order = self.order
        found = _wheels(order.extracted)
        made = _checked(found, version, order)
        for old in _wheels(order.output):
            old.unlink()
        (order.output / NOTE).unlink(missing_ok=True)
        shutil.rmtree(order.output / "build", ignore_errors=True)
        kept = made.rename(order.output / made.name)
        order.extracted.rename(order.output / "build")
        partial = order.output / f".{NOTE}"
        partial.write_text(self._noted() + "\n")
        partial.rename(order.output / NOTE)
        return kept

    def _noted(self) -> str:
        return f"{self.order.arch}_{self.order.commit}"

    def _run(self, command: Command) -> None:
        self.started += 1
        step = StepStarted(
            time=time.time(),
            stage=STAGE,
            name=command.purpose,
            index=min(self.started, self._total),
            total=self._total,
        )
        self._emit(step)
        execute(
            command,
            read=_lines,
            emit=self._pass_on,
            run_directory=self._run_directory,
            number=self.started,
            environment=self._git if command.argv[0] == "git" else self._env,
            secrets=self._secrets,
            grace=_GRACE,
        )

    def _pass_on(self, event: Event) -> None:
        if isinstance(event, Log):
            self._emit(event)

    def _ask(self, *argv: str) -> str:
        answer = ask(argv, env=self._env)
        if not answer.ok:
            raise EngineError(f"`{' '.join(argv)}` failed: {answer.output.strip()}")
        return answer.output.strip()


def _lines(lines: Iterable[str]) -> Iterator[Event]:
    for line in lines:
        yield Log(time=time.time(), stage=STAGE, line=line)


def _wheels(folder: Path) -> list[Path]:
    return sorted(folder.glob("tensorrt_llm-*.whl"))


def _checked(found: Sequence[Path], version: str, order: Order) -> Path:
    """The one wheel, if its name says what was asked for."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename
    from packaging.version import InvalidVersion, Version

    hint = "the log says what make did; the sources may need another way to build"
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise BuildFailed(f"one wheel was expected in {wheel.BUILD}, there are: {names}", hint=hint)
    try:
        _, of_wheel, _, tags = parse_wheel_filename(found[0].name)
        wrong = of_wheel != Version(version)
    except (InvalidWheelFilename, InvalidVersion) as error:
        raise BuildFailed(f"the wheel's name is wrong: {error}", hint=hint) from error
    if wrong:
        raise BuildFailed(f"{found[0].name} is not version {version}", hint=hint)
    if not any(tag.platform == "any" or tag.platform.endswith(order.arch.alt) for tag in tags):
        raise BuildFailed(f"{found[0].name} is not for {order.arch.alt}", hint=hint)
    return found[0]


def _last(error: BuildFailed) -> str:
    fatal = [line for line in error.tail if line.startswith("fatal: ")]
    lines = fatal or [line for line in error.tail if line.strip()] or [error.message]
    return lines[-1].removeprefix("fatal: ")


def _give_up(error: BuildFailed) -> None:
    """Raise what no second try can help."""
    said = "\n".join(error.tail).lower()
    if any(word in said for word in HOPELESS):
        raise EngineError(
            _last(error), hint="is the address right? git asks nobody for a password here"
        ) from error


def _end(tree: Path) -> None:
    """End what a killed build left running: who works in our clone while we hold its lock."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink().is_relative_to(tree):
                os.kill(int(entry.name), signal.SIGKILL)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not stop the cleaning, which is short."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
