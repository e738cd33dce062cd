"""`dockwright params`: every parameter with its value, its default and its origin."""

from __future__ import annotations

from typing import Any

import click

from dockwright.cli import host, options, settings
from dockwright.errors import UserError


@click.command("params", cls=options.ParamCommand)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--group", metavar="NAME", default="", help="Only one group of parameters.")
@click.option("--changed", is_flag=True, help="Only what somebody said.")
def command(*, as_json: bool, group: str, changed: bool, **arguments: Any) -> None:
    """List every parameter with its value, its default and its origin.

    The files, the environment and the flags are read as a build would read them; whether the
    values fit together is not asked.
    """
    from dockwright.catalog.parameters import parameters
    from dockwright.config import derive

    env = host.environment()
    known = parameters()
    params, *_ = settings.read(arguments, env, check=False)
    rows = derive.listing(params, settings.defaults_of(params), known)
    if group:
        rows = _of_group(rows, group)
    if changed:
        rows = derive.changed(rows)
    if as_json:
        from dockwright.cli.run import show_json

        show_json({"version": 1, "parameters": {row.name: row for row in rows}})
        return
    from dockwright.cli.tables import clipped, table, width

    head = ("NAME", "VALUE", "DEFAULT", "ORIGIN", "GROUP")
    cells = [
        (row.name, clipped(row.value, 44), clipped(row.default, 44), row.origin, row.group)
        for row in rows
    ]
    for line in table(head, cells, width=width()):
        click.echo(line)


def _of_group(rows: tuple[Any, ...], wanted: str) -> tuple[Any, ...]:
    names = sorted({row.group for row in rows})
    fitting = {name for name in names if name.lower().startswith(wanted.lower())}
    if not fitting:
        hint = f"groups: {', '.join(names)}"
        raise UserError(f"--group: there is no group {wanted!r}", hint=hint)
    return tuple(row for row in rows if row.group in fitting)
