"""What package steps were answered when they ran: enough to run them again without a network.

`<cache>/recordings/<name>/recording.json` lists the answers of one build; their bodies lie in
`<cache>/recordings/blobs/<sha256>`, shared by all. A recording holds for the steps that made it:
it is found by their digests, and one recording has to cover all of a plan, since the indexes of
two different days do not fit together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from dockwright.engines.objects import write_whole
from dockwright.model.plan import Plan, Run, Tag, digest
from dockwright.planning.identity import closure

FILE = "recording.json"


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question and its answer. `sha256` names the body, `request` the question's body."""

    method: str
    url: str
    status: int
    accept: str = ""
    request: str = ""
    headers: dict[str, str] = {}
    sha256: str = ""
    size: int = 0


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """The answers of one build; `steps` are digest → title, `variables` what steps were told."""

    time: float
    build: str
    steps: dict[str, str]
    variables: dict[str, str]
    answers: tuple[Answer, ...]

    @property
    def name(self) -> str:
        """The name of its folder: it follows from the steps, so a newer one replaces it."""
        return hashlib.sha256("".join(sorted(self.steps)).encode()).hexdigest()[:32]

    @property
    def blobs(self) -> dict[str, int]:
        """The bodies with their sizes."""
        return {answer.sha256: answer.size for answer in self.answers if answer.sha256}


def folder(cache: Path) -> Path:
    """Where recordings are."""
    return cache / "recordings"


def blob(cache: Path, sha256: str) -> Path:
    """Where a body is, or will be."""
    return folder(cache) / "blobs" / sha256


def package_steps(plan: Plan, targets: Iterable[str]) -> dict[str, str]:
    """The steps with network that make these targets: digest → stage and title."""
    touched = {name for target in targets for name in closure(plan, target)}
    images = {name: digest(image) for name, image in plan.images.items()}
    return {
        digest([step, images, plan.platform]): _titled(stage.name, step.title)
        for stage in plan.stages
        if stage.name in touched
        for step in stage.steps
        if isinstance(step, Run) and Tag.NETWORK in step.tags
    }


def read(cache: Path) -> tuple[Recording, ...]:
    """Every readable recording, the newest first."""
    found = []
    for path in folder(cache).glob(f"*/{FILE}"):
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Recording))
        except (OSError, msgspec.MsgspecError):
            continue
    return tuple(sorted(found, key=lambda recording: -recording.time))


def write(cache: Path, recording: Recording) -> Path:
    """Keep a recording; its bodies must be there. Returns its folder."""
    place = folder(cache) / recording.name
    write_whole(place / FILE, msgspec.json.encode(recording))
    return place


def covering(cache: Path, steps: Mapping[str, str]) -> Recording | None:
    """The newest recording of all these steps whose bodies are there."""
    return next(
        (
            recording
            for recording in read(cache)
            if steps.keys() <= recording.steps.keys() and not lacking(cache, recording)
        ),
        None,
    )


def lacking(cache: Path, recording: Recording) -> tuple[str, ...]:
    """Bodies that are not there, or not with their size."""
    return tuple(
        sha256
        for sha256, size in recording.blobs.items()
        if not (path := blob(cache, sha256)).is_file() or path.stat().st_size != size
    )


def unknown(cache: Path, steps: Mapping[str, str]) -> tuple[str, ...]:
    """The steps that no recording of this host knows, by title; all when none knows all."""
    known = {key for recording in read(cache) for key in recording.steps}
    return tuple(title for key, title in steps.items() if key not in known) or tuple(steps.values())


def _titled(stage: str, title: str) -> str:
    return title if title.startswith(f"{stage}: ") else f"{stage}: {title}"
