"""Small pieces of sentences that every refusal needs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dockwright.model.param import Param, Params


def said(params: Params, param: Param[Any]) -> str:
    """A value with its origin: `12.9 (--cuda-version)`, `12.8 (default)`."""
    value = params.value(param)
    text = "***" if param.secret else param.kind.show(value.value)
    return f"{text or 'none'} ({place(params, param)})"


def place(params: Params, param: Param[Any]) -> str:
    """Where a value was said: a flag, a variable, file:line, or "default"."""
    origin = params.value(param).origin
    return "default" if origin.is_default else origin.where


def given(params: Params, param: Param[Any]) -> bool:
    """Whether a person said it."""
    return not params.value(param).origin.is_default


def either(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, last = [str(word) for word in words] or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last


def unique(words: Iterable[str]) -> list[str]:
    """Without repetitions, in order."""
    return list(dict.fromkeys(words))
