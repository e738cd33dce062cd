"""Parameters: what a person may set, declared once.

A `Param` is a typed key. Its flag, environment variable, TOML key, JSON schema, row of the
reference page and shell completion are derived from it; see `dockwright.config`. `Params` maps
keys to values, each with its origin, and notes who reads what: a value that nobody reads in the
selected graph is an error if a person set it (law 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from dockwright.model.values import Arch, Device, Framework

T = TypeVar("T")


class Kind(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A type of value: how text becomes it and back (law 10: `parse(show(x)) == x`).

    `parse` raises ValueError with a phrase that continues "NAME …", such as "must be a number".
    """

    name: str
    parse: Callable[[str], T]
    show: Callable[[T], str] = str
    schema: Mapping[str, Any] = msgspec.field(default_factory=lambda: {"type": "string"})
    choices: tuple[str, ...] = ()
    separator: str = ""
    """Between the items of a list, in text; empty for a single value."""


class Concern(StrEnum):
    """What a parameter can change."""

    IMAGE = "image"
    """The image: it may enter the plan's text."""
    BUILD = "build"
    """Only how the build runs (jobs, engine, caches): it never enters the text (law 3)."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the matrix, as far as defaults may depend on it."""

    framework: Framework
    device: Device
    cuda: str
    arch: Arch

    @property
    def cuda_major(self) -> str:
        """`12` of `12.9`; empty without CUDA."""
        return self.cuda.partition(".")[0]


class Case(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One row of a table of defaults; an empty condition matches everything."""

    value: T
    framework: tuple[Framework, ...] = ()
    device: tuple[Device, ...] = ()
    cuda: tuple[str, ...] = ()
    arch: tuple[Arch, ...] = ()

    def matches(self, cell: Cell) -> bool:
        """Whether the row holds for a cell. `cuda` entries are majors or major.minor."""
        return (
            (not self.framework or cell.framework in self.framework)
            and (not self.device or cell.device in self.device)
            and (not self.cuda or cell.cuda in self.cuda or cell.cuda_major in self.cuda)
            and (not self.arch or cell.arch in self.arch)
        )

    def conditions(self) -> str:
        """The condition for people: `vllm, trtllm · CUDA 12`."""
        parts = [
            ", ".join(self.framework),
            ", ".join(self.device),
            f"CUDA {', '.join(self.cuda)}" if self.cuda else "",
            ", ".join(self.arch),
        ]
        return " · ".join(part for part in parts if part)


class Default(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A table of defaults: the first matching case, else `otherwise`."""

    otherwise: T
    cases: tuple[Case[T], ...] = ()

    def __call__(self, cell: Cell) -> T:
        return next((case.value for case in self.cases if case.matches(cell)), self.otherwise)


class Param(msgspec.Struct, Generic[T], frozen=True, kw_only=True, eq=False):
    """The one declaration of a parameter.

    `name` is canonical (`NIXL_UCX_REF`). `derive` computes a default from other values when a
    table cannot say it; `shown_default` is its description for people. `aliases` are further
    flags without the leading dashes.
    """

    name: str
    kind: Kind[T]
    help: str
    default: Default[T] | Callable[[Params], T]
    group: str
    concern: Concern = Concern.IMAGE
    metavar: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    shown_default: str = ""
    secret: bool = False
    only: tuple[Framework, ...] = ()
    """Frameworks that it works for; empty means all. A rule refuses it for others."""

    @property
    def flag(self) -> str:
        """The command-line flag, `--nixl-ucx-ref`."""
        return "--" + self.key.replace("_", "-")

    @property
    def key(self) -> str:
        """The TOML key, `nixl_ucx_ref`."""
        return self.name.lower()

    @property
    def variable(self) -> str:
        """The environment variable, `DOCKWRIGHT_NIXL_UCX_REF`."""
        return f"DOCKWRIGHT_{self.name}"


class Source(StrEnum):
    """Where values come from, weakest first."""

    DEFAULT = "default"
    PROJECT = "project file"
    PROFILE = "config file"
    ENVIRONMENT = "environment"
    FLAG = "command line"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who said a value: the source, and the place (`dockwright.toml:12`, a variable, a flag)."""

    source: Source
    where: str

    @property
    def is_default(self) -> bool:
        """Whether nobody said it."""
        return self.source is Source.DEFAULT


class Value(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A parameter's value, who said it, and what it overrode (strongest first).

    `inputs` are the parameters that a computed default was made from.
    """

    value: T
    origin: Origin
    overridden: tuple[tuple[str, Origin], ...] = ()
    inputs: tuple[str, ...] = ()


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """All values of one build. Reading one through `track` notes the reader."""

    values: Mapping[str, Value[Any]]
    _reader: str = ""
    _ledger: dict[str, set[str]] | None = None

    def __getitem__(self, param: Param[T]) -> T:
        return self.value(param).value

    def value(self, param: Param[T]) -> Value[T]:
        """The value with its origin."""
        if self._ledger is not None:
            self._ledger.setdefault(param.name, set()).add(self._reader)
        return self.values[param.name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def track(self, reader: str, ledger: dict[str, set[str]]) -> Params:
        """The same values for one reader (a component, "selection"), whose reads are noted."""
        return Params(values=self.values, _reader=reader, _ledger=ledger)
