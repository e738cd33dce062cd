"""`dockwright lock`: what every input of a build is today, written down for review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dockwright.cli import host, options

if TYPE_CHECKING:
    from dockwright.cli.planned import Subject
    from dockwright.model.inputs import Input
    from dockwright.model.lock import Entry, Lock
    from dockwright.model.param import Params

EVERYTHING = "*"


@click.command("lock", cls=options.ParamCommand)
@click.option(
    "--update",
    multiple=True,
    is_flag=False,
    flag_value=EVERYTHING,
    metavar="[NAME]",
    help="Look again for what is locked already: all of it, or what NAME (a stage, ref or "
    "address) stands for; may be given several times.",
)
@click.option("--all", "every", is_flag=True, help="Lock the inputs of every cell of the matrix.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the lock would change.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON on stdout.")
def command(
    *, update: tuple[str, ...], every: bool, check: bool, as_json: bool, **arguments: Any
) -> int:
    """Resolve every input of the selected cells and write the lock.

    Images become digests for each platform, git refs commits, archives checksums and sizes, Python
    packages exact versions with hashes, packages of a bootstrapped distribution versions. What is
    locked already stays; a ref that names another commit than it did is an error. The difference is
    printed. With the words of another cell, that cell's inputs are added; --all locks all cells.
    """
    from dockwright.cli import locks
    from dockwright.cli.lookups import lookups
    from dockwright.config.lock_file import encode
    from dockwright.model.lock import changes
    from dockwright.planning.external import merged
    from dockwright.resolving.resolve import resolve

    env = host.environment()
    found = _subjects(arguments, env, every=every)
    params = found[0].params
    _refuse_place(params)
    old = locks.read_or_empty(params)
    inputs = merged(subject.planned.inputs for subject in found)
    renew = _named(update, inputs)
    with lookups(params, env, inputs, what="lock") as tools:
        entries = resolve(inputs, tools, old, renew)
    new = _joined(old, entries, _cells(found))
    difference = changes(old, new)
    place = locks.place(params)
    text = encode(new)
    changed = not place.is_file() or place.read_text(encoding="utf-8") != text
    if as_json:
        from dockwright.cli.run import show_json

        show_json({"version": 1, "file": str(place), "changed": changed, "changes": difference})
    else:
        for change in difference:
            click.echo(str(change))
    if changed and not check:
        _write(place, text)
    count = sum(1 for _ in new.entries())
    state = ("would change" if check else "written") if changed else "is up to date"
    click.echo(f"{place} {state}: {count} entries, {len(difference)} changes", err=True)
    return 1 if check and changed else 0


def _subjects(
    arguments: Mapping[str, Any], env: Mapping[str, str], *, every: bool
) -> tuple[Subject, ...]:
    from dockwright.cli.every import subjects_of_all
    from dockwright.cli.planned import subjects
    from dockwright.model.lock import Lock
    from dockwright.planning.pin import Pinning

    read = subjects_of_all if every else subjects
    return read(arguments, env, lock=Lock(), pinning=Pinning.OPEN)


def _refuse_place(params: Params) -> None:
    """Before minutes of work, not after them."""
    from dockwright.catalog.parameters.lock import LOCK_FILE
    from dockwright.cli import locks
    from dockwright.errors import UserError

    place = locks.place(params)
    if not place.absolute().parent.is_dir():
        raise UserError(
            f"{params.value(LOCK_FILE).origin.where}: there is no directory {place.parent}",
            hint="make it first, or name another file",
        )


def _named(names: Sequence[str], inputs: tuple[Input, ...]) -> frozenset[Input]:
    """The inputs that --update means. Raises UserError for a name that stands for nothing."""
    from dockwright.config.names import nearest
    from dockwright.errors import Problem, UserError

    if EVERYTHING in names:
        return frozenset(inputs)
    known: dict[str, set[Input]] = {}
    for wanted in inputs:
        for name in _names(wanted):
            known.setdefault(name, set()).add(wanted)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            problems=[
                Problem(
                    what=f"no input of this build is named {name!r}",
                    where="--update",
                    hint=f"did you mean {near!r}?"
                    if (near := nearest(name, known))
                    else f"there are {', '.join(sorted(known))}",
                )
                for name in unknown
            ]
        )
    return frozenset(wanted for name in names for wanted in known[name])


def _names(wanted: Input) -> tuple[str, ...]:
    from dockwright.model.inputs import ArchiveInput, GitInput, ImageInput

    match wanted:
        case ImageInput(ref=ref):
            return (*wanted.by, ref)
        case GitInput(url=url) | ArchiveInput(url=url):
            return (*wanted.by, url)
        case _:
            return wanted.by


def _cells(found: Sequence[Subject]) -> tuple[str, ...]:
    from dockwright.config.matrix import cell_of

    return tuple(str(cell_of(subject.params)) for subject in found)


def _joined(old: Lock, entries: Sequence[Entry], cells: tuple[str, ...]) -> Lock:
    """The old lock with the new entries; alone, without what nothing of these cells wants."""
    from dockwright.model.lock import lock_of

    if set(old.cells) <= set(cells):
        return lock_of(entries, cells)
    return lock_of([*old.entries(), *entries], [*old.cells, *cells])


def _write(place: Path, text: str) -> None:
    """Whole or not at all."""
    from dockwright.engines.objects import write_whole
    from dockwright.errors import UserError

    try:
        write_whole(place, text.encode(), mode=0o644)
    except OSError as error:
        raise UserError(
            f"cannot write {place}: {error.strerror}", hint="name another file: --lock-file"
        ) from error
