"""Fetches sources on the host into a store that is named after their content.

`<cache>/sources/<kind>-<digest>/tree` is the named context of a build. A folder appears there only
whole and verified, by a rename, with a manifest of its files; two processes wait for each other.
Nothing keeps the times, owners or history of its origin.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dockwright.engines.events import Emit, Log
from dockwright.engines.network import Policy, again, client, shown
from dockwright.engines.objects import EPOCH, Manifest, alone, describe, look, seal
from dockwright.engines.store import folder
from dockwright.engines.transfer import Wanted, download
from dockwright.engines.unpacking import unpack
from dockwright.errors import DockwrightError, EngineError, UserError
from dockwright.model.source import Archive, Directory, Git, Source, Wheel, selection
from dockwright.model.values import Arch

if TYPE_CHECKING:
    import httpx

AT_ONCE = 16
"""Sources that are fetched at the same time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetcher:
    """The store of one host, and how things get there. `offline` takes only what is there."""

    store: Path
    emit: Emit
    env: Mapping[str, str]
    policy: Policy = field(default_factory=Policy)
    offline: bool = False

    def fetch(self, source: Source) -> Path:
        """Make sure that a source is in the store, and return its folder.

        Raises EngineError when it cannot be had or is not what its pin says.
        """
        return self.fetch_all((source,))[0]

    def fetch_all(self, sources: Sequence[Source], *, at_once: int = AT_ONCE) -> tuple[Path, ...]:
        """The folders of all sources, fetched side by side.

        Raises what the only failure raised, or one EngineError that tells of all of them.
        """
        wanting = [source for source in sources if not self._is_there(source)]
        if not wanting:
            return tuple(folder(self.store, source) for source in sources)
        with client(self.policy, connections=at_once) as session:
            failures = _side_by_side(wanting, lambda source: self._one(source, session), at_once)
        if len(failures) > 1:
            lines = "".join(f"\n  {failure}" for failure in failures)
            raise EngineError(
                f"{len(failures)} sources cannot be had:{lines}", hint=failures[0].hint
            )
        if failures:
            raise failures[0]
        return tuple(folder(self.store, source) for source in sources)

    def _is_there(self, source: Source) -> bool:
        final = folder(self.store, source)
        there = final.is_dir() and not look(final) and _is_current(source, final)
        if there:
            self._log(f"{source.version}: in the store")
        return there

    def _one(self, source: Source, session: httpx.Client) -> None:
        final = folder(self.store, source)
        try:
            self.store.mkdir(parents=True, exist_ok=True)
            with alone(self.store / f".{final.name}.lock", self._log, "fetches this source"):
                if self._wanting(source, final):
                    self._make(source, final, session)
        except OSError as error:
            what = error.strerror or str(error)
            raise EngineError(
                f"cannot write the source {source.version} below {self.store}: {what}",
                hint="free some space, or set XDG_CACHE_HOME to a directory that can be written",
            ) from error

    def _wanting(self, source: Source, final: Path) -> bool:
        """Whether a source must be fetched; what is damaged must be, and is told."""
        fault = look(final) if final.is_dir() else "it is not there"
        if not fault:
            return not _is_current(source, final)
        if final.is_dir():
            self._log(f"warning: {source.version} in the store is damaged ({fault})")
        if self.offline and not isinstance(source, Directory | Wheel):
            raise EngineError(
                f"source {source.version} cannot be used from the store: {fault}",
                hint="load a bundle that has it (`dockwright bundle load`), or go online",
            )
        return True

    def _make(self, source: Source, final: Path, session: httpx.Client) -> None:
        # Left by a process that was killed: whoever holds the lock is the only one who may be here.
        for stale in self.store.glob(f".{final.name}.work-*"):
            shutil.rmtree(stale, ignore_errors=True)
        work = Path(tempfile.mkdtemp(dir=self.store, prefix=f".{final.name}.work-"))
        try:
            tree = work / "tree"
            tree.mkdir()
            origin, commit = "", ""
            match source:
                case Git():
                    origin, commit = source.url, self._git(source, tree)
                case Archive():
                    origin, commit = source.url, source.sha256
                    self._archive(source, self.store / f".{final.name}.part", tree, session)
                case Directory():
                    origin, commit = source.path, source.content
                    snapshot(source, tree)
                case Wheel():
                    origin, commit = source.path, source.commit
                    wheel = built_wheel(source)
                    shutil.copy2(wheel, tree / wheel.name)
            normalise(tree)
            seal(
                work,
                Manifest(
                    kind=type(source).__name__.lower(),
                    version=source.version,
                    origin=origin,
                    identity=commit,
                    time=time.time(),
                    files=describe(tree),
                ),
            )
            work.chmod(0o755)
            shutil.rmtree(final, ignore_errors=True)
            work.rename(final)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _git(self, source: Git, tree: Path) -> str:
        from dockwright.engines.sources_git import checkout

        url = self.policy.address(source.url)
        self._log(f"fetching {source.version} of {shown(url)}")

        def clone() -> str:
            shutil.rmtree(tree, ignore_errors=True)
            return checkout(source, url, tree, env=self.env, policy=self.policy)

        commit = again(clone, self.policy, self._log)
        if not source.commit:
            self._log(f"warning: {source.ref} of {url} is not pinned; today it is {commit}")
        return commit

    def _archive(self, source: Archive, part: Path, tree: Path, session: httpx.Client) -> None:
        url = self.policy.address(source.url)
        self._log(f"fetching {shown(url)}")
        wanted = Wanted(url=source.url, sha256=source.sha256, size=source.size)
        again(
            lambda: download(session, self.policy, wanted, part, self.emit),
            self.policy,
            self._log,
        )
        if source.unpack:
            unpack(part, tree, source.strip, shown(url))
            part.unlink()
        else:
            part.rename(tree / source.file)

    def _log(self, line: str) -> None:
        self.emit(Log(time=time.time(), line=line))


