"""Fetches sources on the host into a store that is named after their content.

`<cache>/sources/<kind>-<digest>/tree` is the named context of a build. A folder appears there only
whole and verified, by a rename; two processes wait for each other. Nothing keeps the times, owners
or history of its origin.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dockwright.engines.events import Emit, Log, Progress
from dockwright.engines.network import Policy, again, client, opened
from dockwright.engines.store import folder
from dockwright.errors import EngineError, UserError
from dockwright.model.source import Archive, Directory, Git, Source, Wheel, selection
from dockwright.model.values import Arch

if TYPE_CHECKING:
    import httpx

EPOCH = 315532800
"""1980-01-01: the oldest time that zip files know; every file of a tree has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetcher:
    """The store of one host, and how things get there."""

    store: Path
    emit: Emit
    env: Mapping[str, str]
    policy: Policy = field(default_factory=Policy)

    def fetch(self, source: Source) -> Path:
        """Make sure that a source is in the store, and return its folder.

        Raises EngineError when it cannot be had or is not what its pin says.
        """
        final = folder(self.store, source)
        if _is_there(source, final):
            self._log(f"{source.version}: in the store")
            return final
        try:
            self.store.mkdir(parents=True, exist_ok=True)
            with alone(self.store / f".{final.name}.lock", self._log):
                if not _is_there(source, final):
                    self._make(source, final)
        except OSError as error:
            what = error.strerror or str(error)
            raise EngineError(
                f"cannot write the source {source.version} below {self.store}: {what}",
                hint="free some space, or set XDG_CACHE_HOME to a directory that can be written",
            ) from error
        return final

    def _make(self, source: Source, final: Path) -> None:
        # Left by a process that was killed: whoever holds the lock is the only one who may be here.
        for stale in self.store.glob(f".{final.name}.work-*"):
            shutil.rmtree(stale, ignore_errors=True)
        work = Path(tempfile.mkdtemp(dir=self.store, prefix=f".{final.name}.work-"))
        try:
            tree = work / "tree"
            tree.mkdir()
            match source:
                case Git():
                    self._git(source, tree)
                case Archive():
                    self._archive(source, work / "download", tree)
                case Directory():
                    snapshot(source, tree)
                case Wheel():
                    wheel = built_wheel(source)
                    shutil.copy2(wheel, tree / wheel.name)
            normalise(tree)
            work.chmod(0o755)
            shutil.rmtree(final, ignore_errors=True)
            work.rename(final)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _git(self, source: Git, tree: Path) -> None:
        from dockwright.engines.sources_git import checkout

        url = self.policy.address(source.url)
        self._log(f"fetching {source.version} of {url}")

        def clone() -> None:
            shutil.rmtree(tree, ignore_errors=True)
            commit = checkout(source, url, tree, env=self.env, policy=self.policy)
            if not source.commit:
                self._log(f"warning: {source.ref} of {url} is not pinned; today it is {commit}")

        again(clone, self.policy, self._log)

    def _archive(self, source: Archive, file: Path, tree: Path) -> None:
        url = self.policy.address(source.url)
        self._log(f"fetching {url}")
        with client(self.policy) as session:
            again(
                lambda: download(session, self.policy, source, file, self.emit),
                self.policy,
                self._log,
            )
        if source.unpack:
            unpack(file, tree, source.strip, url)
            file.unlink()
        else:
            file.rename(tree / source.file)

    def _log(self, line: str) -> None:
        self.emit(Log(time=time.time(), line=line))


def download(
    session: httpx.Client, policy: Policy, source: Archive, file: Path, emit: Emit
) -> None:
    """One file, refused unless it has its checksum. Raises Retry or EngineError."""
    checksum = hashlib.sha256()
    count, seen = 0, 0.0
    url = policy.address(source.url)
    with opened(session, policy, source.url) as answer, file.open("wb") as target:
        total = int(answer.headers.get("content-length", 0))
        # Raw: a transport encoding would change what the checksum is of.
        for block in answer.iter_raw(1 << 20):
            target.write(block)
            checksum.update(block)
            count += len(block)
            if time.time() - seen > 0.5:
                seen = time.time()
                emit(Progress(time=seen, name=url, current=count, total=total))
    if checksum.hexdigest() != source.sha256:
        raise EngineError(
            f"{url} is not what its pin says: sha256 {checksum.hexdigest()} of {count} bytes, "
            f"wanted {source.sha256}",
            hint="do not use it before you know why; a mirror may serve something else",
        )


def unpack(file: Path, tree: Path, strip: int, url: str) -> None:
    """An archive without its first path levels; nothing of it may leave the tree."""
    try:
        if zipfile.is_zipfile(file):
            _unzip(file, tree, strip)
            return
        with tarfile.open(file) as archive:
            for member in archive:
                name = "/".join(member.name.removeprefix("./").split("/")[strip:])
                if not name:
                    continue
                link = member.linkname
                if member.islnk():
                    link = "/".join(link.removeprefix("./").split("/")[strip:])
                archive.extract(
                    member.replace(name=name, linkname=link, deep=False), tree, filter="data"
                )
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise EngineError(
            f"{url} cannot be unpacked: {error}", hint="is it an archive at all?"
        ) from error


def _unzip(file: Path, tree: Path, strip: int) -> None:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            name = "/".join(entry.filename.split("/")[strip:])
            if not name or entry.is_dir():
                continue
            target = tree / name
            if not target.resolve().is_relative_to(tree.resolve()):
                raise zipfile.BadZipFile(f"{entry.filename} is outside of the archive")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
            if entry.external_attr >> 16 & 0o100:
                target.chmod(0o755)


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


def _is_there(source: Source, final: Path) -> bool:
    """Whether the store has the source; a wheel may have been built anew since."""
    tree = final / "tree"
    if not isinstance(source, Wheel) or not tree.is_dir():
        return tree.is_dir()
    wheel = built_wheel(source)
    kept = tree / wheel.name
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


@contextlib.contextmanager
def alone(path: Path, log: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock file; whoever else wants it waits, and says so."""
    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log("another process is at work here; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
