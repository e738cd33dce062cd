"""Command-line options of commands that take parameters. One declaration, one flag.

click parses only a command's own options: `config.argv` takes the parameters out of the words
before, because it sees every occurrence (`--nixl-ref a --nixl-ref b` is a contradiction) and needs
no object for each of more than a hundred flags. Those objects are made for help and completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import click

from dockwright.catalog.parameters import parameters
from dockwright.config.argv import from_argv
from dockwright.config.derive import Option
from dockwright.config.derive import options as derive_options
from dockwright.config.setting import Setting
from dockwright.model.param import Default, Param, Source


class ParamOption(click.Option):
    """The option of a parameter, as help and completion need it."""

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
            shell_complete=lambda _ctx, _param, text: _complete(declaration, text),
        )
        self.group = derived.group
        self.parameter = declaration.name


class ParamCommand(click.Command):
    """A command that takes every parameter, and the ways to say several of them at once.

    Its callback gets what was said as `said` (settings), `config_files` and `profile`. `takes` are
    the only parameters that it has flags for; empty means all.
    """

    def __init__(self, *words: Any, takes: tuple[Param[Any], ...] = (), **more: Any) -> None:
        super().__init__(*words, **more)
        self._takes = takes
        self.params += _sources(lists=not takes)

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of the only parameters that it has flags for; empty when it has all."""
        return tuple(param.name for param in self._takes)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the parameters out of the words, leave the rest to click."""
        if ctx.resilient_parsing:  # completion: nothing is executed
            return super().parse_args(ctx, args)
        settings, rest = from_argv(args, self._known())
        left = super().parse_args(ctx, rest)
        ctx.params["said"] = settings
        return left

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own; while somebody asks what there is, the parameters' too."""
        own = super().get_params(ctx)
        return [*own, *self._options()] if ctx.resilient_parsing else own

    def flags(self) -> list[str]:
        """Everything that may be written, for a guess at what was meant."""
        own = [flag for param in self.params for flag in param.opts]
        derived = derive_options(self._known())
        return own + [flag for option in derived for flag in (*option.flags, *option.negations)]

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [self.options_metavar or "", *super().collect_usage_pieces(ctx)[1:]]

    def _known(self) -> Mapping[str, Param[Any]]:
        return {param.name: param for param in self._takes} or parameters()

    def _options(self) -> tuple[ParamOption, ...]:
        known = self._known()
        return tuple(option for option in _parameter_options() if option.parameter in known)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Own options first, then one section for each group of parameters."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for param in (*self.get_params(ctx), *self._options()):
            record = param.get_help_record(ctx)
            if record is None:
                continue
            group = param.group if isinstance(param, ParamOption) else "Options"
            sections.setdefault(f"{group[:1].upper()}{group[1:]}", []).append(record)
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


takes_secrets = click.option(
    "--secret",
    "passed",
    multiple=True,
    metavar="id=ID,env=VARIABLE|src=FILE",
    help="Give a secret to the steps that ask for it; never part of the image.",
)


def spoken(arguments: Mapping[str, Any], name: str) -> str:
    """What the command line says last about one parameter; empty when it says nothing."""
    said: list[Setting] = arguments["said"]
    texts = [s.text for s in said if s.name == name and s.origin.source is Source.FLAG]
    return texts[-1] if texts else ""


def _sources(*, lists: bool) -> list[click.Parameter]:
    """Files and profiles; with `lists` the two flags that can say any parameter."""
    files: list[click.Parameter] = [
        click.Option(
            ["--config", "config_files"],
            multiple=True,
            metavar="FILE",
            help="Read parameters from a TOML file (stronger than dockwright.toml).",
        ),
        click.Option(
            ["--profile"], metavar="NAME", default="", help="Profile of the TOML files to use."
        ),
    ]
    # `config.argv` reads these two; they stand here to be shown.
    any_parameter = [
        click.Option(
            ["--set", "sets"],
            multiple=True,
            expose_value=False,
            metavar="COMPONENT.OPTION=VALUE",
            help="Set an option of a component, such as nats.provider=wheel.",
        ),
        click.Option(
            ["--build-arg", "build_args"],
            multiple=True,
            expose_value=False,
            metavar="NAME=VALUE",
            help="Set a parameter by its canonical name, as docker build would.",
        ),
    ]
    return [*files, *(any_parameter if lists else ())]


@cache
def _parameter_options() -> tuple[ParamOption, ...]:
    known = parameters()
    return tuple(ParamOption(derived, known[derived.name]) for derived in derive_options(known))


def _complete(declaration: Param[Any], text: str) -> list[str]:
    """The choices that continue `text`; of a list, its last item."""
    before, comma, word = "", "", text
    if declaration.kind.separator:
        before, comma, word = text.rpartition(declaration.kind.separator)
    choices = declaration.kind.choices
    return [f"{before}{comma}{choice}" for choice in choices if choice.startswith(word.lower())]


def _shown(declaration: Param[Any]) -> str | bool:
    if declaration.shown_default:
        return declaration.shown_default
    if isinstance(declaration.default, Default):
        text = declaration.kind.show(declaration.default.otherwise)
        return (text or "empty") + (
            "; see `dockwright explain`" if declaration.default.cases else ""
        )
    return False
