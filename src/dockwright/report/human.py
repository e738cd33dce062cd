"""Numbers and foreign text as people read them: durations, sizes, cleaned and clipped lines."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

# CSI and OSC sequences, and the short escapes that compilers and package managers print.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_MINUTE = _HOUR = 60
_STEP = 1000
_ROUNDS_UP = 999.5
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def duration(seconds: float) -> str:
    """`0.4s`, `12.3s`, `1m 23s`, `1h 02m`; clocks that run backwards read as `0.0s`."""
    seconds = max(0.0, seconds) if isfinite(seconds) else 0.0
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    if minutes < _HOUR:
        return f"{minutes}m {rest:02d}s"
    return f"{minutes // _HOUR}h {minutes % _HOUR:02d}m"


def size(count: float) -> str:
    """Decimal units, as docker prints them: `512 B`, `12.3 MB`, `840 MB`, `1.2 GB`."""
    value = max(0.0, float(count))
    if value < _STEP:
        return f"{value:.0f} B"
    unit = 0
    while value >= _ROUNDS_UP and unit < len(_SIZES) - 1:
        value /= _STEP
        unit += 1
    digits = 0 if round(value, 1) >= _STEP / 10 else 1
    return f"{value:.{digits}f} {_SIZES[unit]}"


def plural(count: int, word: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def clean(line: str) -> str:
    """What a terminal would show of a line that a program printed, without its control codes.

    Foreign output must not move our cursor, and a progress bar that rewrites its line with
    carriage returns is worth its last state only.
    """
    if line.isascii() and line.isprintable():
        return line
    line = _ESCAPES.sub("", line).expandtabs(4).rstrip("\r\n")
    line = next((part for part in reversed(re.split(r"[\r\n]", line)) if part.strip()), "")
    return printable(line)


def printable(text: str) -> str:
    """The text without any character that moves a cursor or ends a line."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "?" if kind == "Cs" else char
        for char in text
        if (kind := unicodedata.category(char)) not in {"Cc", "Cf", "Zl", "Zp"}
    )


def one_line(text: str) -> str:
    """Collapse a message of several lines into one."""
    return " ".join(part for line in text.splitlines() for part in clean(line).split())


def cells(text: str) -> int:
    """Columns that the text takes on a terminal: wide characters count twice, marks not at all."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) == "Me":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in at most `width` columns; what was cut is marked."""
    if cells(text) <= width:
        return text
    if width <= len(ellipsis):
        return ellipsis[: max(0, width)]
    room, kept = width - len(ellipsis), []
    for char in text:
        room -= _cell(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + ellipsis


def pad(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in exactly `width` columns."""
    text = clip(text, width, ellipsis)
    return text + " " * (width - cells(text))


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """What a stream can show. Colour only repeats what a glyph or a word already says."""

    colour: bool = False
    unicode: bool = True

    @property
    def done(self) -> str:
        """Mark of something that ended well."""
        return "✓" if self.unicode else "+"

    @property
    def failed(self) -> str:
        """Mark of something that failed."""
        return "✗" if self.unicode else "x"

    @property
    def cached(self) -> str:
        """Mark of something that was already there."""
        return "="

    @property
    def started(self) -> str:
        """Mark of something that begins."""
        return "▸" if self.unicode else ">"

    @property
    def stopped(self) -> str:
        """Mark of something that was given up before it ended."""
        return "■" if self.unicode else "-"

    @property
    def dot(self) -> str:
        """Separator between facts on one line."""
        return "·" if self.unicode else "|"

    @property
    def ellipsis(self) -> str:
        """Mark of text that was cut."""
        return "…" if self.unicode else "..."

    @property
    def spinner(self) -> str:
        """Frames of a turning mark."""
        return "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" if self.unicode else "|/-\\"

    def paint(self, text: str, look: str) -> str:
        """Text in a look (`red`, `green`, `cyan`, `bold`, `dim`) where the stream shows colour."""
        if not self.colour or not look or not text:
            return text
        codes = {"bold": 1, "dim": 2, "red": 31, "green": 32, "cyan": 36}
        return f"\x1b[{codes[look]}m{text}\x1b[0m"


def is_terminal(stream: TextIO, env: Mapping[str, str]) -> bool:
    """Whether a person looks at the stream through a terminal that understands cursor movement."""
    try:
        tty = stream.isatty()
    except (AttributeError, ValueError):  # a minimal or closed stream
        return False
    return tty and env.get("TERM", "dumb") not in {"", "dumb", "unknown"}


def style_of(stream: TextIO, env: Mapping[str, str]) -> Style:
    """What the stream can show, given `NO_COLOR` and `TERM` of the environment."""
    try:
        "✓✗▸■·…⠋│█─".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        unicode = False
    else:
        unicode = True
    return Style(colour=is_terminal(stream, env) and not env.get("NO_COLOR"), unicode=unicode)
