"""`dockwright.lock`: TOML that people review. Text ↔ `Lock`, and what is wrong with a text.

One line holds one fact, in one fixed order, so that a difference shows what moved and nothing else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec

from dockwright.config.write import quoted
from dockwright.errors import Problem, UserError
from dockwright.model.lock import (
    VERSION,
    Entry,
    Lock,
    LockedArchive,
    LockedGit,
    LockedImage,
    LockedPackages,
    LockedPython,
    lock_of,
)

NAME = "dockwright.lock"

_HEADER = """\
# What every input of these cells was when `dockwright lock` looked. Keep it under version control.
# `dockwright build --locked` takes nothing else; `dockwright lock --update` renews it.
"""
_AGAIN = "`dockwright lock` writes it; take your edit back, or delete the file and lock again"

_Platform = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?$")]
_Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
_Hex64 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Hex40 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}$")]
_Size = Annotated[int, msgspec.Meta(ge=0)]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f]+$")]
_Version = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+:~-]*$")]
_Pin = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*"
        r"(==\S+( --hash=sha256:[0-9a-f]{64})+| @ \S+[0-9a-f]{40}\S*)$"
    ),
]

_MEANS = {
    "^sha256:[0-9a-f]{64}$": "sha256: and 64 hexadecimal digits",
    "^[0-9a-f]{64}$": "64 hexadecimal digits",
    "^[0-9a-f]{40}$": "a full commit, 40 hexadecimal digits",
}


class _Image(msgspec.Struct, forbid_unknown_fields=True):
    ref: _Name
    platforms: dict[_Platform, _Digest]


class _Git(msgspec.Struct, forbid_unknown_fields=True):
    url: _Name
    ref: _Name
    commit: _Hex40


class _Archive(msgspec.Struct, forbid_unknown_fields=True):
    url: _Name
    sha256: _Hex64
    size: _Size


class _Python(msgspec.Struct, forbid_unknown_fields=True):
    wants: tuple[_Name, ...]
    python: _Version
    platform: _Platform
    sha256: _Hex64
    packages: tuple[_Pin, ...] = ()


class _Packages(msgspec.Struct, forbid_unknown_fields=True):
    system: _Name
    platform: _Platform
    versions: dict[_Name, _Version]


_TABLES: Mapping[str, tuple[Any, type[Entry]]] = {
    "image": (_Image, LockedImage),
    "git": (_Git, LockedGit),
    "archive": (_Archive, LockedArchive),
    "python": (_Python, LockedPython),
    "packages": (_Packages, LockedPackages),
}
"""Name of the array of tables → its grammar, and the value that it becomes."""


def encode(lock: Lock) -> str:
    """The file of a lock. Equal locks give equal bytes."""
    parts = [_HEADER, f"version = {VERSION}\n", f"cells = {_array(lock.cells)}\n"]
    for entry in lock.entries():
        name = next(name for name, (_, value) in _TABLES.items() if isinstance(entry, value))
        parts.append(f"\n[[{name}]]\n")
        parts += _lines(entry)
    return "".join(parts)


def _lines(entry: Entry) -> Iterator[str]:
    for key, value in msgspec.structs.asdict(entry).items():
        if isinstance(value, Mapping):
            for name, text in sorted(value.items()):
                yield f"{key}.{quoted(name)} = {quoted(text)}\n"
        elif isinstance(value, tuple):
            if value or key == "wants":
                yield f"{key} = {_array(value)}\n"
        else:
            yield f"{key} = {value if isinstance(value, int) else quoted(value)}\n"


def _array(items: tuple[str, ...]) -> str:
    if len(items) < 2:
        return f"[{', '.join(map(quoted, items))}]"
    return "[\n" + "".join(f"  {quoted(item)},\n" for item in items) + "]"


def decode(text: str, name: str = NAME) -> Lock:
    """Read a lock. Raises UserError with every problem, each with its line in the file `name`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, position = str(error).rpartition(" (at ")
        words = position.rstrip(")").replace(",", "").split()
        lines = text.splitlines() or [""]
        line = words[1] if words[:1] == ["line"] else str(len(lines))
        raise _refused([Problem(what=f"not valid TOML: {what}", where=f"{name}:{line}")]) from None
    version = data.get("version")
    if not isinstance(version, int) or version < 1:
        what = "it has no version, so it is no lock of dockwright"
        raise _refused([Problem(what=what, where=name)])
    if version > VERSION:
        raise UserError(
            f"{name}: it was made by a newer dockwright (format {version}; this one reads "
            f"{VERSION})",
            hint="update dockwright, or delete the file and run `dockwright lock` again",
        )
    return _read(data, _Positions(text, name))


