"""What a person can do about output that is known to mean something."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Iterable
from pathlib import Path

import msgspec


class Death(msgspec.Struct, frozen=True, kw_only=True):
    """The engine itself ended, not a step: what is known, and what to do."""

    message: str
    hint: str


_INSTALL = {
    "buildah": "install it: `apt-get install buildah` (Debian, Ubuntu) or `dnf install buildah`",
    "docker": "install Docker with the buildx plug-in, or use the buildah engine",
    "buildctl": "install BuildKit, or use the buildah engine",
}

_NO_SPACE = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)

_REGISTRY = r"(?:container registry|/v2/|docker://|manifests?/).*"
_NO_NETWORK = (
    r"connection refused|no such host|i/o timeout|no route to host|network is unreachable"
    r"|tls handshake|certificate"
)

_SHORT_NAME = """\
the base image has no registry in its name: write the whole name (registry/name:tag) or give the \
base as an OCI layout"""
_REFUSED = """\
the registry refused: log in to it (`buildah login` or `docker login`) with an account that may \
read this image"""
_UNKNOWN_IMAGE = "the registry does not have this image: check its name and tag or digest"
_UNREACHABLE = """\
the registry of the base image cannot be reached: check network, proxy and extra CA, use a \
mirror, or give the base as an OCI layout"""
_DAMAGED = "the base image is damaged: make or copy it again, then run the same command"
_NO_STAGE = """\
the text copies from a stage that it does not have: this is a mistake in dockwright, please \
report it"""
_KILLED = """\
a process was killed, most often because the memory was full: lower the number of jobs"""

_FAILURES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), hint)
    for pattern, hint in (
        (r"short-name .* did not resolve", _SHORT_NAME),
        (rf"{_REGISTRY}(?:unauthorized|\b40[13]\b|denied|forbidden)", _REFUSED),
        (r"manifest unknown|name unknown|: not found.*manifest", _UNKNOWN_IMAGE),
        (rf"{_REGISTRY}(?:{_NO_NETWORK})", _UNREACHABLE),
        (r"digest did not match|unexpected commit digest", _DAMAGED),
        (r"no stage or image found with that name|is not a stage", _NO_STAGE),
        (r"(?:\bkilled|out of memory|exit (?:status|code):? 137)\s*$", _KILLED),
    )
)

_CONNECTION_LOST = re.compile(
    r"cannot connect to the docker daemon|error reading from server: EOF|failed to receive status|"
    r"dial unix .*(?:no such file|connection refused)|transport is closing|"
    r"code = Unavailable|connection closed before server preface",
    re.IGNORECASE,
)


def install_hint(program: str) -> str:
    """How to get a program that is not there."""
    name = Path(program).name
    return _INSTALL.get(name, f"install {name}, or put it on PATH")


def explain_failure(lines: Iterable[str], *, near: Path) -> str:
    """A hint for the newest line that is known, or "". `near`: a path on the disk that matters."""
    for line in reversed(tuple(lines)):
        if _NO_SPACE.search(line):
            return (
                f"the disk is full ({free_text(near)} free near the logs; the engine's storage may "
                "be on another disk): remove unused images and caches, or move the storage"
            )
        for pattern, hint in _FAILURES:
            if pattern.search(line):
                return hint
    return ""


def explain_death(program: str, code: int, lines: Iterable[str]) -> Death | None:
    """Whether the engine itself went away: killed by a signal, or its daemon is gone."""
    name = Path(program).name
    if code < 0:
        killed = -code == signal.SIGKILL
        return Death(
            message=f"{name} was ended by {_signal_name(-code)}",
            hint="most often the memory was full: lower the number of jobs, then run again; "
            "finished steps are in the cache"
            if killed
            else "run again; finished steps are in the cache",
        )
    lost = next((line for line in reversed(tuple(lines)) if _CONNECTION_LOST.search(line)), "")
    if lost:
        return Death(
            message=f"{name} lost its engine: {lost.strip()}",
            hint="is the daemon running? start it and run again; finished steps are in its cache",
        )
    return None


def free_bytes(path: Path) -> int:
    """Free bytes on the disk of a path that may not exist yet; -1 when that cannot be said."""
    for place in (path, *path.parents):
        try:
            return shutil.disk_usage(place).free
        except OSError:
            continue
    return -1


def free_text(path: Path) -> str:
    """`free_bytes` for people."""
    free = free_bytes(path)
    return "unknown" if free < 0 else f"{free / 1e9:.1f} GB"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
