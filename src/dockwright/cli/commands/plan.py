"""`dockwright plan` (= `build --dry-run`): what a build would do, exactly."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import click

from dockwright.cli import host, options, planned, run
from dockwright.engines.api import Engine
from dockwright.engines.schedule import Schedule, stages_of


@click.command("plan", cls=options.ParamCommand)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "shell"]),
    default="text",
    show_default=True,
    help="text for people (stderr), json for scripts, shell to run by hand.",
)
def command(*, form: str, **arguments: Any) -> None:
    """Show what a build would do: its stages, and the exact commands of a real run.

    Nothing on disk is touched and no engine is started. With --engine auto the engine is looked
    for; name one to plan for a machine that is not this one.
    """
    env = host.environment()
    show(planned.subject(arguments, env), env, form)


def show(found: planned.Subject, env: Mapping[str, str], form: str) -> None:
    """Print the plan of one subject in one of the formats."""
    from dockwright.catalog.parameters.build import ENGINE

    name = found.params[ENGINE].value
    engine = _engine(name, env)
    scheduled = run.scheduled(found, engine, env)
    match form:
        case "json":
            run.show_json(as_data(found, scheduled, engine.name))
        case "shell":
            for command_ in scheduled.commands:
                click.echo(shlex.join(command_.argv))
        case _:
            _text(found, scheduled, engine.name)


def _engine(name: str, env: Mapping[str, str]) -> Engine:
    from dockwright.cli.engines import choose, make

    if name == "auto":
        return choose(name, env)
    engine = make(name, env)
    engine.probe()
    return engine


def as_data(found: planned.Subject, scheduled: Schedule, engine: str) -> dict[str, Any]:
    """The plan as data: parameters with origins, images, stages with digests, commands."""
    import msgspec

    from dockwright.catalog.parameters import parameters
    from dockwright.planning.identity import inputs, stage_digests

    digests = stage_digests(scheduled.plan)
    request = scheduled.image
    return {
        "version": 1,
        "engine": engine,
        "parameters": {
            name: {
                "value": "***"
                if parameters()[name].secret
                else parameters()[name].kind.show(found.params.values[name].value),
                "origin": found.params.values[name].origin.where,
                "default": found.params.values[name].origin.is_default,
            }
            for name in sorted(found.params)
        },
        "images": [
            {
                "target": request.target,
                "platforms": [request.platform],
                "tags": list(request.tags),
                "labels": _labels(scheduled),
                "bases": msgspec.to_builtins(scheduled.plan.images),
                "contexts": {base.name: base.layout for base in request.bases},
                "secrets": [secret.id for secret in request.secrets],
                "cache_from": list(request.cache_from),
                "cache_to": list(request.cache_to),
                "output": request.output,
                "stages": [
                    {
                        "name": stage.name,
                        "component": stage.component,
                        "digest": digests[stage.name],
                        "inputs": list(inputs(stage)),
                        "steps": msgspec.to_builtins(stage.steps),
                    }
                    for stage in scheduled.plan.stages
                ],
                "dockerfile_sha256": scheduled.rendered.sha256,
            }
        ],
        "commands": [list(command_.argv) for command_ in scheduled.commands],
    }


def _labels(scheduled: Schedule) -> dict[str, str]:
    from dockwright.model.plan import Label

    found: dict[str, str] = {}
    for step in scheduled.plan.stage(scheduled.image.target).steps:
        if isinstance(step, Label):
            found.update(step.values)
    return found


def _text(found: planned.Subject, scheduled: Schedule, engine: str) -> None:
    from dockwright.planning.identity import inputs, stage_digests

    digests = stage_digests(scheduled.plan)
    touched = stages_of(scheduled)
    width = max(len(name) for name in touched)
    lines = [f"{scheduled.plan.name} {scheduled.plan.target} on {engine}", ""]
    said = [
        (name, value) for name, value in found.params.values.items() if not value.origin.is_default
    ]
    if said:
        from dockwright.catalog.parameters import parameters

        lines.append("Parameters that were set:")
        for name, value in said:
            text = "***" if parameters()[name].secret else parameters()[name].kind.show(value.value)
            lines.append(f"  {name} = {text}  ({value.origin.where})")
        lines.append("")
    lines.append("Stages:")
    for stage in scheduled.plan.stages:
        if stage.name in touched:
            sources = ", ".join(name for name in inputs(stage))
            lines.append(
                f"  {stage.name:<{width}}  {digests[stage.name][:12]}  {stage.summary}"
                + (f"  ← {sources}" if sources else "")
            )
    lines += ["", "Commands:"]
    for number, command_ in enumerate(scheduled.commands, start=1):
        lines += [f"  {number}. {command_.purpose}", f"     {shlex.join(command_.argv)}"]
    lines += [
        "",
        f"{len(touched)} stages, {len(found.planned.checks)} checks; nothing was touched.",
    ]
    click.echo("\n".join(lines), err=True)
