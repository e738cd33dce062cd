"""`dockwright plan` (= `build --dry-run`): what a build would do, exactly."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from dockwright.cli import host, options
from dockwright.errors import UserError

if TYPE_CHECKING:
    from dockwright.cli.planned import Subject
    from dockwright.cli.scheduling import Work
    from dockwright.engines.api import Engine
    from dockwright.engines.schedule import Schedule


_INDENT = " " * 5


@click.command("plan", cls=options.ParamCommand)
@options.takes_secrets
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "shell", "bake"]),
    default="text",
    show_default=True,
    help="text for people (stderr), json for scripts, shell to run by hand, bake for buildx.",
)
@click.option(
    "--write",
    metavar="DIR",
    default="",
    help="With --format bake: write docker-bake.json and the build's files there.",
)
@click.option("--all", "every", is_flag=True, help="Plan and render every cell of the matrix.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    *,
    form: str,
    write: str,
    every: bool,
    as_json: bool,
    passed: tuple[str, ...],
    **arguments: Any,
) -> int:
    """Show what a build would do: its stages, and the exact commands of a real run.

    Nothing on disk is touched (but --write) and no engine is started. With --engine auto the
    engine is looked for; name one to plan for a machine that is not this one.
    """
    env = host.environment()
    form = "json" if as_json else form
    if write and form != "bake":
        raise UserError("--write belongs to --format bake", hint="add --format bake")
    if every:
        from dockwright.cli.every import plan_every

        return plan_every(arguments, env, as_json=form == "json")
    from dockwright.cli.planned import subjects

    show(subjects(arguments, env), env, form, passed=passed, write=write)
    return 0


def show(
    found: Sequence[Subject],
    env: Mapping[str, str],
    form: str,
    *,
    passed: Sequence[str] = (),
    write: str = "",
) -> None:
    """Print the plans of one invocation in one of the formats."""
    from dockwright.catalog.parameters.build import ENGINE
    from dockwright.cli import offline
    from dockwright.cli.scheduling import work

    network = None
    if offline.is_wanted(found[0].params):
        offline.check([subject.planned.plan for subject in found], env)
        network = offline.network(env)
    engine = _engine("buildkit" if form == "bake" else found[0].params[ENGINE].value, env)
    everything = work(found, engine, env, passed=passed, network=network)
    match form:
        case "json":
            from dockwright.cli.plan_data import plan_data
            from dockwright.cli.run import show_json

            show_json(plan_data(everything, engine.name))
        case "bake":
            from dockwright.cli.bake import show_bake

            show_bake(everything, engine, write)
        case "shell":
            for command_ in everything.commands:
                click.echo(shlex.join(command_.argv))
        case _:
            click.echo("\n".join(_text(everything, engine.name)), err=True)


def _engine(name: str, env: Mapping[str, str]) -> Engine:
    from dockwright.cli.engines import choose, make

    if name == "auto":
        return choose(name, env)
    engine = make(name, env)
    if name == "buildkit":
        # What it is told depends on this host's builder. To ask buildah would make its storage.
        engine.probe()
    return engine


def _text(everything: Work, engine: str) -> Iterator[str]:
    from dockwright.cli.tables import width

    for subject, scheduled in zip(everything.subjects, everything.schedules, strict=True):
        yield f"{scheduled.plan.name} {scheduled.plan.target} on {engine}"
        yield ""
        yield from _said(subject)
        yield from _wheel(subject)
        yield from _stages(scheduled)
        yield ""
    yield f"Names: {', '.join(everything.tags)}"
    yield ""
    columns = width(sys.stderr)
    yield "Commands:"
    for number, command_ in enumerate(everything.commands, start=1):
        yield f"  {number}. {command_.purpose}"
        yield from wrapped(command_.argv, columns)
    yield ""
    checks = sum(len(subject.planned.checks) for subject in everything.subjects)
    yield f"{_count(everything)} stages, {checks} checks; nothing was touched."


def wrapped(argv: Sequence[str], width: int) -> Iterator[str]:
    """A command in lines that a terminal shows well and a shell still takes."""
    room = width - len(_INDENT) - 2
    line = ""
    for word in map(shlex.quote, argv):
        if line and len(line) + 1 + len(word) > room:
            yield f"{_INDENT}{line} \\"
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield f"{_INDENT}{line}"


def _said(subject: Subject) -> Iterator[str]:
    from dockwright.catalog.parameters import parameters
    from dockwright.config.derive import shown

    values = subject.params.values
    said = [(name, value) for name, value in values.items() if not value.origin.is_default]
    if said:
        yield "Parameters that were set:"
        for name, value in said:
            yield f"  {name} = {shown(parameters()[name], value)}  ({value.origin.where})"
        yield ""


def _wheel(subject: Subject) -> Iterator[str]:
    """Where TensorRT-LLM's wheel comes from, and why, if it is part of the plan."""
    from dockwright.catalog.parameters.trtllm import TENSORRTLLM_PIP_WHEEL

    if TENSORRTLLM_PIP_WHEEL.name not in subject.planned.ledger:
        return
    from dockwright.config.trtllm import Source, decide

    decision = decide(subject.params)
    if isinstance(decision, Source):
        yield "TensorRT-LLM's wheel:"
        yield from (f"  {line}" for line in decision.report())
        yield ""


def _stages(scheduled: Schedule) -> Iterator[str]:
    from dockwright.engines.schedule import stages_of
    from dockwright.planning.identity import inputs, stage_digests

    digests = stage_digests(scheduled.plan)
    touched = stages_of(scheduled)
    width = max(len(name) for name in touched)
    yield "Stages:"
    for stage in scheduled.plan.stages:
        if stage.name in touched:
            sources = ", ".join(inputs(stage))
            yield (
                f"  {stage.name:<{width}}  {digests[stage.name][:12]}  {stage.summary}"
                + (f"  ← {sources}" if sources else "")
            )


def _count(everything: Work) -> int:
    from dockwright.engines.schedule import stages_of

    return sum(len(stages_of(scheduled)) for scheduled in everything.schedules)
