"""Command-line options, derived from the parameters. One declaration, one flag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import click

from dockwright.catalog.parameters import parameters
from dockwright.config.derive import Option
from dockwright.config.derive import options as derive_options
from dockwright.model.param import Default, Param

_F = TypeVar("_F", bound=Callable[..., Any])


class ParamOption(click.Option):
    """An option that belongs to a parameter; `derived` says how it is spelled."""

    def __init__(self, derived: Option, declaration: Param[Any]) -> None:
        words = [
            "/".join((flag, *((derived.negations[place],) if derived.is_switch else ())))
            for place, flag in enumerate(derived.flags)
        ]
        super().__init__(
            [f"p_{declaration.key}", *words],
            default=None,
            multiple=derived.repeatable,
            metavar=derived.metavar or None,
            help=declaration.help,
            show_default=_shown(declaration),
        )
        self.group = derived.group


class ParamCommand(click.Command):
    """A command whose help lists the parameters' options in their groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Own options first, then one section for each group of parameters."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is None:
                continue
            group = param.group if isinstance(param, ParamOption) else "Options"
            sections.setdefault(f"{group[:1].upper()}{group[1:]}", []).append(record)
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


@cache
def _options() -> tuple[ParamOption, ...]:
    known = parameters()
    return tuple(
        ParamOption(derived, known[derived.name])
        for derived in derive_options(known)
        if not known[derived.name].secret
    )


def takes_parameters(function: _F) -> _F:
    """Add every parameter, and the ways to say several of them at once, to a command."""
    own: Sequence[click.Option] = (
        click.Option(
            ["--config", "config_files"],
            multiple=True,
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Read parameters from a TOML file (stronger than dockwright.toml).",
        ),
        click.Option(
            ["--profile"], metavar="NAME", default="", help="Profile of the TOML files to use."
        ),
        click.Option(
            ["--set", "sets"],
            multiple=True,
            metavar="COMPONENT.OPTION=VALUE",
            help="Set an option of a component, such as nats.provider=wheel.",
        ),
        click.Option(
            ["--build-arg", "build_args"],
            multiple=True,
            metavar="NAME=VALUE",
            help="Set a parameter by its canonical name, as docker build would.",
        ),
    )
    existing: list[click.Parameter] = getattr(function, "__click_params__", [])
    existing.extend(reversed((*own, *_options())))
    function.__click_params__ = existing  # type: ignore[attr-defined]
    return function


def said(arguments: Mapping[str, Any]) -> dict[str, str | bool | Sequence[str] | None]:
    """Of a command's arguments: the parameters, by canonical name; None is "not given"."""
    values: dict[str, str | bool | Sequence[str] | None] = {}
    for declaration in parameters().values():
        value = arguments.get(f"p_{declaration.key}")
        values[declaration.name] = None if value == () else value
    return values


def _shown(declaration: Param[Any]) -> str | bool:
    if declaration.shown_default:
        return declaration.shown_default
    if isinstance(declaration.default, Default):
        text = declaration.kind.show(declaration.default.otherwise)
        return (text or "empty") + (
            "; see `dockwright explain`" if declaration.default.cases else ""
        )
    return False
