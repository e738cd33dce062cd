"""Other buildah processes on this host, and whether they use the storage that we clean."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_STORAGE = (
    "CONTAINERS_STORAGE_CONF",
    "HOME",
    "STORAGE_DRIVER",
    "STORAGE_OPTS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
)
"""With the user, these variables decide where containers/storage keeps everything."""

_PROC = Path("/proc")


def at_work(program: str) -> bool:
    """Whether a process of this user works with the storage that our own children would use."""
    ours = {name: os.environ.get(name, "") for name in _STORAGE}
    for entry in _PROC.iterdir():
        # A process that has ended meanwhile is none; what we may not read is another user's.
        with contextlib.suppress(OSError):
            if (
                entry.name.isdigit()
                and entry.stat().st_uid == os.geteuid()
                and (entry / "comm").read_text().startswith(program)
                and _storage(entry / "environ") == ours
            ):
                return True
    return False


def _storage(environ: Path) -> dict[str, str]:
    found = dict.fromkeys(_STORAGE, "")
    for word in environ.read_bytes().split(b"\0"):
        name, _, value = word.decode(errors="replace").partition("=")
        if name in found:
            found[name] = value
    return found
