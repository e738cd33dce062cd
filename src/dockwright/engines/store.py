"""Where sources lie on this host: known without looking, and without what fetching needs."""

from __future__ import annotations

from pathlib import Path

from dockwright.model.source import Source


def folder(store: Path, source: Source) -> Path:
    """Where a source is, or will be."""
    kind = type(source).__name__.lower()
    return store / f"{kind}-{source.digest[:32]}"
