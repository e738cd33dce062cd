"""No secret's value leaves the executor: lines and events are masked here."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from dockwright.engines.events import Event

STARS = "***"
_SHORTEST_PART = 4
"""Lines of a multi-line secret that are shorter than this are no secret ("}" of a JSON key)."""
_DATA = re.compile(r'"data":\s*"(?P<data>[A-Za-z0-9+/]+=*)"')


class Mask:
    """Replaces secret values in text: as they are, line by line, and quoted for a URL or JSON."""

    def __init__(self, values: Iterable[str]) -> None:
        words: set[str] = set()
        for value in values:
            parts = [part.strip() for part in value.splitlines()]
            long_parts = [part for part in parts if len(part) >= _SHORTEST_PART]
            for word in (value.strip(), *(long_parts if len(parts) > 1 else ())):
                words |= {word, quote(word, safe=""), json.dumps(word)[1:-1]}
        words.discard("")
        # The longest first: one secret may be a part of another one.
        pattern = "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
        self._pattern = re.compile(pattern) if pattern else None

    def text(self, text: str) -> str:
        """The text with stars in place of every secret value."""
        return self._pattern.sub(STARS, text) if self._pattern else text

    def line(self, line: str, reader: str = "plain") -> str:
        """One line of output; BuildKit's `rawjson` carries what a step prints in base64."""
        if self._pattern is None:
            return line
        if reader == "rawjson":
            line = _DATA.sub(self._data, line)
        return self.text(line)

    def event(self, event: Event) -> Event:
        """The event with all of its text masked: a reader may have joined two lines to a secret."""
        if self._pattern is None:
            return event
        changes = {}
        for name in event.__struct_fields__:
            value = getattr(event, name)
            if isinstance(value, str) and (masked := self.text(value)) != value:
                changes[name] = masked
        return msgspec.structs.replace(event, **changes) if changes else event

    def _data(self, match: re.Match[str]) -> str:
        try:
            decoded = base64.b64decode(match["data"], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return match[0]
        masked = self.text(decoded)
        if masked == decoded:
            return match[0]
        return f'"data":"{base64.b64encode(masked.encode()).decode()}"'
