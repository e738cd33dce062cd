"""Remembers which plan made which image, so that `dockwright verify NAME` needs no flags."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from dockwright.engines.objects import write_whole
from dockwright.engines.schedule import Places, Schedule
from dockwright.engines.session import Outcome
from dockwright.model.plan import Plan


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One built image: its names, who holds it and where, and the plan that made it."""

    names: tuple[str, ...]
    engine: str
    where: str
    digest: str
    plan: Plan
    run_directory: str


def remember(places: Places, scheduled: Schedule, engine: str, outcome: Outcome) -> None:
    """Write a record under each of the image's names, and as the last one."""
    if outcome.image is None:
        return
    record = Record(
        names=scheduled.image.tags,
        engine=engine,
        where=outcome.image.where,
        digest=outcome.image.digest,
        plan=scheduled.plan,
        run_directory=str(outcome.run_directory),
    )
    content = msgspec.json.encode(record)
    for name in (*record.names, ""):
        write_whole(_path(places, name), content)


def recall(places: Places, name: str) -> Record | None:
    """The record of a name; the empty name means the last build."""
    try:
        return msgspec.json.decode(_path(places, name).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError):
        return None


def _path(places: Places, name: str) -> Path:
    file = hashlib.sha256(name.encode()).hexdigest()[:32] if name else "last"
    return places.state / "images" / f"{file}.json"
