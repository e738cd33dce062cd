"""`dockwright explain NAME`: one parameter, its value and origin, and what it reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from dockwright.cli import host, options
from dockwright.errors import DockwrightError, UserError

if TYPE_CHECKING:
    from dockwright.cli.effects import Effect
    from dockwright.cli.planned import Subject
    from dockwright.config.explain import Explanation
    from dockwright.model.param import Params


@click.command("explain", cls=options.ParamCommand)
@click.argument("name", metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(name: str, *, as_json: bool, **arguments: Any) -> None:
    """Explain the parameter NAME for one build: give the same flags as to the build.

    NAME in any spelling: NIXL_REF, nixl_ref, --nixl-ref, nixl.ref. Shown are its meaning, its value
    and who said it, every value that lost, who reads it, and the stages that another value changes.
    """
    from dockwright.catalog.parameters import parameters
    from dockwright.cli import settings
    from dockwright.config.explain import explain, find

    env = host.environment()
    param = find(name, parameters())
    # The values may contradict each other: then the explanation is needed most.
    params, *_ = settings.read(arguments, env, check=False)
    found, refused = _planned(params)
    ledger: Mapping[str, set[str]] = found.planned.ledger if found else {}
    explanation = explain(param, params, ledger)
    effects: Effect | None = None
    if found:
        from dockwright.cli.effects import effect

        effects = effect(found, settings.settings(arguments, env), param)
    if as_json:
        import msgspec

        from dockwright.cli.run import show_json

        data = msgspec.to_builtins(explanation)
        show_json({"version": 1, **data, "effect": effects, "refused": refused})
        return
    for line in _text(explanation, effects, refused):
        click.echo(line)


def _planned(params: Params) -> tuple[Subject | None, str]:
    """The plan, or why there is none: an explanation is given in any case."""
    from dockwright.cli.planned import plan_of

    try:
        return plan_of(params, check=False), ""
    except UserError as error:
        return None, "; ".join(map(str, error.problems))
    except DockwrightError as error:
        return None, error.message


def _text(explanation: Explanation, effects: Effect | None, refused: str) -> Iterator[str]:
    where = explanation.where
    yield f"{explanation.name}: {explanation.help}"
    yield ""
    yield from _row("value", f"{explanation.value or 'empty'}  ({where})")
    for lost in explanation.overridden:
        yield from _row("overrides", f"{lost.value}  ({lost.where}, {lost.source})")
    yield from _row("default", explanation.default or "empty")
    if explanation.inputs:
        yield from _row("made from", ", ".join(explanation.inputs))
    kind = explanation.type
    if explanation.choices:
        kind += f": {', '.join(explanation.choices)}"
    yield from _row("type", kind)
    yield from _row("flag", ", ".join(explanation.flags) or "none: argv is public")
    yield from _row("variable", explanation.variable)
    yield from _row("TOML key", explanation.key)
    yield from _row("group", explanation.group)
    if explanation.only:
        yield from _row("only for", ", ".join(explanation.only))
    if explanation.concern == "build":
        yield from _row("changes", "how the build runs, never the image")
        return
    if refused:
        yield from _row("not planned", refused)
        return
    yield from _row("read by", ", ".join(explanation.consumers) or _elsewhere(explanation.name))
    if effects:
        yield from _effect(effects)


def _elsewhere(name: str) -> str:
    from dockwright.cli.elsewhere import works_for

    places = works_for(name)
    return f"nobody in this build; it works with {', '.join(places)}" if places else "nobody"


def _effect(effects: Effect) -> Iterator[str]:
    value = f"with {effects.tried!r}" if effects.tried else "by who reads it"
    yield from _row("changes", f"{', '.join(effects.changed) or 'no stage'}  ({value})")
    if effects.added:
        yield from _row("adds", ", ".join(effects.added))
    if effects.removed:
        yield from _row("removes", ", ".join(effects.removed))


def _row(name: str, text: str) -> Iterator[str]:
    yield f"  {name:<12}{text}"
