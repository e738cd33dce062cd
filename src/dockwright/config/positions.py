"""Where a key stands in a TOML text. The parser keeps no positions, so the text is scanned."""

from __future__ import annotations


def line_of(lines: list[str], path: tuple[str, ...]) -> int:
    """The line of a key, counted from 1; 0 when it cannot be told.

    Only the forms that people write are understood: a header, then `key = value`, both perhaps
    dotted or quoted. An inline table is found by the key that holds it.
    """
    table: tuple[str, ...] = ()
    quote = ""
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if quote:
            # Inside a multi-line string nothing is a key.
            quote = "" if quote in stripped else quote
        elif stripped.startswith("["):
            table = _parts(stripped.strip("[").partition("]")[0])
            if table == path:
                return number
        elif "=" in stripped and not stripped.startswith("#"):
            key, _, value = stripped.partition("=")
            here = table + _parts(key)
            if here == path[: len(here)]:
                return number
            quote = _opened(value.strip())
    return 0


def _opened(value: str) -> str:
    """The mark of a multi-line string that begins here and does not end here."""
    for mark in ('"""', "'''"):
        if value.startswith(mark) and mark not in value[3:]:
            return mark
    return ""


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in key.split("."))
