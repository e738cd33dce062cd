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
@click.option(
    "--login",
    "logins",
    multiple=True,
    metavar="PREFIX=env:NAME|PREFIX=file:PATH",
    help="Where the login for addresses that begin with PREFIX is; may be given several times.",
)
@click.option("--events", is_flag=True, help="Print events as JSON lines instead of the path.")
def command(
    source: str, mirrors: tuple[str, ...], logins: tuple[str, ...], *, events: bool
) -> None:
    """Fetch one source, check it against its pin, and keep it in the store.

    JSON is a source as `dockwright plan --format json` shows it. Prints the folder. A second call
    finds it there without network.
    """
    from dockwright.cli.emitting import emitter
    from dockwright.cli.network import policy
    from dockwright.engines.sources import Fetcher
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
        policy=policy(env, mirrors=mirrors, logins=logins),
    )
    made = fetcher.fetch(wanted)
    if not events:
        click.echo(made)
