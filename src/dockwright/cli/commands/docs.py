"""`dockwright docs`: write the generated reference, or say which of its files are stale."""

from __future__ import annotations

from pathlib import Path

import click

from dockwright.errors import DockwrightError, UserError


@click.command("docs")
@click.option("--check", is_flag=True, help="Compare only; exit 1 and name the stale files.")
@click.option("--write", is_flag=True, help="Write the files that are stale.")
@click.option(
    "--root", default=".", metavar="DIR", show_default=True, help="Checkout that has docs/."
)
def command(*, check: bool, write: bool, root: str) -> None:
    """Generate docs/reference: parameters, matrix, commands, and the JSON schemas.

    Everything in it follows from the declarations. One of --check and --write is needed.
    """
    from dockwright.cli import reference

    if check == write:
        raise UserError("say either --check or --write", hint="--write writes what --check misses")
    if write:
        for name in reference.write(Path(root)):
            click.echo(name)
        return
    stale = reference.stale(Path(root))
    if stale:
        raise DockwrightError(f"stale: {', '.join(stale)}", hint="run `dockwright docs --write`")
