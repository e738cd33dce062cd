"""`dockwright build`: build an image, prove that it works, and name it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from dockwright.cli import host, options, planned

if TYPE_CHECKING:
    from dockwright.cli.run import Mode
    from dockwright.cli.scheduling import Work
    from dockwright.engines.api import Engine
    from dockwright.report.summary import Summary


@click.command("build", cls=options.ParamCommand)
@options.takes_secrets
@click.option("--dry-run", is_flag=True, help="Print the exact commands; touch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but failures.")
@click.option("-v", "--verbose", is_flag=True, help="Show every line that the steps print.")
def command(*, dry_run: bool, as_json: bool, passed: tuple[str, ...], **arguments: Any) -> None:
    """Build an image, run its checks inside it without network, and name it.

    The image gets its name only when every check held. What an interrupted or failed build has
    finished stays in the engine's cache; the next run goes on from there.
    """
    from dockwright.cli import run

    env = host.environment()
    mode = run.mode_of(arguments)
    found = planned.subjects(arguments, env)
    if dry_run:
        from dockwright.cli.commands.plan import show

        show(found, env, "json" if as_json else "text", passed=passed)
        return
    from dockwright.catalog.parameters.build import ENGINE
    from dockwright.cli import offline
    from dockwright.cli.engines import choose
    from dockwright.cli.scheduling import work

    plans = [subject.planned.plan for subject in found]
    alone = offline.is_wanted(found[0].params)
    if alone:
        offline.check(plans, env)
    engine = choose(found[0].params[ENGINE].value, env, tuple(plan.platform for plan in plans))
    with contextlib.ExitStack() as stack:
        network = None
        if alone:
            network = stack.enter_context(offline.replaying(plans, env))
        everything = work(found, engine, env, passed=passed, network=network)
        summaries = execute_work(everything, engine, env, mode, look=network is None)
    if as_json:
        from dockwright.report.summary import summary_json

        results = [summary_json(summary) for summary in summaries]
        run.show_json(results[0] if len(results) == 1 else {"platforms": results})


def execute_work(
    everything: Work, engine: Engine, env: Mapping[str, str], mode: Mode, *, look: bool = True
) -> tuple[Summary, ...]:
    """Every platform, one after the other, then the join; each is summed up when it is done.

    `look` allows the preflight, which the parameter PREFLIGHT switches off, too.
    """
    from dockwright.catalog.parameters.build import PREFLIGHT, PULL
    from dockwright.cli import run
    from dockwright.cli.records import remember
    from dockwright.cli.show import words
    from dockwright.engines.built import note_built
    from dockwright.report.summary import summary_text

    summaries = []
    values = everything.secrets.values
    looked: list[str] = []

    def before() -> None:
        """Once, before the first platform that has something to do."""
        if looked or not look or not everything.subjects[0].params[PREFLIGHT]:
            return
        from dockwright.cli.preflights import before_build

        looked.append(before_build(everything, engine, env))
        if looked[0] and mode != "quiet":
            click.echo(looked[0], err=True)

    for subject, scheduled in zip(everything.subjects, everything.schedules, strict=True):
        outcome, summary = run.execute(
            scheduled,
            engine,
            env,
            mode=mode,
            secrets=values,
            fresh=subject.params[PULL],
            before=before,
        )
        note_built(host.places(env).cache, engine.name, scheduled)
        if outcome.image:
            remember(host.places(env), scheduled, engine.name, outcome)
        if mode != "quiet":
            words(summary_text, summary)
        summaries.append(summary)
    if everything.join:
        run.join(everything.join, env, outcome.run_directory, mode=mode)
        if mode != "quiet":
            count = len(everything.subjects)
            click.echo(f"{', '.join(everything.tags)}: {count} platforms", err=True)
    return tuple(summaries)
