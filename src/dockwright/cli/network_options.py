"""Options of the commands that a build starts to reach others; a build hands its own on to them."""

from __future__ import annotations

import click

takes_mirrors = click.option(
    "--mirror",
    "mirrors",
    multiple=True,
    metavar="FROM=TO",
    help="Fetch addresses that begin with FROM from TO; may be given several times.",
)

takes_logins = click.option(
    "--login",
    "logins",
    multiple=True,
    metavar="PREFIX=env:NAME|PREFIX=file:PATH",
    help="Where the login for addresses that begin with PREFIX is; may be given several times.",
)
