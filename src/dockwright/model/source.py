"""Sources: what a component is built from, pinned by its content.

Sources are fetched on the host, into a store whose folders are named after `Source.digest`, and
enter a build as named contexts. The digest is of the content alone: a mirror changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from dockwright.model.values import is_commit


class _Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    def identity(self) -> tuple[object, ...]:
        """What says which bytes these are."""
        raise NotImplementedError

    @property
    def digest(self) -> str:
        """64 hexadecimal digits; equal for equal content."""
        return hashlib.sha256(msgspec.json.encode(self.identity())).hexdigest()


class Git(_Source, tag="git", frozen=True, kw_only=True):
    """A git tree: the files of one commit, without history.

    `ref` is what a person said. Without a `commit` the ref itself is fetched and nothing can be
    verified; the catalog does that only where upstream's commit is not known to it.
    """

    url: str
    commit: str = ""
    ref: str = ""
    submodules: bool = False

    def identity(self) -> tuple[object, ...]:
        where = (self.commit,) if self.commit else (self.url, self.ref)
        return ("git", *where, self.submodules)

    @property
    def version(self) -> str:
        """For people: the ref and the commit."""
        return f"{self.ref} {self.commit[:12]}".strip()


class Archive(_Source, tag="archive", frozen=True, kw_only=True):
    """A file by its checksum: unpacked without its first `strip` path levels, or kept as `name`."""

    url: str
    sha256: str
    ref: str = ""
    size: int = 0
    unpack: bool = True
    strip: int = 1
    name: str = ""

    def identity(self) -> tuple[object, ...]:
        form = ("tree", self.strip) if self.unpack else ("file", self.file)
        # Without a checksum it is only looked for (Pinning.OPEN), never built from.
        return ("archive", self.sha256 or self.url, *form)

    @property
    def file(self) -> str:
        """The file's name in the tree, when it is kept."""
        return self.name or self.url.rsplit("/", 1)[-1]

    @property
    def version(self) -> str:
        """For people: the release and the checksum."""
        return f"{self.ref} {self.sha256[:12]}".strip()


class Directory(_Source, tag="directory", frozen=True, kw_only=True):
    """Some paths below a directory of the host, as they were when the build was planned."""

    path: str
    paths: tuple[str, ...]
    content: str
    """Digest of the selection, see `selection`."""

    def identity(self) -> tuple[object, ...]:
        return ("directory", self.content)

    @property
    def version(self) -> str:
        """For people: the state of the files."""
        return self.content[:12]


class Wheel(_Source, tag="wheel", frozen=True, kw_only=True):
    """The wheel of TensorRT-LLM that the same build makes from a repository into `path`.

    What will be in it is known only then; its inputs say which one it is.
    """

    url: str
    commit: str
    arch: str
    python: str
    path: str

    def identity(self) -> tuple[object, ...]:
        return ("wheel", self.url, self.commit, self.arch, self.python)

    @property
    def fixed(self) -> bool:
        """Whether the commit says once and for all what the wheel is made of."""
        return is_commit(self.commit)

    @property
    def version(self) -> str:
        """For people: what it is made of."""
        return self.commit


Source: TypeAlias = Git | Archive | Directory | Wheel


class Sourced(msgspec.Struct, frozen=True, kw_only=True):
    """A source and where its tree (or only some paths of it) goes in the stage."""

    source: Source
    target: str
    paths: tuple[str, ...] = ()


def select(files: Mapping[str, str], paths: tuple[str, ...]) -> dict[str, str]:
    """Those of the files (path → digest) that are one of the paths or below it."""
    if not paths:
        return dict(files)
    return {
        name: digest
        for name, digest in files.items()
        if any(name == path or name.startswith(f"{path}/") for path in paths)
    }


def selection(files: Mapping[str, str]) -> str:
    """One digest for a set of files; their order does not matter."""
    lines = "".join(f"{digest} {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def context_name(component: str, source: Source) -> str:
    """The name that COPY --from says; it changes with the content, so no cache can mix them up."""
    return f"source-{component}-{source.digest[:16]}"
