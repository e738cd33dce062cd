"""The lock file of a command: read where it is there, and what it means for planning."""

from __future__ import annotations

from pathlib import Path

from dockwright.catalog.parameters.lock import LOCK_FILE, LOCKED
from dockwright.errors import UserError
from dockwright.model.lock import Lock
from dockwright.model.param import Params
from dockwright.planning.pin import Pinning


def read(params: Params) -> Lock:
    """The lock; empty when there is none. Raises UserError for one that cannot be read."""
    place = Path(params[LOCK_FILE])
    origin = params.value(LOCK_FILE).origin
    try:
        text = place.read_text(encoding="utf-8")
    except FileNotFoundError:
        if params[LOCKED]:
            where = params.value(LOCKED).origin.where
            raise UserError(
                f"{where}: there is no lock {place}",
                hint="make it with `dockwright lock` and the words of this build",
            ) from None
        if not origin.is_default:
            raise UserError(
                f"{origin.where}: there is no lock {place}",
                hint=f"make it with `dockwright lock --lock-file {place}`",
            ) from None
        return Lock()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UserError(
            f"{place}: cannot read the lock: {reason}", hint="make it again: `dockwright lock`"
        ) from None
    from dockwright.config.lock_file import decode

    return decode(text, str(place))


def place(params: Params) -> Path:
    """Where the lock is, or will be."""
    return Path(params[LOCK_FILE])


def read_or_empty(params: Params) -> Lock:
    """The lock of commands that can do without one. Raises UserError for an unreadable one."""
    return read(params) if place(params).exists() else Lock()


def pinning(params: Params) -> Pinning:
    """How strict planning is about what the lock does not hold."""
    return Pinning.LOCKED if params[LOCKED] else Pinning.STRICT
