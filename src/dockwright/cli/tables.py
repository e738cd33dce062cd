"""Rows as a table for a terminal: columns as wide as they need, the last one as wide as it may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> Iterator[str]:
    """The lines of a table; of text that does not fit, the end is left out (`…`)."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    for row in (head, *rows):
        cells = [f"{text:<{size}}" for text, size in zip(row, widths, strict=True)]
        line = "  ".join(cells).rstrip()
        yield line if len(line) <= width else f"{line[: width - 1]}…"


def clipped(text: str, size: int) -> str:
    """At most `size` characters; the end of a longer text becomes `…`."""
    return text if len(text) <= size else f"{text[: size - 1]}…"


def width(stream: TextIO | None = None) -> int:
    """Of standard output, or another stream; what is not a terminal gets whole lines."""
    import shutil
    import sys

    return shutil.get_terminal_size().columns if (stream or sys.stdout).isatty() else 10_000
