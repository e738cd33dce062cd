"""The lock: what every external input of some cells was on one day, as a value.

Its file is read and written by `config.lock_file`. Entries are kept in one fixed order, so that
the same content is the same file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from dockwright.model.inputs import (
    ArchiveInput,
    GitInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)

VERSION = 1
"""Of the file's format."""


class LockedImage(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What a reference named: a manifest of its own for each platform."""

    ref: str
    platforms: Mapping[str, str]
    """`linux/amd64` → `sha256:…`."""

    @property
    def key(self) -> str:
        return self.ref


class LockedGit(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The commit that a ref of a repository named."""

    url: str
    ref: str
    commit: str

    @property
    def key(self) -> str:
        return f"{self.url}#{self.ref}"


class LockedArchive(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A file, by checksum and size in bytes."""

    url: str
    sha256: str
    size: int

    @property
    def key(self) -> str:
        return self.url


class LockedPython(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A set of Python packages for one interpreter and platform.

    `sha256` is that of the requirements as the recipe has them. `packages` are the exact versions
    with hashes that they resolved to; empty when the recipe's own text holds them.
    """

    wants: tuple[str, ...]
    python: str
    platform: str
    sha256: str
    packages: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{' '.join(self.wants[:1])} {self.python} {self.platform} {self.sha256[:12]}"


class LockedPackages(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Versions of a distribution's packages."""

    system: str
    platform: str
    versions: Mapping[str, str]

    @property
    def key(self) -> str:
        return f"{self.system} {self.platform}"


Entry: TypeAlias = LockedImage | LockedGit | LockedArchive | LockedPython | LockedPackages


class Lock(msgspec.Struct, frozen=True, kw_only=True):
    """All entries, and the cells that they were made for."""

    cells: tuple[str, ...] = ()
    images: tuple[LockedImage, ...] = ()
    gits: tuple[LockedGit, ...] = ()
    archives: tuple[LockedArchive, ...] = ()
    pythons: tuple[LockedPython, ...] = ()
    packages: tuple[LockedPackages, ...] = ()

    def image(self, ref: str, platform: str) -> str:
        """The digest of an image for a platform; empty when it is not here."""
        return next((e.platforms.get(platform, "") for e in self.images if e.ref == ref), "")

    def commit(self, url: str, ref: str) -> str:
        """The commit of a ref; empty when it is not here."""
        return next((e.commit for e in self.gits if (e.url, e.ref) == (url, ref)), "")

    def archive(self, url: str) -> LockedArchive | None:
        """The file at an address."""
        return next((e for e in self.archives if e.url == url), None)

    def python(self, wanted: PythonInput) -> LockedPython | None:
        """The set that a step's requirements resolved to."""
        key = (wanted.python, wanted.platform, wanted.digest)
        return next((e for e in self.pythons if (e.python, e.platform, e.sha256) == key), None)

    def version(self, wanted: PackagesInput, name: str) -> str:
        """The version of a distribution's package; empty when it is not here."""
        for entry in self.packages:
            if (entry.system, entry.platform) == (wanted.system, wanted.platform):
                return entry.versions.get(name, "")
        return ""

    def holds(self, wanted: Input) -> bool:
        """Whether an input is pinned here. What no source can tell counts as pinned."""
        match wanted:
            case ImageInput(ref=ref, platform=platform):
                return "@" in ref or bool(self.image(ref, platform))
            case GitInput(url=url, ref=ref, commit=commit):
                found = self.commit(url, ref or commit)
                return bool(found) and commit in {"", found}
            case ArchiveInput(url=url, sha256=sha256):
                entry = self.archive(url)
                return entry is not None and sha256 in {"", entry.sha256}
            case PythonInput():
                return self.python(wanted) is not None
            case PackagesInput(names=names):
                return not wanted.bootstrapped or all(self.version(wanted, n) for n in names)

    def entries(self) -> Iterator[Entry]:
        """All of them, in the file's order."""
        yield from self.images
        yield from self.gits
        yield from self.archives
        yield from self.pythons
        yield from self.packages


def lock_of(entries: Iterable[Entry], cells: Iterable[str] = ()) -> Lock:
    """A lock in its one order; of two entries for the same thing the later one holds."""
    found: dict[tuple[type, str], Entry] = {}
    for entry in entries:
        known = found.get((type(entry), entry.key))
        found[type(entry), entry.key] = _joined(known, entry) if known else entry
    every = sorted(map(_ordered, found.values()), key=lambda entry: entry.key)
    return Lock(
        cells=tuple(sorted(set(cells))),
        images=tuple(e for e in every if isinstance(e, LockedImage)),
        gits=tuple(e for e in every if isinstance(e, LockedGit)),
        archives=tuple(e for e in every if isinstance(e, LockedArchive)),
        pythons=tuple(e for e in every if isinstance(e, LockedPython)),
        packages=tuple(e for e in every if isinstance(e, LockedPackages)),
    )


def _ordered(entry: Entry) -> Entry:
    if isinstance(entry, LockedPython):
        return replace(entry, packages=tuple(sorted(entry.packages)))
    return entry


def _joined(known: Entry, entry: Entry) -> Entry:
    """Platforms of one image, and packages of one system, are parts of one entry."""
    match known, entry:
        case LockedImage(), LockedImage():
            platforms = {**known.platforms, **entry.platforms}
            return replace(entry, platforms=dict(sorted(platforms.items())))
        case LockedPackages(), LockedPackages():
            versions = {**known.versions, **entry.versions}
            return replace(entry, versions=dict(sorted(versions.items())))
        case _:
            return entry


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between two locks; `before` or `after` is empty when it is not there."""

    kind: str
    key: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"+ {self.kind} {self.key} {self.after}"
        if not self.after:
            return f"- {self.kind} {self.key} {self.before}"
        return f"~ {self.kind} {self.key} {self.before} → {self.after}"


def changes(before: Lock, after: Lock) -> tuple[Change, ...]:
    """What is new, gone or different, in the file's order."""
    old, new = _facts(before), _facts(after)
    return tuple(
        Change(kind=kind, key=key, before=old.get((kind, key), ""), after=new.get((kind, key), ""))
        for kind, key in dict.fromkeys((*old, *new))
        if old.get((kind, key)) != new.get((kind, key))
    )


def _facts(lock: Lock) -> dict[tuple[str, str], str]:
    """Each single fact: (kind, what) → what it was."""
    found: dict[tuple[str, str], str] = {}
    for entry in lock.entries():
        match entry:
            case LockedImage(ref=ref, platforms=platforms):
                found |= {("image", f"{ref} {name}"): d for name, d in platforms.items()}
            case LockedGit(commit=commit):
                found["git", entry.key] = commit
            case LockedArchive(sha256=sha256, size=size):
                found["archive", entry.key] = f"sha256:{sha256} ({size} bytes)"
            case LockedPython(packages=packages):
                where = f"{entry.python} {entry.platform}"
                asked = " ".join(entry.wants)
                found["python", entry.key] = f"{len(packages)} packages for {asked}"
                for line in packages:
                    name, _, rest = line.partition(" ")[0].partition("==")
                    files = hashlib.sha256(line.encode()).hexdigest()[:8]
                    found["python", f"{name} {where} ({entry.sha256[:8]})"] = f"{rest} ({files})"
            case LockedPackages(versions=versions):
                found |= {("package", f"{entry.key} {n}"): v for n, v in versions.items()}
    return found