def _side_by_side(
    sources: Sequence[Source], work: Callable[[Source], None], at_once: int
) -> list[DockwrightError]:
    """Work on all sources in a few threads; the failures, in the order of the sources.

    The threads do not keep a process alive that was told to end: the store bears that at any time.
    """
    waiting: queue.SimpleQueue[tuple[int, Source]] = queue.SimpleQueue()
    for item in enumerate({folder(Path(), source): source for source in sources}.values()):
        waiting.put(item)
    failures: dict[int, DockwrightError] = {}
    defects: list[BaseException] = []

    def worker() -> None:
        with contextlib.suppress(queue.Empty):
            while not defects:
                number, source = waiting.get_nowait()
                try:
                    work(source)
                except DockwrightError as error:
                    failures[number] = error
                except BaseException as error:  # noqa: BLE001 - raised again in the caller
                    defects.append(error)

    count = min(at_once, waiting.qsize())
    threads = [threading.Thread(target=worker, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if defects:
        raise defects[0]
    return [failures[number] for number in sorted(failures)]


def snapshot(source: Directory, tree: Path) -> None:
    """A copy of the selected files. Raises UserError when they are not those of the plan."""
    root = Path(source.path).expanduser()
    found: dict[str, str] = {}
    for name in files(root, source.paths):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, target, follow_symlinks=False)
        found[name] = fingerprint(target)
    if selection(found) != source.content:
        raise UserError(
            f"{source.path} changed between planning and fetching",
            hint="run the command again",
        )


def built_wheel(source: Wheel) -> Path:
    """The wheel that an earlier command of the build made. Raises UserError for a misfit."""
    from dockwright.config.trtllm import pick_wheel

    root = Path(source.path).expanduser()
    names = [path.name for path in root.iterdir()] if root.is_dir() else []
    machine = Arch(source.arch).alt
    return root / pick_wheel(
        names, directory=source.path, python=source.python, machine=machine, commit=source.commit
    )


def _is_current(source: Source, final: Path) -> bool:
    """Whether the store has the wheel that there is now; it may have been built anew since."""
    if not isinstance(source, Wheel):
        return True
    wheel = built_wheel(source)
    kept = final / "tree" / wheel.name
    return kept.is_file() and fingerprint(kept) == fingerprint(wheel)


def files(root: Path, paths: tuple[str, ...] = ()) -> Iterator[str]:
    """Files and links of a source tree, sorted; without what no build reads (.git, caches)."""
    skipped = {".git", ".hg", ".venv", "__pycache__", "node_modules", "target"}
    for top in paths or ("",):
        place = root / top
        if place.is_file() or place.is_symlink():
            yield top
            continue
        for parent, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if name not in skipped)
            links = [name for name in folders if (Path(parent) / name).is_symlink()]
            for name in sorted([*names, *links]):
                yield str((Path(parent) / name).relative_to(root))


def fingerprint(path: Path) -> str:
    """What a file is: its kind, whether it can be executed, and its content."""
    if path.is_symlink():
        return hashlib.sha256(b"link\0" + os.fsencode(path.readlink())).hexdigest()
    mode = b"program\0" if path.stat().st_mode & 0o100 else b"file\0"
    return hashlib.sha256(mode + path.read_bytes()).hexdigest()


def describe_tree(root: Path) -> dict[str, str]:
    """All files of a directory with their fingerprints: what planning wants to know of it."""
    return {name: fingerprint(root / name) for name in files(root)}


def normalise(tree: Path) -> None:
    """The same modes and times for everybody who fetches the same content."""
    for parent, folders, names in os.walk(tree):
        for name in (*folders, *names):
            path = Path(parent) / name
            if not path.is_symlink():
                program = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if program else 0o644)
            os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
    tree.chmod(0o755)
    os.utime(tree, (EPOCH, EPOCH))
