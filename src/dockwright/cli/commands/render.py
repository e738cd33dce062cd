"""`dockwright render`: the Dockerfile of a plan on stdout. Most calls go by `cli/quick.py`."""

from __future__ import annotations

from typing import Any

import click

from dockwright.cli import host, options, quick


@click.command("render", cls=options.ParamCommand)
def command(**arguments: Any) -> None:
    """Print the Dockerfile of a plan; of several platforms, one after the other.

    --engine chooses the dialect; nothing of this machine is looked at.
    """
    for text in quick.texts(arguments, host.environment()):
        click.echo(text, nl=False)
