"""Runs a schedule in front of a person: reporter, secrets, record, summary."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import click

from dockwright.cli import host
from dockwright.cli.planned import Subject, absolute
from dockwright.engines.schedule import Output, Schedule, Wanted, schedule, stages_of
from dockwright.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from dockwright.engines.api import Engine
    from dockwright.engines.events import CheckDone
    from dockwright.engines.session import Outcome
    from dockwright.model.plan import Plan
    from dockwright.report.summary import Summary

Mode = Literal["auto", "live", "plain", "quiet", "verbose"]


def wanted(found: Subject, layouts: Path) -> Wanted:
    """What the build parameters ask for.

    `layouts` is where an image becomes an OCI layout when its engine has no store to load it into
    (`--output auto`); with `--output load` that is an error instead, raised by the engine.
    """
    from dockwright.catalog.parameters import build as keys

    params = found.params
    kind, _, place = params[keys.OUTPUT].partition(":")
    output: Output
    destination = absolute(place) if place else None
    match kind:
        case "push":
            output = "push"
        case "none":
            output = "cache"
        case "oci":
            output = "oci"
        case "files":
            output = "files"
        case _:
            output = "image"
    tags = params[keys.TAG] or (f"dockwright/{found.planned.plan.name}:{params_target(found)}",)
    if kind == "auto":
        destination = layouts / _slug(tags[0])
    return Wanted(
        tags=tags,
        output=output,
        destination=destination,
        verify=params[keys.VERIFY],
        no_cache=params[keys.NO_CACHE],
        pull=params[keys.PULL],
        jobs=params[keys.JOBS],
        cache_from=params[keys.CACHE_FROM],
        cache_to=params[keys.CACHE_TO],
        layouts=dict(found.layouts),
    )


def params_target(found: Subject) -> str:
    """The target's name, for a tag."""
    return found.planned.plan.target


def scheduled(found: Subject, engine: Engine, env: Mapping[str, str]) -> Schedule:
    """The commands of a build on this host."""
    places = host.places(env)
    secrets, _ = host.secrets(env)
    return schedule(
        found.planned.plan,
        engine,
        wanted(found, places.state / "layouts"),
        places,
        python=sys.executable,
        secrets=secrets,
    )


def verification(
    plan: Plan, engine: Engine, env: Mapping[str, str], layouts: Mapping[str, str]
) -> Schedule:
    """The commands that run the checks of a verify-only plan, always anew."""
    secrets, _ = host.secrets(env)
    return schedule(
        plan,
        engine,
        Wanted(output="cache", no_cache=True, layouts=dict(layouts)),
        host.places(env),
        python=sys.executable,
        secrets=secrets,
        verify_only=True,
    )


def execute(
    plan: Schedule,
    engine: Engine,
    env: Mapping[str, str],
    *,
    mode: Mode,
    seen: list[CheckDone] | None = None,
    fresh: bool = False,
) -> tuple[Outcome, Summary]:
    """Run it, show it, and return what came of it. Raises what the session raises.

    `seen` receives the checks' results, also when one of them failed the build.
    """
    from dockwright.engines.session import new_run_directory, run
    from dockwright.report.state import StageInfo
    from dockwright.report.summary import summarise
    from dockwright.report.terminal import terminal

    touched = stages_of(plan)
    infos = tuple(
        StageInfo(name=stage.name, component=stage.component, steps=len(stage.steps) + 1)
        for stage in plan.plan.stages
        if stage.name in touched
    )
    places = host.places(env)
    directory = new_run_directory(places, time.time(), os.getpid())
    _, values = host.secrets(env)
    reporter = terminal(infos, env=env, mode=mode)
    try:
        outcome = run(
            plan,
            engine,
            reporter,
            run_directory=directory,
            environment=env,
            secrets=values,
            now=time.time,
            fresh=fresh,
        )
    finally:
        reporter.close()
        if seen is not None:
            seen.extend(reporter.view.checks)
    summary = summarise(
        reporter.view,
        purpose=f"{plan.plan.name} {plan.plan.target}"
        + (" is up to date, nothing was executed" if outcome.up_to_date else ""),
        names=plan.image.tags if outcome.image else (),
        image=outcome.image,
        run_directory=directory,
    )
    # The report has every result, also when the engine took the verify stage from its cache.
    return outcome, replace(summary, checks=outcome.checks)


def mode_of(arguments: Mapping[str, Any]) -> Mode:
    """The reporter's mode from --quiet and --verbose."""
    if arguments["quiet"] and arguments["verbose"]:
        raise UserError("--quiet and --verbose contradict each other", hint="say one of them")
    if arguments["quiet"]:
        return "quiet"
    return "verbose" if arguments["verbose"] else "auto"


def show_json(data: Any) -> None:
    """Data on stdout, for scripts."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def _slug(text: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in text).strip("-.")
