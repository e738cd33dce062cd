"""What a component is: declarations first, then at most a few small functions of a `Context`.

A recipe sees only what it declares: the architecture, the operating system of the stage, which of
its `needs` and `uses` the plan has, and parameters, whose reads are noted as it reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dockwright.model.check import Check
from dockwright.model.param import Param, Params
from dockwright.model.plan import CacheMount, Tag
from dockwright.model.values import Arch, Device, Family, Framework, Os


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """All that a recipe may look at while it decides its flags."""

    framework: Framework
    device: Device
    arch: Arch
    os: Os
    provider: str
    has: frozenset[str]
    params: Params


def _nothing(_: Context) -> Mapping[str, str]:
    return {}


def _fits(_: Context) -> str:
    return ""


def _no_packages(_: Context) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """One way to get a component: its shell script and what that needs.

    `packages` are installed before the script runs; `env` are the literals that the script reads;
    `files` are written before it runs (lock files). `caches` speed it up. `misfit` says why the
    result could not work in this context; empty when it can.
    """

    summary: str
    script: str
    packages: Mapping[Family, tuple[str, ...]] = field(default_factory=dict)
    env: Callable[[Context], Mapping[str, str]] = _nothing
    files: Callable[[Context], Mapping[str, str]] = _nothing
    caches: tuple[CacheMount, ...] = ()
    tags: tuple[Tag, ...] = ()
    needs: tuple[str, ...] = ()
    misfit: Callable[[Context], str] = _fits


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """What the image needs beside a component's outputs so that it works there.

    `libraries` are directories for the dynamic loader, `path` directories for PATH.
    """

    packages: Callable[[Context], tuple[str, ...]] = _no_packages
    env: Callable[[Context], Mapping[str, str]] = _nothing
    libraries: tuple[str, ...] = ()
    path: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
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
    runtime: Runtime = field(default_factory=Runtime)
    checks: Callable[[Context], tuple[Check, ...]] = lambda _: ()
    params: tuple[Param[str], ...] = ()
    ships: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameworkRecipe:
    """One framework: its images are the shared stages plus what this says.

    `components` is the bill of materials; a component comes with all that it needs.
    """

    name: Framework
    summary: str
    components: Callable[[Context], tuple[str, ...]]
