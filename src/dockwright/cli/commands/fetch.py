"""`dockwright fetch`: one source into the store, as a step of a build's schedule."""

from __future__ import annotations

import click
import msgspec

from dockwright.cli import host


@click.command("fetch")
@click.argument("source", metavar="JSON")
@click.option(
    "--mirror",
    "mirrors",
    multiple=True,
    metavar="FROM=TO",
    help="Fetch addresses that begin with FROM from TO; may be given several times.",
)
@click.option("--events", is_flag=True, help="Print events as JSON lines instead of the path.")
def command(source: str, mirrors: tuple[str, ...], *, events: bool) -> None:
    """Fetch one source, check it against its pin, and keep it in the store.

    JSON is a source as `dockwright plan --format json` shows it. Prints the folder. A second call
    finds it there without network.
    """
    from dockwright.cli.emitting import emitter
    from dockwright.engines.sources import Fetcher, Mirror
    from dockwright.errors import UserError
    from dockwright.model.source import Source

    try:
        wanted = msgspec.json.decode(source, type=Source)
    except msgspec.MsgspecError as error:
        raise UserError(f"not a source: {error}", hint="copy one from `dockwright plan`") from error
    env = host.environment()

    fetcher = Fetcher(
        store=host.places(env).sources,
        emit=emitter(events=events),
        env=env,
        certificates=host.ca_bundle(env),
        mirrors=tuple(Mirror.parse(text) for text in mirrors),
    )
    made = fetcher.fetch(wanted)
    if not events:
        click.echo(made)
