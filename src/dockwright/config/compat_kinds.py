"""What a difference between the drop-in and the original is."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """How a person meets a difference."""

    WARNING = "warning"
    """The build goes on; a line `warning[id]` on stderr says so."""
    REFUSED = "refused"
    """An error with status 1, before anything starts."""
    SILENT = "silent"
    """Only better: nobody has to change anything."""
    ADDED = "added"
    """New; no old command line has it."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What the original did and what happens here.

    `defects` are the numbers of the original's defects (facts: "must not be reproduced"); `rules`
    are names of rules whose refusal is this difference.
    """

    id: str
    kind: Kind
    was: str
    now: str
    defects: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()


def warning(name: str, was: str, now: str, *defects: int) -> Difference:
    """The build goes on and says so."""
    return Difference(id=name, kind=Kind.WARNING, was=was, now=now, defects=defects)


def refused(
    name: str, was: str, now: str, *, rules: tuple[str, ...] = (), defects: tuple[int, ...] = ()
) -> Difference:
    """An error; `rules` are the names that it shows."""
    return Difference(id=name, kind=Kind.REFUSED, was=was, now=now, rules=rules, defects=defects)


def silent(name: str, was: str, now: str, *defects: int) -> Difference:
    """Nobody has to change anything."""
    return Difference(id=name, kind=Kind.SILENT, was=was, now=now, defects=defects)


def added(name: str, was: str, now: str) -> Difference:
    """No old command line has it."""
    return Difference(id=name, kind=Kind.ADDED, was=was, now=now)
