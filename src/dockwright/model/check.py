"""Declared checks: what must hold inside the finished image. Run by evidence/inside.py there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check of a component: a kind that the verifier knows, and its arguments.

    `name` is what people read ("ucx_info -v prints the version").
    """

    component: str
    name: str
    kind: str
    args: Mapping[str, Any] = {}
