"""What the compiler cache did, component by component: at the end of a build, and afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockwright.model.cache import DEVICE_PHASES, CacheStats, rate
from dockwright.report.human import Style, cells, clip, duration, pad, plural, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_HEAD = ("requests", "hits", "misses", "rate", "errors", "other", "saved")
_WIDTHS = (8, 7, 7, 5, 6, 6, 7)
_REASONS = 3


def cache_text(rows: Sequence[CacheStats], *, width: int = 80, style: Style | None = None) -> str:
    """One line for the whole, one for each component, one for each language where there are more.

    `other` is what could not be cached; the most frequent reasons follow the table.
    """
    style = style or Style()
    if not rows:
        return "compiler cache: nothing was compiled through it\n"
    components = tuple(dict.fromkeys(row.component for row in rows))
    merged = {name: _sum(name, rows) for name in components}
    inner = [f"  {language}" for row in merged.values() for language in _languages(row)]
    fixed = sum(_WIDTHS) + 2 * len(_WIDTHS)
    longest = max(cells(text) for text in ("component", *components, *inner))
    names = max(9, min(longest, width - fixed - 2))
    lines = [_headline(_sum("", rows), rows, style), ""]
    head = [f"{word:>{wide}}" for word, wide in zip(_HEAD, _WIDTHS, strict=True)]
    lines.append(style.paint(clip(f"  {pad('component', names)}  {'  '.join(head)}", width), "dim"))
    for name, row in merged.items():
        lines.append(_line(name, names, _values(row), style))
        languages = _languages(row)
        if len(languages) > 1:
            lines += [
                _line(f"  {language}", names, _of_language(row, language), style)
                for language in languages
            ]
    reasons = _counted(row.not_cacheable for row in rows)
    if reasons:
        said = [f"{reason} ({count})" for reason, count in list(reasons.items())[:_REASONS]]
        more = len(reasons) - _REASONS
        said += [f"{more} more"] if more > 0 else []
        lines += ["", clip(f"  not cacheable: {', '.join(said)}", width, style.ellipsis)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _headline(total: CacheStats, rows: Sequence[CacheStats], style: Style) -> str:
    where = ", ".join(dict.fromkeys(row.backend for row in rows if row.backend)) or "unknown"
    facts = [f"{total.found} of {plural(total.found + total.compiled, 'compilation')} found"]
    if total.rate is not None:
        facts[0] += f" ({_percent(total.rate)})"
    if total.failed:
        facts.append(plural(total.failed, "error"))
    if total.seconds_saved:
        facts.append(f"about {duration(total.seconds_saved)} of compiling saved")
    if total.bytes_written:
        facts.append(f"{size(total.bytes_written)} written")
    title = style.paint("compiler cache", "bold")
    return f"  {title}  {where}: {f' {style.dot} '.join(facts)}"


def _values(row: CacheStats) -> tuple[str, ...]:
    return (
        str(row.requests),
        str(row.found),
        str(row.compiled),
        "-" if row.rate is None else _percent(row.rate),
        str(row.failed),
        str(sum(row.not_cacheable.values())),
        "-" if row.seconds_saved is None else duration(row.seconds_saved),
    )


def _of_language(row: CacheStats, language: str) -> tuple[str, ...]:
    found, compiled = row.hits.get(language, 0), row.misses.get(language, 0)
    part = rate(found, compiled)
    errors = row.errors.get(language, 0)
    share = "-" if part is None else _percent(part)
    return ("", str(found), str(compiled), share, str(errors or ""), "", "")


def _line(name: str, names: int, values: tuple[str, ...], style: Style) -> str:
    numbers = [f"{text:>{wide}}" for text, wide in zip(values, _WIDTHS, strict=True)]
    return f"  {pad(name, names, style.ellipsis)}  {'  '.join(numbers)}"


def _percent(share: float) -> str:
    """Whole percent, cut off: only all is 100 %."""
    return f"{int(share * 100)} %"


def _languages(row: CacheStats) -> tuple[str, ...]:
    """Sorted, the phases of device code last: they are parts of the CUDA calls above them."""
    known = {*row.hits, *row.misses}
    return tuple(sorted(known, key=lambda name: (name in DEVICE_PHASES, name)))


def _sum(component: str, rows: Iterable[CacheStats]) -> CacheStats:
    """The steps of one component as one row; of all for the empty name."""
    chosen = [row for row in rows if component in {"", row.component}]
    saved = [row.seconds_saved for row in chosen if row.seconds_saved is not None]
    written = [row.bytes_written for row in chosen if row.bytes_written is not None]
    return CacheStats(
        component=component,
        step="",
        requests=sum(row.requests for row in chosen),
        hits=_counted(row.hits for row in chosen),
        misses=_counted(row.misses for row in chosen),
        errors=_counted(row.errors for row in chosen),
        not_cacheable=_counted(row.not_cacheable for row in chosen),
        bytes_written=sum(written) if written else None,
        seconds_compiling=sum(row.seconds_compiling for row in chosen),
        seconds_saved=sum(saved) if saved else None,
    )


def _counted(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counts together, the largest first."""
    total: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
