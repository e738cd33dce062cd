"""What was built: the text after a build for people, and the same as data for `--json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dockwright.report.cache import cache_text
from dockwright.report.checks import checks_json, verdict
from dockwright.report.human import Style, cells, duration, pad, plural, size
from dockwright.report.state import StageView, View

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dockwright.engines.api import Image
    from dockwright.engines.events import CacheUsed, CheckDone

_WORDS = {"done": "built", "waiting": "not run", "running": "not ended"}
_LARGEST = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """All that is known after a build.

    `names` are the image's tags, `image` is what the engine says of it (None when the build made
    files or only filled a cache), `stages` are in the plan's order, `seconds` is wall time.
    """

    purpose: str
    names: tuple[str, ...] = ()
    image: Image | None = None
    stages: tuple[StageView, ...] = ()
    seconds: float = 0.0
    checks: tuple[CheckDone, ...] = ()
    cache: tuple[CacheUsed, ...] = ()
    alarms: tuple[str, ...] = ()
    run_directory: Path | None = None


def summarise(
    view: View,
    *,
    purpose: str = "",
    names: Sequence[str] = (),
    image: Image | None = None,
    run_directory: Path | None = None,
) -> Summary:
    """The summary of a build that `terminal(...)` has followed: pass it `reporter.view`."""
    return Summary(
        purpose=purpose or view.purpose,
        names=tuple(names),
        image=image,
        stages=tuple(stage for stage in view.stages if stage.planned),
        seconds=view.elapsed(),
        checks=view.checks,
        cache=view.cache,
        run_directory=run_directory,
    )


def summary_text(summary: Summary, *, width: int = 80, style: Style | None = None) -> str:
    """The end of a build in one screen."""
    style = style or Style()
    bad = any(s.state in {"failed", "running", "stopped"} for s in summary.stages) or any(
        not check.ok for check in summary.checks
    )
    mark = style.paint(style.failed, "red") if bad else style.paint(style.done, "green")
    title = style.paint(summary.purpose or "build", "bold")
    lines = [f"{mark} {title}  {duration(summary.seconds)}"]
    facts = _facts(summary, style)
    if facts:
        lines.append("")
    for word, values in facts:
        lines += [
            f"  {pad(word if place == 0 else '', 6)}  {value}" for place, value in enumerate(values)
        ]
    if summary.stages:
        lines += ["", *_table(summary.stages, width, style)]
    rows = [event.stats for event in summary.cache if event.stats]
    if rows:
        lines += [
            "",
            *(f"  {line}" for line in cache_text(rows, width=width - 2, style=style).splitlines()),
        ]
    for alarm in summary.alarms:
        lines += ["", f"{style.paint('warning:', 'yellow')} {alarm}"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _facts(summary: Summary, style: Style) -> list[tuple[str, tuple[str, ...]]]:
    facts: list[tuple[str, tuple[str, ...]]] = []
    if summary.names:
        facts.append(("image", summary.names))
    if summary.image is not None:
        image = summary.image
        facts.append(("where", (image.where,)))
        facts.append(("digest", (image.digest,)))
        layers = f"{size(image.size)} in {plural(len(image.layers), 'layer')}"
        largest = ", ".join(f"{size(count)} (#{place})" for place, count in _largest(image))
        facts.append(("size", (layers, f"largest: {largest}") if largest else (layers,)))
    if summary.checks:
        good = all(check.ok for check in summary.checks)
        mark = style.paint(style.done, "green") if good else style.paint(style.failed, "red")
        facts.append(("checks", (f"{mark} {verdict(summary.checks)}",)))
    if summary.run_directory is not None:
        facts.append(("logs", (str(summary.run_directory),)))
    return facts


def _largest(image: Image) -> list[tuple[int, int]]:
    """The largest layers as (place from the base image's first = 1, bytes)."""
    placed = sorted(enumerate(image.layers, start=1), key=lambda layer: (-layer[1], layer[0]))
    return [layer for layer in placed[:_LARGEST] if layer[1] > 0]


def _table(stages: Sequence[StageView], width: int, style: Style) -> list[str]:
    """Stages in the plan's order; the bars show where the time went."""
    counts: dict[str, int] = {}
    for stage in stages:
        counts[_word(stage)] = counts.get(_word(stage), 0) + 1
    said = ", ".join(f"{count} {word}" for word, count in counts.items())
    names = min(max(10, width // 3), max(cells(stage.name) for stage in stages))
    words = max(cells(_word(stage)) for stage in stages)
    room = max(8, min(40, width - names - words - 4 - 2 - 2 - 7 - 2))
    most = max(stage.seconds for stage in stages)
    lines = [f"  {style.paint('stages', 'bold')}  {said}"]
    for stage in stages:
        name = pad(stage.name, names, style.ellipsis)
        word = pad(_word(stage), words)
        looks = {"failed": "red", "cached": "dim", "waiting": "dim"}
        spent = duration(stage.seconds) if stage.seconds else "-"
        bar = _bar(stage.seconds / most * room if most else 0.0, style)
        lines.append(
            f"    {name}  {style.paint(word, looks.get(stage.state, ''))}  {spent:>7}"
            f"  {style.paint(bar, 'cyan')}"
        )
    return lines


def _bar(length: float, style: Style) -> str:
    if not style.unicode:
        return "#" * round(length)
    whole, eighths = divmod(round(length * 8), 8)
    return "█" * whole + ("▏▎▍▌▋▊▉"[eighths - 1] if eighths else "")


def _word(stage: StageView) -> str:
    return _WORDS.get(stage.state, stage.state)


def summary_json(summary: Summary) -> dict[str, Any]:
    """The same for machines: bytes and seconds as numbers, the plan's order kept."""
    image = summary.image
    return {
        "purpose": summary.purpose,
        "names": list(summary.names),
        "image": None
        if image is None
        else {
            "where": image.where,
            "digest": image.digest,
            "size": image.size,
            "layers": list(image.layers),
        },
        "seconds": summary.seconds,
        "stages": [
            {
                "name": stage.name,
                "component": stage.component,
                "state": _word(stage),
                "seconds": stage.seconds,
            }
            for stage in summary.stages
        ],
        "checks": checks_json(summary.checks),
        "run_directory": None if summary.run_directory is None else str(summary.run_directory),
    }
