"""A framework's own half of an image: what the shared stages do not know."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from dockwright.model.check import Check
from dockwright.model.plan import Copy, Stage, Step
from dockwright.model.source import Source


class PythonHome(StrEnum):
    """Where an image's Python packages are."""

    VENV = "venv"
    """/opt/dynamo/venv"""
    SYSTEM = "system"
    """The interpreter's own place: the upstream image brings it filled."""


class WheelOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a framework's own wheel comes from, decided before planning; one field is set.

    `url` is the wheel's address; `requirement` goes to the resolver with `index`; `image` holds the
    wheel; `context` is a named context (`source`) with the wheel at its top.
    """

    url: str = ""
    requirement: str = ""
    index: str = ""
    image: str = ""
    context: str = ""
    source: Source | None = None


class Half(msgspec.Struct, frozen=True, kw_only=True):
    """What a framework adds to the shared runtime stage, in the order of its steps.

    `prepare` runs before the packages are installed (archives of packages). `copies` bring what its
    own stages have made. `requirements` are installed with our wheels, unless they are there
    already; `raised` win over what is there. `finish` repairs links, still as root. `libraries` and
    `path` stand behind those of the components.
    """

    prepare: tuple[Step, ...] = ()
    packages: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    finish: tuple[Step, ...] = ()
    env: Mapping[str, str] = msgspec.field(default_factory=dict)
    libraries: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """All that a framework brings to a plan beside components.

    `images` are further images by name in the plan, `stages` its own stages in order; the one named
    `framework` is what the target framework ends in.
    """

    images: Mapping[str, str] = msgspec.field(default_factory=dict)
    sources: Mapping[str, Source] = msgspec.field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    half: Half = msgspec.field(default_factory=Half)
    checks: tuple[Check, ...] = ()
    complete: bool = False
    """The stack has Dynamo too, so that nothing is installed on top of it."""
