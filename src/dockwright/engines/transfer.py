"""One file over the network: resumed where it broke off, and taken only with its checksum.

A partial file lies beside a note that says what it is a part of. It is asked for from its end on,
on the condition that the server still has the same file (If-Range); what comes out is verified
as a whole, so no mixture of two files is ever taken.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from dockwright.engines.events import Emit, Progress
from dockwright.engines.network import Policy, Retry, opened, shown
from dockwright.engines.objects import write_whole
from dockwright.errors import EngineError

if TYPE_CHECKING:
    import httpx

_MOVED = 1 << 20
"""Bytes that a try must add to count as one that got further."""
_PERIOD = 0.25
"""Seconds between two reports of the progress."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A file by its checksum. `size` is 0 when it is not known; `headers` may hold a login."""

    url: str
    sha256: str
    size: int = 0
    headers: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Wanted({shown(self.url)}, {self.sha256})"


class _Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a partial file is a part of."""

    url: str
    validator: str = ""
    total: int = 0


def download(session: httpx.Client, policy: Policy, wanted: Wanted, part: Path, emit: Emit) -> None:
    """One try to complete `part`. Raises Retry or EngineError; what has come stays there."""
    before = _size(part)
    try:
        _attempt(session, policy, wanted, part, emit)
    except Retry as error:
        error.moved = _size(part) - before >= _MOVED
        raise
    _note_path(part).unlink(missing_ok=True)


def forget(part: Path) -> None:
    """Remove a partial file and its note."""
    part.unlink(missing_ok=True)
    _note_path(part).unlink(missing_ok=True)


def _attempt(session: httpx.Client, policy: Policy, wanted: Wanted, part: Path, emit: Emit) -> None:
    url = policy.address(wanted.url)
    note = _read_note(part)
    if note is None:
        # Nobody knows what it is a part of.
        forget(part)
    have = _size(part)
    resumed = bool(have)
    if url.startswith("file://"):
        shutil.copyfile(unquote(url.removeprefix("file://")), part)
        resumed = False
    elif not (wanted.size and have == wanted.size):
        headers = dict(wanted.headers)
        if have:
            headers["Range"] = f"bytes={have}-"
        if note and note.url == url and note.validator:
            headers["If-Range"] = note.validator
        with opened(
            session, policy, wanted.url, headers=headers, accepted=frozenset({200, 206, 416})
        ) as answer:
            resumed = _receive(answer, url, part, emit)
    digest = _digest(part)
    if digest == wanted.sha256:
        return
    count = _size(part)
    if wanted.size > count:
        raise Retry(f"{shown(url)}: it broke off after {count} of {wanted.size} bytes")
    forget(part)
    if resumed:
        raise Retry(f"{shown(url)}: its parts do not fit together; from the start")
    raise EngineError(
        f"{shown(url)} is not what its pin says: sha256 {digest} of {count} bytes, "
        f"wanted {wanted.sha256}",
        hint="do not use it before you know why; a mirror may serve something else",
    )


def _receive(answer: httpx.Response, url: str, part: Path, emit: Emit) -> bool:
    """Take in what the server sends; says whether the file is made of more than one answer."""
    have = _size(part)
    if answer.status_code == 416:
        # It has nothing beyond what is here: the checksum will tell whether this is all.
        return True
    start = 0
    if answer.status_code == 206:
        begins = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
        if not begins or int(begins[1]) != have:
            forget(part)
            raise Retry(f"{shown(url)}: the server sent another part than the one asked for")
        start = have
    length = int(answer.headers.get("content-length") or 0)
    total = start + length if length else 0
    note = _Note(url=url, validator=_validator(answer.headers), total=total)
    if not start:
        part.unlink(missing_ok=True)
    write_whole(_note_path(part), msgspec.json.encode(note))
    with part.open("ab") as target:
        _copy(answer, target.write, _Meter(emit=emit, name=shown(url), count=start, total=total))
        target.flush()
        os.fsync(target.fileno())
    return start > 0


class _Meter:
    """Reports a transfer's progress a few times in a second, and its end."""

    def __init__(self, *, emit: Emit, name: str, count: int, total: int) -> None:
        self._emit = emit
        self._name = name
        self._total = total
        self.count = count
        self._told = 0.0

    def add(self, count: int) -> None:
        self.count += count
        if time.time() - self._told > _PERIOD:
            self.tell()

    def tell(self) -> None:
        self._told = time.time()
        self._emit(
            Progress(time=self._told, name=self._name, current=self.count, total=self._total)
        )


def _copy(answer: httpx.Response, write: Callable[[bytes], object], meter: _Meter) -> None:
    meter.tell()
    # Raw: a transport encoding would change what the checksum is of. In the pieces that arrive:
    # what waits for a whole block would be lost when the line breaks.
    for block in answer.iter_raw():
        write(block)
        meter.add(len(block))
    meter.tell()


def _validator(headers: httpx.Headers) -> str:
    """What If-Range may name: a strong entity tag, or else the date."""
    tag: str = headers.get("etag", "")
    return tag if tag and not tag.startswith("W/") else str(headers.get("last-modified", ""))


def _digest(part: Path) -> str:
    with part.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _note_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_note(part: Path) -> _Note | None:
    try:
        return msgspec.json.decode(_note_path(part).read_bytes(), type=_Note)
    except (OSError, msgspec.MsgspecError):
        return None
