"""Events of a command that a schedule starts: JSON lines for the parent, words for a person."""

from __future__ import annotations

import sys
from contextlib import suppress

import click
import msgspec

from dockwright.engines.events import Emit, Event, Log


def emitter(*, events: bool) -> Emit:
    """Where a command's events go: stdout as JSON lines (`--events`), else log lines to stderr."""

    def show(event: Event) -> None:
        if events:
            with suppress(BrokenPipeError):
                sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
                sys.stdout.buffer.flush()
        elif isinstance(event, Log):
            click.echo(event.line, err=True)

    return show
