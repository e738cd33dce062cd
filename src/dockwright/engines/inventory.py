"""What the store of this host holds: listed, verified byte by byte, pruned.

A thing that is damaged is set aside under another name, so that no build can take it; a thing that
is pruned loses its name first, so that it is whole or not there, whenever we are stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from dockwright.engines import objects, recordings
from dockwright.engines.bundle import place
from dockwright.engines.recordings import Recording
from dockwright.engines.schedule import Schedule

Kind = Literal["source", "base", "image", "recording", "leftover"]
DAY = 86400.0
_MARKS = (".part", ".part.json", ".work-", ".load-", ".new-", ".pull", ".gone-", ".damaged-")
"""What the names of unfinished, removed and damaged things have in them."""
_LEFTOVER_AGE = DAY
"""A partial download is kept so long for whoever goes on with it."""


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """One object of the store. Sizes in bytes, times in seconds since the epoch.

    `identity` is what pins it; `used` is its last use, or when it was made; `by` the images that
    it was used for.
    """

    kind: Kind
    name: str
    about: str
    identity: str
    path: Path
    size: int
    used: float
    by: tuple[str, ...] = ()


class _Use(msgspec.Struct, frozen=True, kw_only=True):
    time: float
    by: dict[str, float] = {}


class _Base(msgspec.Struct, frozen=True, kw_only=True):
    manifest: str


class _Image(msgspec.Struct, frozen=True, kw_only=True):
    ref: str
    platform: str
    manifest: str


def things(cache: Path) -> tuple[Thing, ...]:
    """Everything in the store, by kind and name."""
    found = (
        *_sources(cache),
        *_bases(cache),
        *_images(cache),
        *_recordings(cache),
        *_leftovers(cache),
    )
    return tuple(sorted(found, key=lambda thing: (thing.kind, thing.name)))


def note_run(cache: Path, scheduled: Schedule, now: float) -> None:
    """Remember that a run used its sources and base images."""
    sources = (Path(path) for path in scheduled.image.contexts.values())
    used = [("source", path.name) for path in sources if path.parent == cache / "sources"]
    layouts = (Path(base.layout) for base in scheduled.image.bases)
    kinds = {cache / "bases": "base", cache / "images": "image"}
    used += [
        (kinds[path.parent.parent], path.parent.name)
        for path in layouts
        if path.parent.parent in kinds
    ]
    for kind, name in used:
        note_use(cache, kind, name, f"{scheduled.plan.name} {scheduled.plan.target}", now)


def note_use(cache: Path, kind: str, name: str, image: str, now: float) -> None:
    """Remember that a thing was used for an image."""
    old = _use(cache, kind, name)
    new = _Use(time=now, by={**(old.by if old else {}), image: now})
    # Knowing less about the past is no reason to fail.
    with contextlib.suppress(OSError):
        objects.write_whole(_use_path(cache, kind, name), msgspec.json.encode(new))


def verify(thing: Thing, cache: Path, read: Callable[[int], None]) -> tuple[str, ...]:
    """What is wrong with a thing; every byte is read, and `read` hears how many."""
    match thing.kind:
        case "source":
            return objects.verify(thing.path, read)
        case "base" | "image":
            return tuple(_blob_faults(thing.path / "layout" / "blobs" / "sha256", read))
        case "recording":
            recording = _recording(thing.path)
            if recording is None:
                return ("it cannot be read",)
            blobs = recording.blobs
            return tuple(
                f"body {sha256[:12]} {fault}"
                for sha256 in sorted(blobs)
                if (fault := _body_fault(recordings.blob(cache, sha256), sha256, read))
            )
        case "leftover":
            return ()


def set_aside(thing: Thing, cache: Path) -> None:
    """Give a damaged thing another name; the next build makes or fetches it again."""
    if thing.kind == "recording" and (recording := _recording(thing.path)):
        for sha256 in recording.blobs:
            body = recordings.blob(cache, sha256)
            if body.is_file() and objects.checksum(body) != sha256:
                body.replace(_free(body.with_name(f".damaged-{body.name}")))
        return
    thing.path.rename(_free(thing.path.with_name(f".damaged-{thing.name}")))


def to_prune(
    found: Iterable[Thing],
    *,
    now: float,
    older: float,
    largest: int,
    keep: float,
    lock: str,
) -> tuple[Thing, ...]:
    """What to remove: unused for `older` seconds, and then the oldest until `largest` bytes fit.

    Kept is what was used in the last `keep` seconds, and what the text of a lock names. `largest`
    0 sets no limit.
    """
    everything = sorted(found, key=lambda thing: thing.used)
    leftovers = [thing for thing in everything if thing.kind == "leftover"]
    free = [
        thing
        for thing in everything
        if thing.kind != "leftover"
        and now - thing.used > keep
        and not (thing.identity and thing.identity in lock)
    ]
    gone = [thing for thing in leftovers if now - thing.used > _LEFTOVER_AGE]
    gone += [thing for thing in free if now - thing.used > older]
    size = sum(thing.size for thing in everything) - sum(thing.size for thing in gone)
    for thing in free:
        if largest and size > largest and thing not in gone:
            gone.append(thing)
            size -= thing.size
    return tuple(gone)


def remove(thing: Thing, cache: Path) -> bool:
    """Remove a thing, unless another process works on it."""
    with contextlib.ExitStack() as stack:
        name = thing.name.removeprefix(".").partition(".")[0]
        for lock in (thing.path.parent / f".{name}.lock", thing.path.parent / f".lock-{name}"):
            if lock.exists():
                file = stack.enter_context(lock.open("wb"))
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
        if thing.path.is_dir():
            gone = _free(thing.path.with_name(f".gone-{thing.name.removeprefix('.gone-')}"))
            thing.path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
        else:
            thing.path.unlink(missing_ok=True)
        _use_path(cache, thing.kind, thing.name).unlink(missing_ok=True)
    return True


def drop_bodies(cache: Path) -> int:
    """Remove the bodies that no recording names any more; their bytes."""
    named = {sha256 for recording in recordings.read(cache) for sha256 in recording.blobs}
    freed = 0
    for body in recordings.blob(cache, "x").parent.glob("*"):
        if body.name not in named and not body.name.startswith("."):
            freed += body.stat().st_size
            body.unlink()
    return freed


def _sources(cache: Path) -> Iterator[Thing]:
    for path in _folders(cache / "sources"):
        manifest = objects.manifest_of(path)
        made = manifest.time if manifest else path.stat().st_mtime
        use = _use(cache, "source", path.name) or _Use(time=made)
        yield Thing(
            kind="source",
            name=path.name,
            about=f"{manifest.version} {manifest.origin}" if manifest else "without a manifest",
            identity=manifest.identity if manifest else "",
            path=path,
            size=manifest.size if manifest else _size(path),
            used=max(use.time, made),
            by=_newest(use),
        )


def _bases(cache: Path) -> Iterator[Thing]:
    for path in _folders(cache / "bases"):
        record = path / "base.json"
        try:
            identity = msgspec.json.decode(record.read_bytes(), type=_Base).manifest
            made = record.stat().st_mtime
        except (OSError, msgspec.MsgspecError):
            identity, made = "", path.stat().st_mtime
        use = _use(cache, "base", path.name) or _Use(time=made)
        yield Thing(
            kind="base",
            name=path.name,
            about="base image" if identity else "without a record",
            identity=identity,
            path=path,
            size=_size(path),
            used=max(use.time, made),
            by=_newest(use),
        )


def _images(cache: Path) -> Iterator[Thing]:
    for path in _folders(cache / "images"):
        record = path / "image.json"
        made = path.stat().st_mtime
        try:
            image = msgspec.json.decode(record.read_bytes(), type=_Image)
        except (OSError, msgspec.MsgspecError):
            image = _Image(ref="without a record", platform="", manifest="")
        use = _use(cache, "image", path.name) or _Use(time=made)
        yield Thing(
            kind="image",
            name=path.name,
            about=f"{image.ref} {image.platform}".rstrip(),
            identity=image.manifest,
            path=path,
            size=_size(path),
            used=max(use.time, made),
            by=_newest(use),
        )


def _recordings(cache: Path) -> Iterator[Thing]:
    for recording in recordings.read(cache):
        path = place(cache, "recording", recording.name)
        made = recording.time
        use = _use(cache, "recording", recording.name) or _Use(time=made)
        yield Thing(
            kind="recording",
            name=recording.name,
            about=f"packages of {len(recording.steps)} steps of {recording.build}",
            identity="",
            path=path,
            size=sum(recording.blobs.values()),
            used=max(use.time, made),
            by=_newest(use),
        )


def _leftovers(cache: Path) -> Iterator[Thing]:
    for folder in ("sources", "bases", "images", "recordings", "recordings/blobs"):
        for path in (cache / folder).glob(".*"):
            if any(mark in path.name for mark in _MARKS):
                with contextlib.suppress(FileNotFoundError):
                    yield Thing(
                        kind="leftover",
                        name=path.name,
                        about="damaged" if ".damaged-" in path.name else "unfinished",
                        identity="",
                        path=path,
                        size=_size(path),
                        used=path.stat().st_mtime,
                    )


def _folders(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield from (path for path in root.iterdir() if path.is_dir() and path.name[0] != ".")


def _recording(path: Path) -> Recording | None:
    try:
        content = (path / recordings.FILE).read_bytes()
        return msgspec.json.decode(content, type=Recording)
    except (OSError, msgspec.MsgspecError):
        return None


def _blob_faults(folder: Path, read: Callable[[int], None]) -> Iterator[str]:
    blobs = sorted(folder.glob("*"))
    if not blobs:
        yield "it has no blobs"
    for blob in blobs:
        if objects.checksum(blob, read) != blob.name:
            yield f"blob {blob.name[:12]} has another content"


def _body_fault(body: Path, sha256: str, read: Callable[[int], None]) -> str:
    if not body.is_file():
        return "is missing"
    return "" if objects.checksum(body, read) == sha256 else "has another content"


def _newest(use: _Use) -> tuple[str, ...]:
    return tuple(sorted(use.by, key=lambda image: -use.by[image]))


def _use(cache: Path, kind: str, name: str) -> _Use | None:
    try:
        return msgspec.json.decode(_use_path(cache, kind, name).read_bytes(), type=_Use)
    except (OSError, msgspec.MsgspecError):
        return None


def _use_path(cache: Path, kind: str, name: str) -> Path:
    return cache / "used" / f"{kind}-{name}.json"


def _size(path: Path) -> int:
    if not path.is_dir():
        return path.lstat().st_size
    return sum(found.lstat().st_size for found in path.rglob("*") if not found.is_dir())


def _free(path: Path) -> Path:
    """The name, or the next one that nothing has."""
    number = 1
    while path.exists():
        path = path.with_name(f"{path.name.rpartition('~')[0] or path.name}~{number}")
        number += 1
    return path
