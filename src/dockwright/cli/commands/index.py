"""`dockwright index`: join images of several platforms into one, as builds of several do."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("index")
@click.argument("layouts", nargs=-1, required=True, metavar="LAYOUT...")
@click.option("--output", required=True, metavar="DIRECTORY", help="OCI layout to write.")
@click.option("--ref", default="latest", show_default=True, help="Tag of the index in the layout.")
def command(layouts: tuple[str, ...], output: str, ref: str) -> None:
    """Join LAYOUTs (DIRECTORY[:TAG]), one image each, into an OCI layout with an image index.

    Prints the digest of the index.
    """
    from dockwright.engines.oci import parse_reference
    from dockwright.engines.oci_index import join_layouts

    parts = [parse_reference(f"oci:{layout.removeprefix('oci:')}") for layout in layouts]
    click.echo(join_layouts(parts, Path(output).absolute(), ref=ref))
