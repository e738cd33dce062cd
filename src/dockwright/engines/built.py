"""Which stages an engine has built here: their inputs need not be looked for again.

Only a note for the preflight. Where the engine has dropped them meanwhile, the build fetches what
it needs without having looked first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from dockwright.engines.objects import write_whole
from dockwright.engines.schedule import Schedule, stages_of
from dockwright.planning.identity import stage_digests

_MOST = 4000
"""Digests that are kept, the newest; about 260 kB."""


def known(cache: Path, engine: str) -> frozenset[str]:
    """The digests (`planning.identity.stage_digests`) of the stages that were built."""
    try:
        return frozenset(_path(cache, engine).read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return frozenset()


def note_built(cache: Path, engine: str, scheduled: Schedule) -> None:
    """Note the stages of a schedule that has ended well."""
    digests = stage_digests(scheduled.plan)
    note(cache, engine, (digests[name] for name in stages_of(scheduled)))


def note(cache: Path, engine: str, digests: Iterable[str]) -> None:
    """Add stages. A note that cannot be written only makes the next preflight longer."""
    path = _path(cache, engine)
    with contextlib.suppress(OSError, ValueError):
        there = path.read_text(encoding="ascii").split() if path.is_file() else []
        kept = list(dict.fromkeys((*there, *digests)))[-_MOST:]
        if kept == there:
            return
        write_whole(path, ("\n".join(kept) + "\n").encode("ascii"))


def _path(cache: Path, engine: str) -> Path:
    return cache / "built" / f"{engine}.txt"
