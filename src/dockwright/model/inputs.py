"""The external inputs of a plan: what a build takes from elsewhere, as values.

An input says what is wanted; what that was on some day is an entry of a lock (`model.lock`). `by`
are the stages, or images, of the plan that want it.
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

import msgspec

_SHOWN = 5
"""Packages that a title names, of sets with dozens."""


class _Input(msgspec.Struct, frozen=True, kw_only=True):
    by: tuple[str, ...] = ()


class ImageInput(_Input, tag="image", frozen=True, kw_only=True):
    """An image of a registry for one platform, as the recipe names it."""

    ref: str
    platform: str

    @property
    def title(self) -> str:
        """For people."""
        return f"image {self.ref} for {self.platform}"


class GitInput(_Input, tag="git", frozen=True, kw_only=True):
    """A ref of a repository; `commit` is what it stands for, where that is known already."""

    url: str
    ref: str
    commit: str = ""

    @property
    def title(self) -> str:
        """For people."""
        return f"git {self.ref or self.commit[:12]} of {self.url}"


class ArchiveInput(_Input, tag="archive", frozen=True, kw_only=True):
    """A file; `sha256` is what it must be, where that is known already."""

    url: str
    sha256: str = ""

    @property
    def title(self) -> str:
        """For people."""
        return f"archive {self.url}"


class PythonInput(_Input, tag="python", frozen=True, kw_only=True):
    """What one step installs from package indexes: requirements as lines, with or without hashes.

    `backend` chooses builds of torch, `indexes` are asked beside the person's own, `glibc` is the
    minor version of the system's C library (2.`glibc`).
    """

    requirements: str
    python: str
    platform: str
    glibc: int
    backend: str = ""
    indexes: tuple[str, ...] = ()

    @property
    def hashed(self) -> bool:
        """Whether every file is named by its hash: a lock of the catalog."""
        return "--hash=" in self.requirements

    @property
    def digest(self) -> str:
        """Sha256 of the requirements, 64 hexadecimal digits."""
        return hashlib.sha256(self.requirements.encode()).hexdigest()

    @property
    def lines(self) -> tuple[str, ...]:
        """The requirements, one text each, hashes included, without comments and folders."""
        lines = self.requirements.replace("\\\n", " ").splitlines()
        return tuple(
            " ".join(line.split())
            for line in lines
            if line.strip() and not line.startswith(("#", "/"))
        )

    @property
    def folders(self) -> tuple[str, ...]:
        """Projects inside the stage that are installed, too: no index has them."""
        return tuple(line for line in self.requirements.splitlines() if line.startswith("/"))

    @property
    def asked(self) -> tuple[str, ...]:
        """For people: what was asked for, not everything that comes with it."""
        _, from_, rest = self.requirements.partition("\n")[0].partition(" from: ")
        if from_:
            return tuple(rest.rpartition(" (")[0].split())
        return tuple(line.partition(" --hash=")[0] for line in self.lines)

    @property
    def title(self) -> str:
        """For people."""
        some = [word.partition(" @ ")[0] for word in self.asked[:_SHOWN]]
        more = len(self.asked) - len(some)
        rest = f" and {more} more" if more else ""
        return f"Python {self.python} packages {' '.join(some)}{rest} for {self.platform}"


class PackagesInput(_Input, tag="packages", frozen=True, kw_only=True):
    """Packages of a distribution, for one platform.

    `system` is `debian/bookworm` where the source of the packages is known to us; else it is the
    image that brings its own.
    """

    system: str
    platform: str
    names: tuple[str, ...]
    bootstrapped: bool

    @property
    def title(self) -> str:
        """For people."""
        return f"{len(self.names)} packages of {self.system} for {self.platform}"


Input: TypeAlias = ImageInput | GitInput | ArchiveInput | PythonInput | PackagesInput
