"""Runs a schedule in front of a person: reporter, secrets, record, summary."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import click

from dockwright.cli import host
from dockwright.engines.schedule import Schedule, stages_of
from dockwright.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from dockwright.engines.api import Command, Engine
    from dockwright.engines.events import CheckDone
    from dockwright.engines.session import Outcome
    from dockwright.report.state import View
    from dockwright.report.summary import Summary

Mode = Literal["auto", "live", "plain", "quiet", "verbose"]


def execute(
    plan: Schedule,
    engine: Engine,
    env: Mapping[str, str],
    *,
    mode: Mode,
    secrets: Mapping[str, str],
    seen: list[CheckDone] | None = None,
    fresh: bool = False,
    before: Callable[[], None] = lambda: None,
) -> tuple[Outcome, Summary]:
    """Run it, show it, and return what came of it. Raises what the session raises.

    `secrets` are the values that the engine's process gets and that nobody may see; `seen` receives
    the checks' results, also when one of them failed the build. `before` is called when there is
    something to do.
    """
    from dockwright.engines.inventory import note_run
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
    note_run(places.cache, plan, time.time())
    reporter = terminal(infos, env=env, mode=mode)
    try:
        outcome = run(
            plan,
            engine,
            reporter,
            run_directory=directory,
            environment=env,
            secrets=secrets,
            now=time.time,
            fresh=fresh,
            before=before,
        )
    finally:
        reporter.close()
        if seen is not None:
            seen.extend(reporter.view.checks)
        said = _cache_alarms(plan, reporter.view, directory) if plan.cache else ()
    summary = summarise(
        reporter.view,
        purpose=f"{plan.plan.name} {plan.plan.target}"
        + (" is up to date, nothing was executed" if outcome.up_to_date else ""),
        names=plan.image.tags if outcome.image else (),
        image=outcome.image,
        run_directory=directory,
    )
    # The report has every result, also when the engine took the verify stage from its cache.
    summary = replace(summary, checks=outcome.checks, alarms=said)
    if said and plan.cache and plan.cache.required and not outcome.up_to_date:
        from dockwright.errors import BuildFailed

        raise BuildFailed(
            f"the compiler cache is required, and: {'; '.join(said)}",
            hint="`dockwright sccache check` tries the cache; or leave --cache-required out",
        )
    return outcome, summary


def _cache_alarms(plan: Schedule, view: View, directory: Path) -> tuple[str, ...]:
    """Keep what the compiler cache did in the run's directory; sentences about what is odd."""
    from dockwright.evidence.cache_alarm import alarms, compiling, habits, keep

    with contextlib.suppress(OSError):
        keep(view.cache, directory)
    executed = {stage.name for stage in view.stages if stage.state in {"done", "failed"}}
    return alarms(
        compiling(plan.plan), executed, view.cache, habits(directory.parent, without=directory)
    )


def join(
    commands: tuple[Command, ...], env: Mapping[str, str], directory: Path, *, mode: Mode
) -> None:
    """Run the commands that make one image of several platforms' images."""
    from dockwright.engines.execute import execute as start
    from dockwright.engines.session import read_events
    from dockwright.report.terminal import terminal

    reporter = terminal((), env=env, mode=mode)
    try:
        for number, command in enumerate(commands, start=1):
            start(
                command,
                read=read_events,
                emit=reporter,
                run_directory=directory / "join",
                number=number,
                environment=env,
            )
    finally:
        reporter.close()


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
