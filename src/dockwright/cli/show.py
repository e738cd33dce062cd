"""Writes a report's text to stderr, in the width and style of the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import Any


def words(text: Callable[..., str], *values: Any) -> None:
    """Call a report function with the width and style of stderr, and write what it returns."""
    from dockwright.report.human import style_of

    width = min(shutil.get_terminal_size().columns, 120)
    sys.stderr.write(text(*values, width=width, style=style_of(sys.stderr, os.environ)))
