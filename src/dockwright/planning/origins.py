"""Where the inputs of a plan come from, what they are pinned to, under which licence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from dockwright.catalog.pins import licence_of
from dockwright.catalog.registry import components
from dockwright.model.inputs import (
    ArchiveInput,
    GitInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)
from dockwright.model.lock import Lock


class Origin(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One input. `pin` is empty where only its server knows; `licence` where nobody said."""

    kind: str
    name: str
    origin: str
    pin: str = ""
    licence: str = ""
    by: tuple[str, ...] = ()


def origins(inputs: Iterable[Input], lock: Lock) -> tuple[Origin, ...]:
    """A row for each input; each Python package and each distribution's package is one."""
    found: dict[Origin, set[str]] = {}
    for wanted in inputs:
        for row in _rows(wanted, lock):
            found.setdefault(row, set()).update(wanted.by)
    return tuple(
        msgspec.structs.replace(row, by=tuple(sorted(by))) for row, by in sorted(found.items())
    )


def _rows(wanted: Input, lock: Lock) -> Iterator[Origin]:
    match wanted:
        case ImageInput(ref=ref, platform=platform):
            pin = ref.partition("@")[2] or lock.image(ref, platform)
            yield Origin(kind="image", name=f"{ref} {platform}", origin=ref, pin=pin)
        case GitInput(url=url, ref=ref, commit=commit):
            yield Origin(
                kind="git",
                name=ref or commit[:12],
                origin=url,
                pin=lock.commit(url, ref) or commit,
                licence=_licence(url, wanted.by),
            )
        case ArchiveInput(url=url, sha256=sha256):
            entry = lock.archive(url)
            pin = entry.sha256 if entry else sha256
            yield Origin(
                kind="archive",
                name=url.rpartition("/")[2],
                origin=url,
                pin=f"sha256:{pin}" if pin else "",
                licence=_licence(url, wanted.by),
            )
        case PythonInput():
            locked = lock.python(wanted)
            for line in (locked and locked.packages) or wanted.lines:
                text = line.partition(" --hash=")[0]
                name, _, address = text.partition(" @ ")
                pin = "sha256" if "--hash=" in line else ""
                yield Origin(
                    kind="python",
                    name=name,
                    origin=address or "package index",
                    pin=pin or address.rpartition("@")[2],
                )
        case PackagesInput(names=names, system=system):
            for name in names:
                yield Origin(
                    kind="package", name=name, origin=system, pin=lock.version(wanted, name)
                )


def _licence(url: str, by: tuple[str, ...]) -> str:
    """What the pins' table says of an address, else the licence of the component that takes it."""
    known = licence_of(url)
    return known or next((components()[name].licence for name in by if name in components()), "")
