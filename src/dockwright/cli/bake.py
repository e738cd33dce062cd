"""`plan --format bake`: the file on stdout, or with its context in a directory (--write)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from dockwright.cli.planned import absolute
from dockwright.cli.run import show_json
from dockwright.cli.scheduling import Work
from dockwright.engines.api import Engine, Request
from dockwright.engines.bake import Part, bake
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.buildkit_host import Host
from dockwright.engines.schedule import Schedule
from dockwright.errors import UserError
from dockwright.model.plan import BootstrapImage
from dockwright.planning.names import EVIDENCE

FILE = "docker-bake.json"


def show_bake(everything: Work, engine: Engine, write: str) -> None:
    """Print the file, or write it and everything that it needs; then say how to use it."""
    folder = absolute(write) if write else None
    parts: list[Part] = []
    checks: list[Part] = []
    contexts: dict[str, Path] = {}
    for scheduled in everything.schedules:
        arch = scheduled.plan.platform.rpartition("/")[2]
        part = _part(scheduled, scheduled.image)
        parts.append(part)
        contexts[part.name] = folder / part.name if folder else scheduled.image.context
        if scheduled.evidence:
            request = msgspec.structs.replace(
                scheduled.image,
                target=EVIDENCE,
                output="files",
                tags=(),
                destination=(folder / f"{EVIDENCE}-{arch}") if folder else scheduled.evidence,
            )
            check = _part(scheduled, request)
            checks.append(check)
            contexts[check.name] = contexts[part.name]
    host = engine.host if isinstance(engine, BuildKit) else Host()
    data = bake(parts, checks, contexts, host)
    if folder is None:
        show_json(data)
        click.echo("The contexts that it names are written by --write DIR.", err=True)
        return
    _write(folder, everything, [contexts[part.name] for part in parts], data)
    for scheduled in everything.schedules:
        for command in scheduled.commands:
            if command.reader == "events" and _has_bootstrap(scheduled):
                click.echo(f"first: {' '.join(command.argv)}", err=True)
    click.echo(f"buildx bake --allow=fs=* -f {folder / FILE}", err=True)


def _part(scheduled: Schedule, request: Request) -> Part:
    arch = request.platform.rpartition("/")[2]
    return Part(
        name=f"{request.target}-{arch}", dockerfile=scheduled.rendered.text, request=request
    )


def _has_bootstrap(scheduled: Schedule) -> bool:
    return any(isinstance(image, BootstrapImage) for image in scheduled.plan.images.values())


def _write(folder: Path, everything: Work, contexts: list[Path], data: dict[str, Any]) -> None:
    try:
        for scheduled, context in zip(everything.schedules, contexts, strict=True):
            context.mkdir(parents=True, exist_ok=True)
            for name, text in scheduled.rendered.files.items():
                path = context / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                path.chmod(0o644)
        content = msgspec.json.format(msgspec.json.encode(data), indent=2)
        (folder / FILE).write_bytes(content + b"\n")
    except OSError as error:
        raise UserError(f"--write {folder}: {error.strerror}") from error
