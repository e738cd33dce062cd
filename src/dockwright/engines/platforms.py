"""Which platforms this kernel can execute: its own, and those with an emulator in binfmt_misc."""

from __future__ import annotations

import platform
from pathlib import Path

from dockwright.errors import EngineError
from dockwright.model.values import Arch

BINFMT = Path("/proc/sys/fs/binfmt_misc")


def native() -> str:
    """The platform of this machine, `linux/amd64`."""
    machine = platform.machine().lower()
    by_name = {name: arch for arch in Arch for name in (arch.value, arch.alt)}
    return by_name[machine].platform if machine in by_name else f"linux/{machine}"


def runnable(binfmt: Path = BINFMT) -> tuple[str, ...]:
    """The platforms whose programs start here."""
    emulated = (arch.platform for arch in Arch if _is_enabled(binfmt / f"qemu-{arch.alt}"))
    return tuple(dict.fromkeys((native(), *emulated)))


def _is_enabled(entry: Path) -> bool:
    try:
        return entry.read_text(encoding="utf-8").startswith("enabled")
    except OSError:
        return False


def refuse_foreign(wanted: tuple[str, ...], able: tuple[str, ...], engine: str) -> None:
    """Raise EngineError when a platform is not among those that an engine can execute.

    An engine that says nothing about its platforms is believed to know its business.
    """
    missing = [platform for platform in wanted if able and platform not in able]
    if not missing:
        return
    emulators = " ".join(f"qemu-{Arch(name.rpartition('/')[2]).alt}" for name in missing)
    raise EngineError(
        f"{engine} cannot execute {' and '.join(missing)} here: no such node, and no emulator "
        f"({emulators}) in {BINFMT}; it can execute {', '.join(able)}",
        hint=(
            "install emulators (apt-get install qemu-user-static binfmt-support), or add a node "
            "of that platform to the builder (docker buildx create --append --platform …)"
        ),
    )
