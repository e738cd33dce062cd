"""What lies in the store is known file by file: a manifest is written when an object is made.

`look` is cheap and done at every use: names, sizes, modes, times. `verify` reads every byte. Every
file of a store's object has the time `EPOCH`, so that a later write shows.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

EPOCH = 315532800
"""1980-01-01: the oldest time that zip files know; every file of a tree has it."""

MANIFEST = "manifest.json"
_BLOCK = 1 << 20


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file: its checksum, bytes and whether it is a program; or where a link leads."""

    sha256: str = ""
    size: int = 0
    program: bool = False
    link: str = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an object is, where it came from, and its files by their path below `tree`.

    `identity` is what pins it: a commit, a sha256. `time` is when it was made.
    """

    kind: str
    version: str
    origin: str
    identity: str
    time: float
    files: dict[str, Entry]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files.values())


def describe(tree: Path) -> dict[str, Entry]:
    """Every file and link below a folder. Reads all of it."""
    return {name: describe_file(tree / name) for name in walk(tree)}


def seal(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a finished object; with it the object is whole."""
    path = folder / MANIFEST
    path.write_bytes(msgspec.json.encode(manifest))
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.chmod(0o644)


def manifest_of(folder: Path) -> Manifest | None:
    """The manifest, or None when there is no object or nobody can read what it says."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None


def look(folder: Path) -> str:
    """What is wrong with an object, without reading its files; empty when nothing is."""
    manifest = manifest_of(folder)
    if manifest is None:
        return "it has no readable manifest"
    tree = folder / "tree"
    missing = set(manifest.files)
    for name in walk(tree):
        entry = manifest.files.get(name)
        if entry is None:
            return f"{name} does not belong to it"
        missing.discard(name)
        if fault := _fault(tree / name, entry):
            return f"{name} {fault}"
    return f"{min(missing)} is missing" if missing else ""


def verify(folder: Path, read: Callable[[int], None] = lambda _bytes: None) -> tuple[str, ...]:
    """All that is wrong with an object; every byte is read. `read` hears how many."""
    manifest = manifest_of(folder)
    if manifest is None:
        return ("it has no readable manifest",)
    tree = folder / "tree"
    found = set(walk(tree))
    faults = [f"{name} does not belong to it" for name in sorted(found - set(manifest.files))]
    for name, entry in sorted(manifest.files.items()):
        if name not in found:
            faults.append(f"{name} is missing")
        elif fault := _fault(tree / name, entry, times=False):
            faults.append(f"{name} {fault}")
        elif not entry.link and checksum(tree / name, read) != entry.sha256:
            faults.append(f"{name} has another content")
    return tuple(faults)


def walk(tree: Path) -> Iterator[str]:
    """Files and links below a folder by their relative path, sorted within each folder."""
    for parent, folders, names in os.walk(tree):
        folders.sort()
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted([*names, *links]):
            yield str((Path(parent) / name).relative_to(tree))


def checksum(path: Path, read: Callable[[int], None] = lambda _bytes: None) -> str:
    """The sha256 of a file."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            state.update(block)
            read(len(block))
    return state.hexdigest()


@contextlib.contextmanager
def alone(path: Path, log: Callable[[str], None], what: str = "is at work here") -> Iterator[int]:
    """Hold a lock file, its descriptor; whoever waits for it hears what the other process does.

    The lock goes with the process, so nothing stale can be left.
    """
    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log(f"another process {what}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that it is the old one or the new one, whenever we are stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def describe_file(path: Path) -> Entry:
    """One file or link. Reads all of it."""
    if path.is_symlink():
        return Entry(link=os.fsdecode(path.readlink()))
    found = path.stat()
    return Entry(
        sha256=checksum(path), size=found.st_size, program=bool(found.st_mode & stat.S_IXUSR)
    )


def _fault(path: Path, entry: Entry, *, times: bool = True) -> str:
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) != bool(entry.link):
        return "is another kind of file"
    if entry.link:
        return "" if os.fsdecode(path.readlink()) == entry.link else "leads elsewhere"
    if found.st_size != entry.size:
        return f"has {found.st_size} bytes instead of {entry.size}"
    if bool(found.st_mode & stat.S_IXUSR) != entry.program:
        return "has another mode"
    return "was changed" if times and found.st_mtime != EPOCH else ""
