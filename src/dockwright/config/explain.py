"""`dockwright explain NAME`: what a parameter is, whose value it has, and what it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from dockwright.config.cells import default_of
from dockwright.config.consumers import consumers
from dockwright.config.derive import option_of, shown
from dockwright.config.names import of_option, suggestion
from dockwright.errors import UserError
from dockwright.model.param import Param, Params


class Overridden(msgspec.Struct, frozen=True, kw_only=True):
    """A value that somebody said and that a stronger source replaced."""

    value: str
    source: str
    where: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one parameter in one build, as text; a secret's values are masked.

    `inputs` are what the default was computed from; `consumers` who reads it in the graph.
    """

    name: str
    help: str
    type: str
    choices: tuple[str, ...]
    flags: tuple[str, ...]
    variable: str
    key: str
    group: str
    concern: str
    only: tuple[str, ...]
    value: str
    default: str
    source: str
    where: str
    overridden: tuple[Overridden, ...]
    inputs: tuple[str, ...]
    consumers: tuple[str, ...]


def explain(
    param: Param[Any], params: Params, ledger: Mapping[str, AbstractSet[str]]
) -> Explanation:
    """The explanation for one build; `ledger` says who read what while it was planned."""
    value = params.values[param.name]
    option = option_of(param)
    default = param.kind.show(default_of(params, param))
    return Explanation(
        name=param.name,
        help=param.help,
        type=param.kind.name,
        choices=param.kind.choices,
        flags=() if param.secret else (*option.flags, *option.negations),
        variable=param.variable,
        key=param.key,
        group=param.group,
        concern=param.concern.value,
        only=tuple(framework.value for framework in param.only),
        value=shown(param, value),
        default=shown(param, value) if value.origin.is_default else default,
        source=value.origin.source.value,
        where=value.origin.where,
        overridden=tuple(
            Overridden(value=text, source=origin.source.value, where=origin.where)
            for text, origin in value.overridden
        ),
        inputs=value.inputs,
        consumers=consumers(params, ledger).get(param.name, ()),
    )


def find(word: str, parameters: Mapping[str, Param[Any]]) -> Param[Any]:
    """The parameter of a name in any spelling: NAME, key, flag, variable, component.option.

    Raises UserError with a suggestion.
    """
    name = word.lstrip("-").upper().replace("-", "_").removeprefix("DOCKWRIGHT_")
    component, dot, option = name.partition(".")
    if dot:
        name = of_option(component, option, parameters)
    for param in parameters.values():
        aliases = {alias.upper().replace("-", "_") for alias in param.aliases}
        if name == param.name or name in aliases:
            return param
    raise UserError(f"unknown parameter {word!r}", hint=suggestion(name, parameters))
