"""Every check of an image with its result: what `dockwright verify` prints."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from dockwright.report.human import Style, cells, clip, duration, one_line, pad, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockwright.engines.events import CheckDone


def verdict(checks: Sequence[CheckDone]) -> str:
    """`42 checks of 9 components passed`, or how many did not."""
    components = len({check.component for check in checks})
    said = f"{plural(len(checks), 'check')} of {plural(components, 'component')}"
    failed = [check for check in checks if not check.ok]
    if not checks:
        return "no checks"
    if not failed:
        return f"{said} passed"
    names = ", ".join(dict.fromkeys(check.component for check in failed))
    return f"{len(failed)} of {said} failed: {names}"


def checks_text(checks: Sequence[CheckDone], *, width: int = 80, style: Style | None = None) -> str:
    """A table: component, check, result, seconds, detail. What does not fit gets its own lines."""
    style = style or Style()
    if not checks:
        return "no checks\n"
    order = {name: place for place, name in enumerate(dict.fromkeys(c.component for c in checks))}
    rows = sorted(checks, key=lambda check: order[check.component])
    names = min(20, max(9, *(cells(check.component) for check in rows)))
    fixed = names + 2 + 2 + 6 + 2 + 7
    longest = max(5, *(cells(one_line(check.check)) for check in rows))
    # Leave room for details on the same line where there is some; a check's own words come first.
    middle = max(16, min(longest, max(width - fixed - 20, min(34, width - fixed))))
    head = f"{pad('component', names)}  {pad('check', middle)}  result  seconds  detail"
    lines = [style.paint(clip(head, width), "bold")]
    previous = ""
    for check in rows:
        name = pad(check.component if check.component != previous else "", names, style.ellipsis)
        previous = check.component
        said = _wrap(one_line(check.check), middle) or [""]
        word = style.paint("ok    ", "green") if check.ok else style.paint("FAILED", "red")
        line = f"{name}  {pad(said[0], middle)}  {word}  {check.seconds:7.1f}"
        detail = one_line(check.detail)
        room = width - fixed - middle - 2
        fits = bool(detail) and len(said) == 1 and cells(detail) <= room
        lines.append(f"{line}  {detail}" if fits else line)
        indent = " " * (names + 2)
        lines += [f"{indent}{rest}" for rest in said[1:]]
        if detail and not fits:
            inner = max(20, width - names - 4)
            lines += [f"{indent}  {rest}" for rest in _wrap(detail, inner)]
    good = all(check.ok for check in checks)
    mark = style.paint(style.done, "green") if good else style.paint(style.failed, "red")
    total = duration(sum(check.seconds for check in checks))
    lines += ["", f"{mark} {verdict(checks)} in {total}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; textwrap counts characters, and some take two columns."""
    rows: list[str] = []
    for line in textwrap.wrap(text, width):
        row = ""
        for character in line:
            if cells(row + character) > width:
                rows.append(row)
                row = ""
            row += character
        rows.append(row)
    return rows


def checks_json(checks: Sequence[CheckDone]) -> dict[str, Any]:
    """The same for machines: seconds and booleans as they are."""
    return {
        "ok": all(check.ok for check in checks),
        "total": len(checks),
        "failed": sum(not check.ok for check in checks),
        "components": len({check.component for check in checks}),
        "checks": [
            {
                "component": check.component,
                "check": check.check,
                "ok": check.ok,
                "seconds": check.seconds,
                "detail": check.detail,
            }
            for check in checks
        ],
    }
