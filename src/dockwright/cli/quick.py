"""The shortest way from the start of the process to a rendered text: `render` without click.

Scripts and editors render often, and importing click takes a quarter of the time to the text. Only
what `config.argv` understands goes this way; every other word, and every mistake, is click's.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.build import ENGINE
from dockwright.cli import host, planned
from dockwright.config.argv import from_argv
from dockwright.errors import DockwrightError
from dockwright.rendering.dialect import BUILDAH, BUILDKIT, Dialect
from dockwright.rendering.dockerfile import render


def quick(words: Sequence[str]) -> int | None:
    """The exit status of `render PARAMETERS…`, or None when click has to look at the words."""
    if words[:1] != ["render"]:
        return None
    try:
        said, rest = from_argv(list(words[1:]), parameters())
        if rest:
            return None
        arguments = {"said": said, "config_files": (), "profile": ""}
        text = "".join(texts(arguments, host.environment()))
    except DockwrightError:
        return None
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has left (`| head`); Python would complain once more at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def texts(arguments: Mapping[str, Any], env: Mapping[str, str]) -> Iterator[str]:
    """The Dockerfile of each platform that was asked for. Raises UserError."""
    for found in planned.subjects(arguments, env):
        yield render(found.planned.plan, dialect(found.params[ENGINE].value)).text


def dialect(engine: str) -> Dialect:
    """The dialect of an engine by its name; BuildKit's when none is named."""
    return BUILDAH if engine == "buildah" else BUILDKIT
