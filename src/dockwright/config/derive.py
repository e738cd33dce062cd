"""What follows from the declarations: flags, and the rows of `dockwright params`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dockwright.model.kinds import BOOL
from dockwright.model.param import Param, Params, Value


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One command-line option, for whatever library shows it.

    `flags` are all spellings, the canonical one first. A switch has `negations` and no value;
    everything else takes one value, and may be given again (`repeatable`: the values add up).
    """

    name: str
    flags: tuple[str, ...]
    negations: tuple[str, ...]
    metavar: str
    help: str
    choices: tuple[str, ...]
    repeatable: bool
    group: str

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""
        return bool(self.negations)


def options(parameters: Mapping[str, Param[Any]]) -> tuple[Option, ...]:
    """The options of all parameters, by group and name. A secret has none: argv is public."""
    found = [option_of(param) for param in parameters.values() if not param.secret]
    return tuple(sorted(found, key=lambda option: (option.group, option.name)))


def option_of(param: Param[Any]) -> Option:
    """The option of one parameter."""
    flags = (param.flag, *("--" + alias for alias in param.aliases))
    switch = param.kind is BOOL
    return Option(
        name=param.name,
        flags=flags,
        negations=tuple(_negation(flag) for flag in flags) if switch else (),
        metavar="" if switch else _metavar(param),
        help=param.help,
        choices=() if switch else param.kind.choices,
        repeatable=bool(param.kind.separator),
        group=param.group,
    )


def _negation(flag: str) -> str:
    """`--no-enable-kvbm`; of `--no-cache` it is `--cache`."""
    if flag.startswith("--no-"):
        return "--" + flag.removeprefix("--no-")
    return "--no-" + flag.removeprefix("--")


def _metavar(param: Param[Any]) -> str:
    if param.metavar:
        return param.metavar
    if param.kind.choices and not param.kind.separator:
        return "|".join(param.kind.choices)
    return param.kind.name.upper().replace(" ", "_")


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `dockwright params`: everything as text, secrets masked."""

    name: str
    value: str
    default: str
    origin: str
    source: str
    group: str
    is_default: bool


def listing(
    params: Params, defaults: Params, parameters: Mapping[str, Param[Any]]
) -> tuple[Listed, ...]:
    """Value, default and origin of every parameter. `defaults` are those of the same variant."""
    return tuple(
        Listed(
            name=param.name,
            value=shown(param, params.values[param.name]),
            default=shown(param, defaults.values[param.name]),
            origin=params.values[param.name].origin.where,
            source=params.values[param.name].origin.source.value,
            group=param.group,
            is_default=params.values[param.name].origin.is_default,
        )
        for param in parameters.values()
    )


def shown(param: Param[Any], value: Value[Any]) -> str:
    """A value as text; that of a secret is `***`."""
    text = param.kind.show(value.value)
    return "***" if param.secret and text else text


def changed(rows: Iterable[Listed]) -> tuple[Listed, ...]:
    """Only what somebody said."""
    return tuple(row for row in rows if not row.is_default)
