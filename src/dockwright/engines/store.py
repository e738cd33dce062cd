"""Where sources lie on this host: known without looking, and without what fetching needs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dockwright.model.source import Source


def folder(store: Path, source: Source) -> Path:
    """Where a source is, or will be."""
    kind = type(source).__name__.lower()
    return store / f"{kind}-{source.digest[:32]}"


def image_layout(cache: Path, ref: str, platform: str) -> Path:
    """Where the OCI layout of a registry's image is, or will be."""
    name = hashlib.sha256(f"{ref}\n{platform}".encode()).hexdigest()[:32]
    return cache / "images" / name / "layout"


def certificate_path(cache: Path) -> Path:
    """Where the certificate of this host's own authority is, or will be (engines/authority.py)."""
    return cache / "offline" / "ca.crt"
