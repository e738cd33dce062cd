"""One archive with all that a build needs, for a machine without a network.

A tar whose first member, `<sha256>.json`, is the index: what is inside, file by file, under its
own checksum. The objects follow in the index's order. Loading reads it once from the beginning;
each object gets its name in the store only whole and verified, so a load that was killed goes on
with the first object that is not there.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Literal

import msgspec

from dockwright.engines import objects
from dockwright.engines.events import Emit, Log, Progress
from dockwright.engines.objects import EPOCH, Entry, alone
from dockwright.errors import EngineError, UserError

VERSION = 1
_BLOCK = 1 << 20
_LARGEST_INDEX = 1 << 28
_PERIOD = 0.25

Kind = Literal["source", "base", "image", "recording", "blob"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One object of the store: its kind, its name there, its files."""

    kind: Kind
    name: str
    files: dict[str, Entry]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files.values())


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """An image that the bundle is for: its name, target, platform, and its plan's digest."""

    name: str
    target: str
    platform: str
    plan: str


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The index. `lock` is the text of the project's lock file, empty when it had none."""

    version: int
    time: float
    cells: tuple[Cell, ...]
    lock: str
    items: tuple[Item, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(item.size for item in self.items)


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a load did: the index, and how many objects were new and were there already.

    `record` keeps the index without its files, `lock` the lock file, if there was one.
    """

    bundle: Bundle
    new: int
    there: int
    record: Path
    lock: Path | None


def place(cache: Path, kind: Kind, name: str) -> Path:
    """Where an object of the store is."""
    match kind:
        case "source":
            return cache / "sources" / name
        case "base":
            return cache / "bases" / name
        case "image":
            return cache / "images" / name
        case "recording":
            return cache / "recordings" / name
        case "blob":
            return cache / "recordings" / "blobs" / name


def item(cache: Path, kind: Kind, name: str) -> Item:
    """Describe an object that is in the store. Reads all of it."""
    root = place(cache, kind, name)
    if kind == "blob":
        return Item(kind=kind, name=name, files={"": objects.describe_file(root)})
    # The view of a layout is links into this machine's cache; it is made again.
    files = {
        path: entry
        for path, entry in objects.describe(root).items()
        if not (kind in {"base", "image"} and path.startswith("dir/"))
    }
    return Item(kind=kind, name=name, files=files)


def create(cache: Path, file: Path, bundle: Bundle, emit: Emit) -> None:
    """Write the archive; it has its name only when it is whole."""
    content = msgspec.json.encode(bundle)
    meter = _Meter(emit, file.name, bundle.size)
    part = file.with_name(f".{file.name}.part")
    try:
        with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as archive:
            _add(
                archive,
                f"{hashlib.sha256(content).hexdigest()}.json",
                io.BytesIO(content),
                len(content),
            )
            for one in bundle.items:
                root = place(cache, one.kind, one.name)
                for path, entry in one.files.items():
                    if entry.link:
                        continue
                    with (root / path).open("rb") as source:
                        _add(archive, _member(one, path), source, entry.size)
                    meter.add(entry.size)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(file)
    except OSError as error:
        raise EngineError(
            f"cannot write the bundle {file}: {error.strerror}", hint="free some space there"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def refuse_unreadable(file: Path) -> None:
    """Raise UserError for a file that nobody can open."""
    try:
        file.open("rb").close()
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}", hint="name a bundle") from error


def load(cache: Path, file: Path, emit: Emit) -> Loaded:
    """Put everything into the store. Raises UserError or EngineError; what is loaded stays."""
    refuse_unreadable(file)

    def log(line: str) -> None:
        emit(Log(time=time.time(), line=line))

    try:
        cache.mkdir(parents=True, exist_ok=True)
        with alone(cache / ".bundle.lock", log, "loads a bundle"):
            return _load(cache, file, emit)
    except tarfile.TarError as error:
        raise UserError(
            f"{file} is no bundle, or it is cut off: {error}", hint=f"{_AGAIN}; {_KEPT}"
        ) from error
    except OSError as error:
        raise EngineError(
            f"cannot load {file} into {cache}: {error.strerror or error}",
            hint="free some space and load it again; what is loaded already is kept",
        ) from error


def _load(cache: Path, file: Path, emit: Emit) -> Loaded:
    new = there = 0
    with tarfile.open(file, "r:") as archive:
        bundle = _index(archive, file)
        meter = _Meter(emit, file.name, bundle.size)
        for one in bundle.items:
            root = place(cache, one.kind, one.name)
            root.parent.mkdir(parents=True, exist_ok=True)
            for stale in root.parent.glob(f".{one.name}.load-*"):
                shutil.rmtree(stale, ignore_errors=True)
            if _is_whole(root, one):
                there += 1
                _skip(archive, one, file)
            else:
                new += 1
                _take(archive, one, root, file, meter)
            meter.reach(one.size)
    identity = hashlib.sha256(msgspec.json.encode(bundle)).hexdigest()[:16]
    record = cache / "bundles" / f"{identity}.json"
    kept = msgspec.structs.replace(
        bundle, items=tuple(msgspec.structs.replace(one, files={}) for one in bundle.items)
    )
    objects.write_whole(record, msgspec.json.encode(kept))
    lock = record.with_suffix(".lock") if bundle.lock else None
    if lock:
        objects.write_whole(lock, bundle.lock.encode())
    return Loaded(bundle=bundle, new=new, there=there, record=record, lock=lock)


def _index(archive: tarfile.TarFile, file: Path) -> Bundle:
    first = archive.next()
    content = archive.extractfile(first) if first and first.size < _LARGEST_INDEX else None
    text = content.read() if content else b""
    if not first or first.name != f"{hashlib.sha256(text).hexdigest()}.json":
        raise UserError(f"{file} is no bundle, or its index is damaged", hint=_AGAIN)
    try:
        version = msgspec.json.decode(text, type=_Version).version
        if version > VERSION:
            raise UserError(
                f"{file} was made by a newer dockwright (format {version}, this one reads "
                f"{VERSION})",
                hint="update dockwright on this machine",
            )
        bundle = msgspec.json.decode(text, type=Bundle)
    except msgspec.MsgspecError as error:
        raise UserError(f"{file}: its index cannot be read: {error}", hint=_AGAIN) from error
    for one in bundle.items:
        _refuse_paths(file, one)
    return bundle


class _Version(msgspec.Struct):
    version: int


_AGAIN = "copy it again from the machine that made it (`dockwright bundle create`)"


def _refuse_paths(file: Path, one: Item) -> None:
    """Nothing of a bundle may leave its place in the store."""
    paths = [PurePosixPath(path) for path in (*one.files, one.name)]
    if any(path.is_absolute() or ".." in path.parts for path in paths) or "/" in one.name:
        raise UserError(f"{file}: {one.kind} {one.name} leaves its place", hint="do not use it")


def _is_whole(root: Path, one: Item) -> bool:
    """Whether the store has the object already; a cheap look, as at every use."""
    if one.kind == "source":
        manifest = objects.manifest_of(root)
        return manifest is not None and not objects.look(root)
    # A recording is replaced by another one of the same steps.
    if one.kind == "recording":
        return all(
            (root / path).is_file() and objects.checksum(root / path) == entry.sha256
            for path, entry in one.files.items()
        )
    return all(
        (root / path).is_file() and (root / path).stat().st_size == entry.size
        for path, entry in one.files.items()
        if not entry.link
    )


def _skip(archive: tarfile.TarFile, one: Item, file: Path) -> None:
    for _ in _members(archive, one, file):
        pass


def _take(archive: tarfile.TarFile, one: Item, root: Path, file: Path, meter: _Meter) -> None:
    work = Path(tempfile.mkdtemp(dir=root.parent, prefix=f".{one.name}.load-"))
    try:
        made = work / "object"
        for path, entry, content in _members(archive, one, file):
            target = made / path if path else made
            target.parent.mkdir(parents=True, exist_ok=True)
            if not _write(content, target, entry, meter):
                where = f"{one.kind} {one.name} {path}".rstrip()
                raise UserError(f"{file} is damaged in {where}", hint=f"{_AGAIN}; {_KEPT}")
        for path, entry in one.files.items():
            # Last, so that no file is written through a link.
            if entry.link:
                (made / path).parent.mkdir(parents=True, exist_ok=True)
                (made / path).symlink_to(entry.link)
        if one.kind == "source":
            _settle(made)
        if root.is_dir():
            shutil.rmtree(root)
        made.rename(root)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _members(
    archive: tarfile.TarFile, one: Item, file: Path
) -> Iterator[tuple[str, Entry, IO[bytes]]]:
    for path, entry in one.files.items():
        if entry.link:
            continue
        member = archive.next()
        if member is None:
            raise UserError(f"{file} ends before {one.kind} {one.name}", hint=f"{_AGAIN}; {_KEPT}")
        content = archive.extractfile(member)
        if member.name != _member(one, path) or member.size != entry.size or content is None:
            raise UserError(f"{file} is damaged at {member.name}", hint=f"{_AGAIN}; {_KEPT}")
        yield path, entry, content


_KEPT = "what is loaded already is kept"


def _write(content: IO[bytes], target: Path, entry: Entry, meter: _Meter) -> bool:
    """Copy one file; says whether it is what the index says."""
    state = hashlib.sha256()
    with target.open("wb") as out:
        while block := content.read(_BLOCK):
            state.update(block)
            out.write(block)
            meter.add(len(block))
        out.flush()
        if entry.size >= _BLOCK:
            os.fsync(out.fileno())
    target.chmod(0o755 if entry.program else 0o644)
    return state.hexdigest() == entry.sha256


def _settle(made: Path) -> None:
    """The times of a source's files, as its manifest wants them."""
    tree = made / "tree"
    for parent, folders, names in os.walk(tree):
        for name in (*folders, *names):
            os.utime(Path(parent) / name, (EPOCH, EPOCH), follow_symlinks=False)
    os.utime(tree, (EPOCH, EPOCH))


class _Meter:
    """Reports the bytes that were read; `reach` counts an object that was skipped as read."""

    def __init__(self, emit: Emit, name: str, total: int) -> None:
        self._emit, self._name, self._total = emit, name, total
        self._count, self._before, self._told = 0, 0, 0.0

    def add(self, count: int) -> None:
        self._count += count
        if time.time() - self._told > _PERIOD or self._count == self._total:
            self._told = time.time()
            self._emit(
                Progress(time=self._told, name=self._name, current=self._count, total=self._total)
            )

    def reach(self, size: int) -> None:
        self._before += size
        self.add(self._before - self._count)


def _member(one: Item, path: str) -> str:
    return f"{one.kind}/{one.name}/{path}".rstrip("/")


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    archive.addfile(member, content)
