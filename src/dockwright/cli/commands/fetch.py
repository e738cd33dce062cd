"""`dockwright fetch`: sources into the store, as a step of a build's schedule."""

from __future__ import annotations

import click
import msgspec

from dockwright.cli import host, network_options


@click.command("fetch")
@click.argument("sources", metavar="JSON...", nargs=-1, required=True)
@network_options.takes_mirrors
@network_options.takes_logins
@click.option("--offline", is_flag=True, help="Take only what is in the store.")
@click.option("--events", is_flag=True, help="Print events as JSON lines instead of the paths.")
def command(
    sources: tuple[str, ...],
    mirrors: tuple[str, ...],
    logins: tuple[str, ...],
    *,
    offline: bool,
    events: bool,
) -> None:
    """Fetch sources side by side, check each against its pin, and keep it in the store.

    JSON is a source as `dockwright plan --format json` shows it. Prints the folders. A second call
    finds them there without network; one that was stopped goes on where it was.
    """
    from dockwright.cli.emitting import emitter
    from dockwright.cli.network import policy
    from dockwright.engines.sources import Fetcher
    from dockwright.errors import UserError
    from dockwright.model.source import Source

    try:
        wanted = [msgspec.json.decode(source, type=Source) for source in sources]
    except msgspec.MsgspecError as error:
        raise UserError(f"not a source: {error}", hint="copy one from `dockwright plan`") from error
    env = host.environment()

    fetcher = Fetcher(
        store=host.places(env).sources,
        emit=emitter(events=events),
        env=env,
        policy=policy(env, mirrors=mirrors, logins=logins),
        offline=offline,
    )
    made = fetcher.fetch_all(wanted)
    if not events:
        click.echo("\n".join(map(str, made)))
