"""`dockwright bootstrap debian/bookworm`: a base image without a registry."""

from __future__ import annotations

import click

from dockwright.cli import host


@click.command("bootstrap")
@click.argument("spec", metavar="DISTRIBUTION/SUITE")
@click.option("--arch", default="amd64", show_default=True, help="Architecture of the image.")
@click.option(
    "--include",
    "packages",
    multiple=True,
    metavar="PACKAGE",
    help="Package to install beside the essential ones and apt; may be given several times.",
)
@click.option("--pull", is_flag=True, help="Ask the archive for newer packages.")
@click.option("--events", is_flag=True, help="Print events as JSON lines instead of the path.")
def command(spec: str, arch: str, packages: tuple[str, ...], *, pull: bool, events: bool) -> None:
    """Make a root file system from a distribution's archive and keep it as an OCI layout.

    Prints the layout's directory. A second call finds it in the cache without network.
    """
    from dockwright.cli.emitting import emitter
    from dockwright.engines.bootstrap import bootstrap
    from dockwright.engines.bootstrap_spec import DEFAULT_PACKAGES, parse_spec
    from dockwright.engines.view import write_view

    env = host.environment()

    base = bootstrap(
        parse_spec(spec, architecture=arch, packages=packages or DEFAULT_PACKAGES),
        cache_dir=host.places(env).cache,
        emit=emitter(events=events),
        env=env,
        refresh=pull,
    )
    write_view(base.layout, base.path / "dir")
    if not events:
        click.echo(base.layout.directory)
