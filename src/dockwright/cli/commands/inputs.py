"""`dockwright inputs`: what a build takes from elsewhere, from where, under which licence."""

from __future__ import annotations

from typing import Any

import click

from dockwright.cli import host, options

_SHORT = 24
"""Characters of a pin in the table; --json has all of it."""


@click.command("inputs", cls=options.ParamCommand)
@click.option("--ask", is_flag=True, help="Ask registries and the package index for licences, too.")
@click.option("--all", "every", is_flag=True, help="List the inputs of every cell of the matrix.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON on stdout.")
def command(*, ask: bool, every: bool, as_json: bool, **arguments: Any) -> None:
    """List every input of the selected cells: kind, name, origin, pin, licence, who needs it.

    Pins come from the lock, else from the catalog. Licences are those that the catalog knows; with
    --ask also those that images and Python packages say of themselves.
    """
    from dockwright.catalog.parameters.axes import ARCH
    from dockwright.catalog.parameters.images import PYTHON_VERSION
    from dockwright.cli import locks
    from dockwright.cli.every import subjects_of_all
    from dockwright.cli.planned import subjects
    from dockwright.planning.external import merged
    from dockwright.planning.origins import origins

    env = host.environment()
    found = (subjects_of_all if every else subjects)(arguments, env)
    params = found[0].params
    inputs = merged(subject.planned.inputs for subject in found)
    rows = origins(inputs, locks.read_or_empty(params))
    if ask:
        from dockwright.cli.lookups import lookups
        from dockwright.engines.wheels import Where
        from dockwright.resolving.licences import asked

        where = Where(python=params[PYTHON_VERSION], machine=params[ARCH].alt, glibc=99)
        with lookups(params, env, inputs, what="inputs") as tools:
            rows = asked(rows, tools, where)
    if as_json:
        from dockwright.cli.run import show_json

        show_json({"version": 1, "inputs": rows})
        return
    from dockwright.cli.tables import clipped, table, width

    head = ("kind", "name", "licence", "pin", "origin", "by")
    lines = [
        (
            row.kind,
            clipped(row.name, 60),
            row.licence or "-",
            clipped(row.pin, _SHORT) or "-",
            row.origin,
            ", ".join(row.by),
        )
        for row in rows
    ]
    for line in table(head, lines, width=width()):
        click.echo(line)
    unsaid = sum(not row.licence for row in rows)
    more = "" if ask or not unsaid else "; --ask asks registries and the package index"
    click.echo(f"{len(rows)} inputs; the licence of {unsaid} is not said here{more}", err=True)
