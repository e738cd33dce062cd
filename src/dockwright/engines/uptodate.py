"""Nothing to do: the image that this very schedule made last time is still there.

Going through the engine's cache is not free (buildah hashes everything that a cached COPY copies:
20 s for the standard image), so a finished build leaves a note beside its Dockerfile. The note
holds only when the commands, the text they read, the base images' digests and the image in the
engine's store are all the same. `--no-cache`, `--pull`, pushes, cache exports and named contexts of
a person are never skipped: what they mean lies outside of the note.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from dockwright.engines.api import Engine, Image
from dockwright.engines.oci import read_layout
from dockwright.engines.schedule import Schedule
from dockwright.errors import DockwrightError
from dockwright.model.plan import digest
from dockwright.model.source import Wheel

_NOTE = "made.json"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished build was and left."""

    commands: str
    text: str
    bases: dict[str, str]
    image: Image


def made(scheduled: Schedule, engine: Engine) -> Image | None:
    """The image of the last run of this schedule, if it is still what this run would make."""
    request = scheduled.image
    sources = scheduled.plan.sources
    # Sources are named by their content, but a wheel may be of a branch, which moves.
    moving = any(isinstance(source, Wheel) and not source.fixed for source in sources.values())
    # Images that come by digest are named by their content, too.
    foreign = {
        name
        for name, value in request.contexts.items()
        if name not in sources and not (value.startswith("docker-image://") and "@sha256:" in value)
    }
    if request.no_cache or request.cache_to or foreign or moving or request.output != "image":
        return None
    with contextlib.suppress(OSError, msgspec.MsgspecError, DockwrightError):
        note = msgspec.json.decode((scheduled.folder / _NOTE).read_bytes(), type=Note)
        report = scheduled.evidence is None or (scheduled.evidence / "report.json").is_file()
        if report and note == _note(scheduled, engine.inspect(request)):
            return note.image
    return None


def remember(scheduled: Schedule, image: Image) -> None:
    """Leave the note; without it the next run only takes longer."""
    with contextlib.suppress(OSError, DockwrightError):
        path = scheduled.folder / _NOTE
        path.write_bytes(msgspec.json.encode(_note(scheduled, image)))


def forget(scheduled: Schedule) -> None:
    """Take the note away before a run that may end half-way."""
    (scheduled.folder / _NOTE).unlink(missing_ok=True)


def _note(scheduled: Schedule, image: Image) -> Note:
    return Note(
        commands=digest(scheduled.commands),
        text=scheduled.rendered.sha256,
        bases={
            base.name: read_layout(Path(base.layout), base.ref).digest
            for base in scheduled.image.bases
        },
        image=image,
    )
