"""Processes that a dead command left behind: caught, so that they can be ended.

When one stage fails, buildah exits while the container of another stage runs on, out of its
process group, for as long as a compiler works. With `PR_SET_CHILD_SUBREAPER` such a process
becomes a child of ours, and that is how we know that it is one of ours. Other systems than
Linux have no such thing; there nothing is caught.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
_ROUNDS = 20

_ours: set[int] = set()
"""Running processes that this program started, also those of other threads: never orphans."""


class Orphans:
    """The orphans of one command: children of ours that we did not start, younger than it."""

    def __init__(self) -> None:
        self._before = {pid for pid, _ in _children()}

    def end(self) -> int:
        """Kill and reap them, and what falls to us when they die; how many there were."""
        ended = 0
        for _ in range(_ROUNDS):
            found = [
                pid
                for pid, session in _children()
                # A process that this program started itself is in our session or was here before.
                if pid not in self._before | _ours and session not in {0, os.getsid(0)}
            ]
            if not found:
                break
            for pid in found:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
            for pid in found:
                with contextlib.suppress(OSError):
                    ended += os.waitpid(pid, os.WNOHANG)[0] == pid
        return ended


@contextlib.contextmanager
def caught() -> Iterator[Orphans]:
    """While this lasts, orphans of our children become our children."""
    found = Orphans()
    _subreaper(on=True)
    try:
        yield found
    finally:
        _subreaper(on=False)


@contextlib.contextmanager
def not_an_orphan(pid: int) -> Iterator[None]:
    """While this lasts, a process of this program is left alone."""
    _ours.add(pid)
    try:
        yield
    finally:
        _ours.discard(pid)


def _subreaper(*, on: bool) -> None:
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def _children() -> list[tuple[int, int]]:
    """Our children, each with its session."""
    own = os.getpid()
    found = []
    try:
        names = [entry.name for entry in _PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return []
    for name in names:
        with contextlib.suppress(OSError, ValueError, IndexError):
            # `pid (any name) state ppid pgrp session …`; the name may contain blanks and brackets.
            fields = (_PROC / name / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[1]) == own:
                found.append((int(name), int(fields[3])))
    return found
