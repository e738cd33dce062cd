"""The commands that make one image of several platforms out of one image for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dockwright.engines.api import Command, Engine
from dockwright.engines.buildkit import BuildKit


def join_layouts(
    parts: Sequence[str], directory: Path, *, ref: str, python: str
) -> tuple[Command, ...]:
    """Join OCI layouts (`DIRECTORY:TAG`) into one; dockwright does that itself."""
    argv = (python, "-m", "dockwright", "index", "--output", str(directory), "--ref", ref, *parts)
    return (Command(argv=argv, purpose="join the platforms", produces=f"OCI layout {directory}"),)


def join_pushed(
    engine: Engine, parts: Sequence[str], tags: Sequence[str], *, identity: str
) -> tuple[Command, ...]:
    """Join images that were pushed, and push the index under every tag.

    `identity` stands for the content; an engine that keeps the list for a while names it so.
    """
    if isinstance(engine, BuildKit):
        named = [word for tag in tags for word in ("--tag", tag)]
        return (
            Command(
                argv=(*engine.host.buildx, "imagetools", "create", *named, *parts),
                purpose="join the platforms",
                produces=", ".join(tags),
            ),
        )
    # The list is ours and goes at the end; one that an interrupted run left has the same members.
    name = f"localhost/dockwright/index:{identity}"
    start = ("buildah", "manifest")
    return (
        Command(argv=(*start, "create", "--amend", name), purpose="join the platforms"),
        *(
            Command(argv=(*start, "add", name, f"docker://{part}"), purpose=f"add {part}")
            for part in parts
        ),
        *(
            Command(
                argv=(*start, "push", "--all", name, f"docker://{tag}"),
                purpose=f"push {tag}",
                produces=tag,
            )
            for tag in tags
        ),
        Command(argv=(*start, "rm", name), purpose="forget the local list"),
    )
