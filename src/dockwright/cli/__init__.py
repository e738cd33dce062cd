"""The command line: the only place that prints, exits, or reads the environment."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """The console script. Exits 0, 1 (a build failed), 2 (the person's mistake) or 130."""
    from dockwright.cli.entry import run

    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))
