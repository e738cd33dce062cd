"""Reads the shell file that lies beside a recipe."""

from __future__ import annotations

from pathlib import Path


def script(recipe: str, name: str) -> str:
    """The text of `name` in the folder of the module file `recipe`, without its lint header."""
    text = Path(recipe).with_name(name).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    while lines and (lines[0].startswith(("#!", "# shellcheck shell="))):
        lines.pop(0)
    return "".join(lines)


def lock(name: str) -> str:
    """The text of a lock file of `catalog/locks/`: exact requirements with hashes."""
    return (Path(__file__).parent / "locks" / name).read_text(encoding="utf-8")


def locks() -> tuple[str, ...]:
    """Names of the lock files that are checked in, sorted."""
    return tuple(sorted(path.name for path in (Path(__file__).parent / "locks").glob("*.txt")))


def shared(name: str) -> str:
    """The text of a file of `catalog/shell/`: what several recipes and stages have in common."""
    return script(str(Path(__file__).parent / "shell" / "__init__.py"), name)
