"""The output `files`: a directory instead of an image."""

from __future__ import annotations

from pathlib import Path

from dockwright.engines.api import Image


def written_files(destination: Path) -> Image:
    """What an engine wrote there: the place and the bytes of its files."""
    size = sum(
        path.lstat().st_size
        for path in destination.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    return Image(where=str(destination), digest="", size=size, layers=())
