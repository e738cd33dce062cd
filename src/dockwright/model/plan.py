"""The plan: stages of steps, the whole truth about one build, as a serialisable value.

The instruction set is small and shaped like BuildKit's LLB. A Dockerfile is only how an engine is
told; no text is ever read back. Everything is frozen, keyword-only and encodes to one canonical
JSON (`encode`), whose sha256 is the plan's identity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

from dockwright.model.source import Source


class Tag(StrEnum):
    """What a step does, for the functions that wrap steps (planning/wrap.py)."""

    COMPILES = "compiles"
    PYTHON = "python"
    NETWORK = "network"


class BuildKind(StrEnum):
    """What drives the compilers of a step, so that a wrapper can speak its language."""

    AUTOTOOLS = "autotools"
    CARGO = "cargo"
    CMAKE = "cmake"
    CONFIGURE = "configure"
    """A configure script of the project's own, which is not autotools (FFmpeg)."""
    MAKE = "make"
    MESON = "meson"
    SETUPTOOLS = "setuptools"


class _Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    pass


class SecretMount(_Value, tag="secret", frozen=True, kw_only=True):
    """A file that exists only while the step runs; absent secrets are not an error."""

    id: str
    target: str


class CacheMount(_Value, tag="cache", frozen=True, kw_only=True):
    """A directory that survives between builds on one engine and is never part of an image."""

    id: str
    target: str
    locked: bool = False


class StageMount(_Value, tag="stage", frozen=True, kw_only=True):
    """A read-only view of another stage's files while the step runs."""

    stage: str
    source: str
    target: str


Mount: TypeAlias = SecretMount | CacheMount | StageMount


class Run(_Value, tag="run", frozen=True, kw_only=True):
    """One shell script. `env` lives for this step only; without Tag.NETWORK it has no network.

    `build` says what drives the compilers, in a step with Tag.COMPILES. `prelude` is shell that
    wrappers put before the script, and `epilogue` after it, also when it failed; with an epilogue
    the network is shut off for the script alone. `writes` are the places that it changes, said by
    steps that do not run as root (planning/users.py).
    """

    title: str
    script: str
    env: Mapping[str, str] = {}
    mounts: tuple[Mount, ...] = ()
    tags: tuple[Tag, ...] = ()
    build: BuildKind | None = None
    prelude: tuple[str, ...] = ()
    epilogue: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


class Copy(_Value, tag="copy", frozen=True, kw_only=True):
    """Copy a declared output of another stage to the same or another place."""

    stage: str
    source: str
    target: str


class CopyContext(_Value, tag="context", frozen=True, kw_only=True):
    """Copy out of a named context that the host has filled: a source, by its content's name."""

    context: str
    source: str
    target: str


class Write(_Value, tag="write", frozen=True, kw_only=True):
    """A small text file, owned by root, mode 644."""

    path: str
    text: str


class Env(_Value, tag="env", frozen=True, kw_only=True):
    """Environment of the image: `values` are set, `prepend` goes in front of path-like lists."""

    values: Mapping[str, str] = {}
    prepend: Mapping[str, tuple[str, ...]] = {}


class Workdir(_Value, tag="workdir", frozen=True, kw_only=True):
    path: str


class User(_Value, tag="user", frozen=True, kw_only=True):
    name: str


class Label(_Value, tag="label", frozen=True, kw_only=True):
    values: Mapping[str, str]


class Entrypoint(_Value, tag="entrypoint", frozen=True, kw_only=True):
    argv: tuple[str, ...]


class Cmd(_Value, tag="cmd", frozen=True, kw_only=True):
    argv: tuple[str, ...]


Step: TypeAlias = Run | Copy | CopyContext | Write | Env | Workdir | User | Label | Entrypoint | Cmd


class RegistryImage(_Value, tag="registry", frozen=True, kw_only=True):
    """An image that the engine pulls."""

    ref: str


class LayoutImage(_Value, tag="layout", frozen=True, kw_only=True):
    """An OCI layout on disk, known by its manifest's digest; `ref` is its tag there."""

    name: str
    digest: str
    ref: str


class BootstrapImage(_Value, tag="bootstrap", frozen=True, kw_only=True):
    """A root file system made from a distribution's archive."""

    distribution: str
    suite: str
    arch: str
    packages: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Sha256 of the request (canonical JSON)."""
        return digest(self)


BaseImage: TypeAlias = RegistryImage | LayoutImage | BootstrapImage


class Stage(_Value, frozen=True, kw_only=True):
    """A stage: a base (another stage, an image of the plan, or "scratch"), then steps.

    `component` is whom a failure or a timing belongs to; `outputs` are what others may copy.
    """

    name: str
    base: str
    summary: str
    component: str = ""
    steps: tuple[Step, ...] = ()
    outputs: tuple[str, ...] = ()


class Plan(_Value, frozen=True, kw_only=True):
    """One image of one platform: base images by name, stages in order, the stage that is it.

    `sources` are the named contexts that steps copy from, by name.
    """

    name: str
    platform: str
    target: str
    images: Mapping[str, BaseImage]
    stages: tuple[Stage, ...]
    sources: Mapping[str, Source] = {}

    def stage(self, name: str) -> Stage:
        """The stage of that name. Raises KeyError."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)


def encode(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces. Equal values give equal bytes (law 1)."""
    return msgspec.json.encode(value, order="sorted")


def digest(value: Any) -> str:
    """Sha256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(encode(value)).hexdigest()
