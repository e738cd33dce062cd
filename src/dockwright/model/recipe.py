"""What a component is: declarations first, then at most a few small functions of a `Context`.

A recipe sees only what it declares: the architecture, the operating system of the stage, which of
its `needs` and `uses` the plan has, and parameters, whose reads are noted as it reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import msgspec

from dockwright.model.check import Check
from dockwright.model.framework import Own, PythonHome, WheelOrigin
from dockwright.model.lock import Lock
from dockwright.model.param import Param, Params
from dockwright.model.plan import BuildKind, CacheMount, Tag
from dockwright.model.source import Sourced
from dockwright.model.values import Arch, Device, Family, Framework, Os


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """All that a recipe may look at while it decides its flags."""

    framework: Framework
    device: Device
    arch: Arch
    os: Os
    provider: str
    has: frozenset[str]
    params: Params
    cuda: str = ""
    trees: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    """Directories of the host that are sources: path → (file → digest)."""
    wheel: WheelOrigin = msgspec.field(default_factory=WheelOrigin)
    """The framework's own wheel, where planning had to decide about it."""
    lock: Lock = msgspec.field(default_factory=Lock)
    open_refs: bool = False
    """Whether a ref that nothing pins stays as it was said (`planning.pin.Pinning.OPEN`)."""

    @property
    def cuda_major(self) -> str:
        """`12` of `12.9`; empty without CUDA."""
        return self.cuda.partition(".")[0]


def _nothing(_: Context) -> Mapping[str, str]:
    return {}


def _fits(_: Context) -> str:
    return ""


def _no_packages(_: Context) -> tuple[str, ...]:
    return ()


def _no_sources(_: Context) -> tuple[Sourced, ...]:
    return ()


class Wheels(msgspec.Struct, frozen=True, kw_only=True):
    """The wheels that a stage makes: exactly one for each pattern, loadable by the interpreter."""

    folder: str
    patterns: tuple[str, ...]
    python: str


def _no_wheels(_: Context) -> Wheels | None:
    return None


class On(StrEnum):
    """What a provider's stage starts from."""

    BASE = "base"
    TOOLCHAIN = "toolchain"
    """Compilers: manylinux with a GCC toolset for CUDA, else the base with its distribution's."""


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One way to get a component: its shell script and what that needs.

    `packages` are installed before the script runs; `env` are the literals that the script reads;
    `files` are written before it runs (lock files). `sources` are copied into the stage, `wheels`
    are what it must make. `prepare` is a script with network that gets what is locked (crates,
    build tools), so that `script` can work without. `build` says what drives the compilers in
    `script`; None when it compiles nothing. `caches` speed both up. `needs` come beside
    the component's own; `needs_if` are those that depend on parameters. `misfit` says why the
    result could not work in this context; empty when it can.
    """

    summary: str
    script: str
    packages: Mapping[Family, tuple[str, ...]] = msgspec.field(default_factory=dict)
    env: Callable[[Context], Mapping[str, str]] = _nothing
    files: Callable[[Context], Mapping[str, str]] = _nothing
    sources: Callable[[Context], tuple[Sourced, ...]] = _no_sources
    wheels: Callable[[Context], Wheels | None] = _no_wheels
    prepare: str = ""
    on: On = On.BASE
    build: BuildKind | None = None
    caches: tuple[CacheMount, ...] = ()
    tags: tuple[Tag, ...] = ()
    needs: tuple[str, ...] = ()
    needs_if: Callable[[Context], tuple[str, ...]] = _no_packages
    misfit: Callable[[Context], str] = _fits


class Runtime(msgspec.Struct, frozen=True, kw_only=True):
    """What the image needs beside a component's outputs so that it works there.

    `libraries` are directories for the dynamic loader, `path` directories for PATH.
    """

    packages: Callable[[Context], tuple[str, ...]] = _no_packages
    env: Callable[[Context], Mapping[str, str]] = _nothing
    libraries: Callable[[Context], tuple[str, ...]] = _no_packages
    path: tuple[str, ...] = ()


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream project that is built or installed in a stage of its own.

    `outputs` are the absolute paths that another stage may copy; every provider fills them.
    `needs` are always built first and copied into the stage; `uses` only when the plan has them.
    `ships` is False for tools that no image keeps.
    """

    name: str
    summary: str
    licence: str
    homepage: str
    providers: Mapping[str, Provider]
    provider: Param[str] | None = None
    outputs: tuple[str, ...]
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    devices: tuple[Device, ...] = tuple(Device)
    runtime: Runtime = msgspec.field(default_factory=Runtime)
    checks: Callable[[Context], tuple[Check, ...]] = lambda _: ()
    params: tuple[Param[str], ...] = ()
    ships: bool = True


def _nothing_own(_: Context) -> Own:
    return Own()


class FrameworkRecipe(msgspec.Struct, frozen=True, kw_only=True):
    """One framework: its images are the shared stages plus what this says.

    `components` is the bill of materials; a component comes with all that it needs. `own` are the
    stages that only this framework has, and its half of the runtime image. `from_image` says that
    the runtime starts from RUNTIME_IMAGE and not from the base.
    """

    name: Framework
    summary: str
    components: Callable[[Context], tuple[str, ...]]
    own: Callable[[Context], Own] = _nothing_own
    from_image: bool = False
    python: PythonHome = PythonHome.VENV
