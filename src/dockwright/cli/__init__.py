"""The command line: the only place that prints, exits, or reads the environment."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """The console script. Exits 0, 1 (a build failed), 2 (the person's mistake) or 130."""
    import gc

    # Declarations, recipes and plans stay until the end: looking for cycles among them every 700
    # objects takes a tenth of the time that a plan takes.
    gc.set_threshold(50_000, 20, 20)
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["render"]:
        from dockwright.cli.quick import quick

        try:
            status = quick(words)
        except KeyboardInterrupt:
            from dockwright.cli.entry import interrupted

            sys.exit(interrupted(words))
        if status is not None:
            sys.exit(status)
    from dockwright.cli.entry import run

    sys.exit(run(words))
