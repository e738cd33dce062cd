"""`dockwright build`: build an image, prove that it works, and name it."""

from __future__ import annotations

from typing import Any

import click

from dockwright.cli import host, options, planned


@click.command("build", cls=options.ParamCommand)
@click.option("--dry-run", is_flag=True, help="Print the exact commands; touch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but failures.")
@click.option("-v", "--verbose", is_flag=True, help="Show every line that the steps print.")
def command(*, dry_run: bool, as_json: bool, **arguments: Any) -> None:
    """Build an image, run its checks inside it without network, and name it.

    The image gets its name only when every check held. What an interrupted or failed build has
    finished stays in the engine's cache; the next run goes on from there.
    """
    from dockwright.cli import run

    env = host.environment()
    mode = run.mode_of(arguments)
    found = planned.subject(arguments, env)
    if dry_run:
        from dockwright.cli.commands.plan import show

        show(found, env, "json" if as_json else "text")
        return
    from dockwright.catalog.parameters.build import ENGINE, PULL
    from dockwright.cli.engines import choose

    engine = choose(found.params[ENGINE].value, env)
    scheduled = run.scheduled(found, engine, env)
    outcome, summary = run.execute(scheduled, engine, env, mode=mode, fresh=found.params[PULL])
    if outcome.image:
        from dockwright.cli.records import remember

        remember(host.places(env), scheduled, engine.name, outcome)
    if as_json:
        from dockwright.report.summary import summary_json

        run.show_json(summary_json(summary))
    if mode != "quiet":
        from dockwright.cli.show import words
        from dockwright.report.summary import summary_text

        words(summary_text, summary)