def _read(data: Mapping[str, Any], positions: _Positions) -> Lock:
    problems: list[Problem] = []
    found: list[Entry] = []
    seen: dict[tuple[str, str], int] = {}
    for table, rows in data.items():
        if table in {"version", "cells"}:
            continue
        if table not in _TABLES or not isinstance(rows, list):
            known = ", ".join(f"[[{known}]]" for known in _TABLES)
            what = f"unknown table {table!r}; there are {known}"
            problems.append(Problem(what=what, where=positions.of(table)))
            continue
        grammar, value = _TABLES[table]
        for number, row in enumerate(rows):
            try:
                parsed = msgspec.convert(row, type=grammar)
            except msgspec.ValidationError as error:
                problems.append(_problem(str(error), table, number, row, positions))
                continue
            entry = value(**msgspec.structs.asdict(parsed))
            line = positions.line(table, number)
            first = seen.setdefault((table, entry.key), line)
            if first != line:
                what = f"{table} {entry.key} is said twice, first in line {first}"
                problems.append(Problem(what=what, where=positions.at(line)))
            found.append(entry)
    cells = data.get("cells", [])
    if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
        problems.append(Problem(what="cells must be a list of texts", where=positions.of("cells")))
    if problems:
        raise _refused(problems)
    return lock_of(found, cells)


def _problem(message: str, table: str, number: int, row: Any, positions: _Positions) -> Problem:
    """What msgspec says ("… - at `$.commit`"), in words, at the line of the key."""
    what, _, path = message.partition(" - at `$")
    path = path.rstrip("`")
    key = path.strip(".").partition("[")[0]
    for pattern, means in _MEANS.items():
        if pattern in what:
            what = f"must be {means}"
    inside, value = "", row.get(key) if isinstance(row, dict) else None
    if isinstance(value, dict):
        # msgspec does not name the key of a mapping: the first whose text does not fit is it.
        inside = next((name for name, text in value.items() if not _fits(table, key, text)), "")
        value = value.get(inside)
    shown = f"{key} {inside}".strip() or table
    said = f", not {value!r}" if isinstance(value, str) else ""
    return Problem(
        what=f"{shown}: {what[:1].lower()}{what[1:]}{said}",
        where=positions.at(positions.line(table, number, key, inside)),
    )


def _fits(table: str, key: str, text: object) -> bool:
    wanted = _Digest if (table, key) == ("image", "platforms") else _Version
    try:
        msgspec.convert(text, type=wanted)
    except msgspec.ValidationError:
        return False
    return True


def _refused(problems: list[Problem]) -> UserError:
    return UserError(
        problems=[msgspec.structs.replace(problem, hint=_AGAIN) for problem in problems]
    )


class _Positions:
    """Where things stand in the text; the TOML parser keeps no lines."""

    def __init__(self, text: str, name: str) -> None:
        self._lines = text.splitlines()
        self._name = name

    def at(self, line: int) -> str:
        return f"{self._name}:{line}" if line else self._name

    def of(self, key: str) -> str:
        """The first line that begins with a key or is the header of a table of that name."""
        starts = (key, f"[{key}", f"[[{key}")
        return self.at(self._first(0, lambda line: line.startswith(starts)))

    def line(self, table: str, number: int, key: str = "", inside: str = "") -> int:
        """The line of the `number`-th `[[table]]`, or of a key in it."""
        begin = 0
        for _ in range(number + 1):
            begin = self._first(begin, lambda line: line.startswith(f"[[{table}]]"))
        if not key:
            return begin
        end = self._first(begin, lambda line: line.startswith("[[")) or len(self._lines) + 1
        found = self._first(begin, lambda line: line.startswith(key) and inside in line)
        return found if begin < found < end else begin

    def _first(self, after: int, fits: Any) -> int:
        """The first line after line `after` that fits, counted from 1; 0 when none does."""
        for number, line in enumerate(self._lines[after:], start=after + 1):
            if fits(line.strip()):
                return number
        return 0
