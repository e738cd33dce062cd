"""`dockwright render`: the Dockerfile of a plan on stdout."""

from __future__ import annotations

from typing import Any

import click

from dockwright.cli import host, options, planned
from dockwright.rendering.dialect import BUILDAH, BUILDKIT, Dialect


def dialect(engine: str) -> Dialect:
    """The dialect of an engine by its name; BuildKit's when none is named."""
    return BUILDAH if engine == "buildah" else BUILDKIT


@click.command("render", cls=options.ParamCommand)
def command(**arguments: Any) -> None:
    """Print the Dockerfile of a plan; of several platforms, one after the other.

    --engine chooses the dialect; nothing of this machine is looked at.
    """
    from dockwright.catalog.parameters.build import ENGINE
    from dockwright.rendering.dockerfile import render

    for found in planned.subjects(arguments, host.environment()):
        rendered = render(found.planned.plan, dialect(found.params[ENGINE].value))
        click.echo(rendered.text, nl=False)
