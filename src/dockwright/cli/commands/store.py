"""`dockwright store`: what this host keeps for builds, is it whole, and what may go."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dockwright.cli import host

if TYPE_CHECKING:
    from dockwright.engines.inventory import Thing

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_as_json = click.option("--json", "as_json", is_flag=True, help="Print it as JSON on stdout.")


@click.group("store", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Look at the store: sources, base images, recorded packages, unfinished downloads."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("list")
@_as_json
def list_(*, as_json: bool) -> None:
    """List what is there: size, last use, and the images that it was used for."""
    from dockwright.cli.tables import table, width
    from dockwright.engines.inventory import things
    from dockwright.report.human import plural, size

    found = things(host.places(host.environment()).cache)
    if as_json:
        _show([_data(thing) for thing in found])
        return
    now = time.time()
    rows = [
        (
            thing.kind,
            thing.name,
            size(thing.size),
            _ago(now - thing.used),
            ", ".join(thing.by) or "-",
            thing.about,
        )
        for thing in found
    ]
    head = ("KIND", "NAME", "SIZE", "USED", "FOR", "WHAT")
    for line in table(head, rows, width=width()):
        click.echo(line)
    total = size(sum(thing.size for thing in found))
    click.echo(f"{plural(len(found), 'object')}, {total}", err=True)


@command.command("verify")
@_as_json
def verify(*, as_json: bool) -> int:
    """Read every byte and compare it with its checksum; exits 1 when something is damaged.

    What is damaged is set aside: no build takes it, and the next one that needs it makes or
    fetches it again.
    """
    from dockwright.cli.commands.bundle import shown
    from dockwright.engines import inventory
    from dockwright.engines.events import Progress
    from dockwright.report.human import plural

    env = host.environment()
    cache = host.places(env).cache
    found = [thing for thing in inventory.things(cache) if thing.kind != "leftover"]
    total = sum(thing.size for thing in found)
    faults: dict[str, tuple[str, ...]] = {}
    done = 0
    with shown("verify the store", env, "quiet" if as_json else "auto") as emit:

        def read(count: int) -> None:
            nonlocal done
            done += count
            emit(Progress(time=time.time(), name="read", current=done, total=max(done, total)))

        for thing in found:
            if said := inventory.verify(thing, cache, read):
                faults[f"{thing.kind} {thing.name}"] = said
                inventory.set_aside(thing, cache)
    if as_json:
        _show({"objects": len(found), "bytes": done, "damaged": faults})
    else:
        for name, said in faults.items():
            more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
            click.echo(f"damaged: {name}: {said[0]}{more}; set aside", err=True)
        click.echo(f"{plural(len(found), 'object')} read, {len(faults)} damaged", err=True)
    return 1 if faults else 0


@command.command("prune")
@click.option(
    "--older-than",
    metavar="DAYS",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="Remove what was not used for so long.",
)
@click.option(
    "--max-size", metavar="SIZE", default="", help="Then the oldest, until so much is left: 20G."
)
@click.option(
    "--keep",
    metavar="DAYS",
    type=click.FloatRange(min=0),
    default=7.0,
    show_default=True,
    help="Keep what a run used in the last days.",
)
@click.option(
    "--lock-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default="dockwright.lock",
    show_default=True,
    help="Keep what this lock names.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@_as_json
def prune(
    *, older_than: float, max_size: str, keep: float, lock_file: Path, dry_run: bool, as_json: bool
) -> None:
    """Remove what was not used for long; never what the lock names."""
    from dockwright.cli.offline import lock_text
    from dockwright.engines import inventory
    from dockwright.report.human import plural, size

    cache = host.places(host.environment()).cache
    gone = inventory.to_prune(
        inventory.things(cache),
        now=time.time(),
        older=older_than * inventory.DAY,
        largest=_bytes(max_size),
        keep=keep * inventory.DAY,
        lock=lock_text(lock_file),
    )
    removed = [thing for thing in gone if dry_run or inventory.remove(thing, cache)]
    if not dry_run:
        inventory.drop_bodies(cache)
    if as_json:
        _show([_data(thing) for thing in removed])
        return
    for thing in removed:
        click.echo(f"{thing.kind} {thing.name}  {size(thing.size)}")
    word = "would go" if dry_run else "removed"
    freed = size(sum(thing.size for thing in removed))
    busy = f", {len(gone) - len(removed)} in use" if len(removed) < len(gone) else ""
    click.echo(f"{plural(len(removed), 'object')} {word}, {freed}{busy}", err=True)


def _bytes(text: str) -> int:
    from dockwright.errors import UserError

    if not text:
        return 0
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", text.strip(), re.IGNORECASE)
    if not match:
        raise UserError(f"--max-size: {text!r} is not a size", hint="like 20G, 500M or 1.5T")
    return max(1, int(float(match[1]) * _UNITS[match[2].upper()]))


def _ago(seconds: float) -> str:
    from dockwright.report.human import duration

    days = seconds / 86400
    return f"{days:.0f} days ago" if days >= 2 else f"{duration(max(0.0, seconds))} ago"


def _data(thing: Thing) -> dict[str, Any]:
    import msgspec

    return {**msgspec.structs.asdict(thing), "path": str(thing.path)}


def _show(data: Sequence[Any] | dict[str, Any]) -> None:
    from dockwright.cli.run import show_json

    show_json(data)
