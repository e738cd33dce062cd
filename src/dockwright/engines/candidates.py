"""What a person may have meant: refs and tags that are there, the likely ones first."""

from __future__ import annotations

from collections.abc import Iterable

COUNT = 5


def near(word: str, there: Iterable[str]) -> tuple[str, ...]:
    """Up to five names: the same with or without its v, then similar ones, then the last ones."""
    from difflib import get_close_matches

    names = list(dict.fromkeys(there))
    other = word[1:] if word.startswith("v") else f"v{word}"
    found = [name for name in (word, other) if name in names]
    if not found:
        found = get_close_matches(word, names, n=COUNT, cutoff=0.6) or names[-COUNT:]
    return tuple(found[:COUNT])
