"""What a person reads when something went wrong: the evidence, the error, what to do, the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockwright.errors import BuildFailed, DockwrightError
from dockwright.report.human import Style, cells, clean, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAIL = 30


def failure_text(
    error: DockwrightError, *, width: int = 80, style: Style | None = None, tail: int = _TAIL
) -> str:
    """The last lines of the failing step in a frame, `error:`, `hint:` and the log's place.

    Lines in the frame are not cut: the end of a compiler's line is what a person searches for.
    """
    style = style or Style()
    parts: list[str] = []
    log = ""
    if isinstance(error, BuildFailed):
        # Interior blank lines stay (they structure a compiler's output), those at the ends go.
        shown = _trim([clean(line).rstrip() for line in error.tail])[-tail:]
        if shown:
            parts.append(_frame(error.component, shown, width, style))
        log = str(error.log) if error.log else ""
    parts.append(f"{style.paint('error:', 'red')} {_indent(error.message)}")
    notes = []
    if error.hint:
        notes.append(f"{style.paint('hint:', 'cyan')} {_indent(error.hint)}")
    if log:
        notes.append(f"{style.paint('log:', 'bold')} {log}")
    if notes:
        parts.append("\n" + "\n".join(notes))
    return "\n".join(parts) + "\n"


def _frame(component: str, shown: Sequence[str], width: int, style: Style) -> str:
    dash, bar, first, last = ("─", "│", "┌", "└") if style.unicode else ("-", "|", "+", "+")
    count = "last line" if len(shown) == 1 else f"last {plural(len(shown), 'line')}"
    title = f"{component}: {count}" if component else count
    rule = dash * max(3, width - cells(title) - 5)
    head = f"{first}{dash} {style.paint(title, 'bold')} {rule}"
    body = [f"{bar} {line}".rstrip() for line in shown]
    return "\n".join((head, *body, last + dash * (width - 2), ""))


def _trim(shown: list[str]) -> list[str]:
    while shown and not shown[-1]:
        shown.pop()
    while shown and not shown[0]:
        shown.pop(0)
    return shown


def _indent(message: str) -> str:
    """Continuation lines stay apart from the words `error:` and `hint:`."""
    first, *rest = message.strip().splitlines() or [""]
    return "\n".join((first, *(f"  {line.strip()}" if line.strip() else "" for line in rest)))
