"""The lines that reports are made of, as pure functions from a view to coloured spans.

Both the scrolling log and the live screen use them, so that a stage reads the same in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from dockwright.engines.events import (
    CheckDone,
    CommandFinished,
    StageCached,
    StageFailed,
    StageFinished,
)
from dockwright.report.human import cells, clip, duration, one_line, pad, plural, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dockwright.engines.events import Event
    from dockwright.report.human import Style
    from dockwright.report.state import StageView, View

Span: TypeAlias = tuple[str, str]
"""Text and its look: "", red, green, cyan, bold or dim."""
Row: TypeAlias = tuple[Span, ...]

_LEAST = 8
"""Columns below which a cut text says nothing."""
_STOPPED = 3
"""How many stopped stages get a line each: after a failure the failed one matters."""


def text(row: Row) -> str:
    """A row without its looks."""
    return "".join(part for part, _ in row).rstrip()


def fit(row: Row, width: int, style: Style) -> Row:
    """The row in at most `width` columns."""
    if cells(text(row)) <= width:
        return row
    kept: list[Span] = []
    for part, look in row:
        if cells(part) > width:
            kept.append((clip(part, width, style.ellipsis), look))
            break
        kept.append((part, look))
        width -= cells(part)
    return tuple(kept)


def name_width(names: Iterable[str], limit: int = 28) -> int:
    """A column for the names; one very long name must not push all others away."""
    return min(limit, max((cells(name) for name in names), default=0))


def outcome(stage: StageView, width: int, style: Style, *, words: bool = False) -> Row:
    """How a stage ended: `✓ ucx  12.3s`, `= nats  cached`, `✗ etcd  failed after 4.2s …`.

    With `words` a log can be searched for "done" too.
    """
    name = pad(stage.name, width, style.ellipsis)
    match stage.state:
        case "done":
            spent = f"done in {duration(stage.seconds)}" if words else duration(stage.seconds)
            return ((style.done, "green"), (f" {name}  ", ""), (spent, ""))
        case "cached":
            return ((style.cached, "cyan"), (f" {name}  ", ""), ("cached", "dim"))
        case "failed":
            code = f" (exit {stage.exit_code})" if stage.exit_code else ""
            where = f" in {_progress(stage)}" if stage.progress else ""
            # "exit code 2" has just been said.
            told = stage.message in {"", f"exit code {stage.exit_code}"}
            what = "" if told else f": {stage.message}"
            after = f"failed after {duration(stage.seconds)}"
            return (
                (style.failed, "red"),
                (f" {name}  ", "bold"),
                (f"{after}{where}{code}", "red"),
                (what, ""),
            )
        case "waiting" | "running" | "stopped":
            raise ValueError(f"stage {stage.name} has not ended")


def _progress(stage: StageView) -> str:
    """`3/5 compile`, without the name of the stage, which stands in front of it."""
    return stage.progress.replace(f" {stage.name}: ", " ", 1)


def stopped(stages: Sequence[StageView], now: float, width: int, style: Style) -> tuple[Row, ...]:
    """The stages that were still running when the build ended."""
    if len(stages) > _STOPPED:
        names = ", ".join(stage.name for stage in stages)
        said = f" {plural(len(stages), 'stage')} stopped: "
        return (((style.stopped, ""), (said, ""), (names, "dim")),)
    return tuple(_stopped(stage, now, width, style) for stage in stages)


def _stopped(stage: StageView, now: float, width: int, style: Style) -> Row:
    where = f" in {stage.progress}" if stage.progress else ""
    name = pad(stage.name, width, style.ellipsis)
    after = f"stopped after {duration(stage.elapsed(now))}"
    return ((style.stopped, ""), (f" {name}  ", ""), (f"{after}{where}", "dim"))


def command_end(purpose: str, seconds: float, exit_code: int, style: Style) -> Row:
    """How a command of the run ended."""
    purpose = one_line(purpose)
    if exit_code:
        failed = f"failed after {duration(seconds)} (exit {exit_code})"
        return ((style.failed, "red"), (f" {purpose}  ", "bold"), (failed, "red"))
    return ((style.done, "green"), (f" {purpose}  ", "bold"), (duration(seconds), ""))


def check(event: CheckDone, style: Style) -> Row:
    """`✓ ucx: ucx_info -v  0.1s`, or with `✗` and the reason."""
    mark = (style.done, "green") if event.ok else (style.failed, "red")
    words = "" if event.ok else "  failed"
    detail = one_line(event.detail)
    said = f": {detail}" if detail and not event.ok else ""
    name = f" {event.component}: {one_line(event.check)}"
    return (mark, (name, ""), (words, "red"), (f"  {duration(event.seconds)}", ""), (said, ""))


def check_groups(checks: Sequence[CheckDone], width: int, style: Style) -> tuple[Row, ...]:
    """The checks of each component in one line, in the order of their first results."""
    by_component: dict[str, list[CheckDone]] = {}
    for event in checks:
        by_component.setdefault(event.component, []).append(event)
    return tuple(_check_group(group, width, style) for group in by_component.values())


def _check_group(checks: Sequence[CheckDone], width: int, style: Style) -> Row:
    """`✓ ucx  4 checks`."""
    name = pad(checks[0].component, width, style.ellipsis)
    bad = sum(not event.ok for event in checks)
    if bad:
        said = f"{bad} of {plural(len(checks), 'check')} failed"
        return ((style.failed, "red"), (f" {name}  ", "bold"), (said, "red"))
    return ((style.done, "green"), (f" {name}  ", ""), (plural(len(checks), "check"), "dim"))


def ends_checks(checks: Sequence[CheckDone], event: Event) -> bool:
    """Whether the stage that ran these checks has ended: they run in parallel, in any order."""
    match event:
        case StageFinished() | StageFailed() | StageCached():
            return event.stage == checks[-1].stage
        case CommandFinished():
            return True
        case _:
            return False


def given_up(before: View, view: View) -> tuple[StageView, ...]:
    """Stages that a command's end has stopped."""
    ran = {stage.name for stage in before.running}
    return tuple(s for s in view.stages if s.state == "stopped" and s.name in ran)


def transfer(stage: StageView, now: float) -> str:
    """`exporting layers 1.2 GB of 3.4 GB, 56 MB/s`, or empty when nothing moves."""
    if not stage.transfers:
        return ""
    moving = [move for move in stage.transfers if move.current < move.total or not move.total]
    name = one_line((moving or stage.transfers)[-1].name)
    if "://" in name:
        # The numbers are what a narrow terminal must have room for.
        name = name.rsplit("/", 1)[-1]
    others = f" and {len(moving) - 1} more" if len(moving) > 1 else ""
    total = f" of {size(stage.bytes_total)}" if stage.bytes_total else ""
    rate = stage.rate(now)
    speed = f", {size(int(rate))}/s" if rate else ""
    return f"{name}{others} {size(stage.bytes)}{total}{speed}"


def totals(view: View, now: float) -> tuple[str, ...]:
    """Facts of the bottom line; the first and the last matter most."""
    facts = [f"{view.ended}/{view.total} stages"] if view.total else []
    for count, word in (
        (view.count("failed"), "failed"),
        (view.count("cached"), "cached"),
        (len(view.running), "running"),
    ):
        if count:
            facts.append(f"{count} {word}")
    if view.checks:
        bad = sum(not event.ok for event in view.checks)
        facts.append(plural(len(view.checks), "check") + (f", {bad} failed" if bad else ""))
    return (*facts, duration(view.elapsed(now)))


def total_row(view: View, now: float, width: int, style: Style) -> Row:
    """`building  5/9 stages · 2 cached · 1m 23s`; narrow terminals lose the facts in the middle."""
    facts = list(totals(view, now))
    between = f" {style.dot} "
    while facts[1:-1] and cells(between.join(facts)) > width:
        facts.pop(-2)
    said = between.join(facts)
    room = width - cells(said) - 2
    purpose = one_line(view.purpose) or "building"
    if room >= min(2 * _LEAST, cells(purpose)):
        return ((clip(purpose, room, style.ellipsis), "bold"), (f"  {said}", ""))
    return fit(((said, ""),), width, style)


def running_row(stage: StageView, now: float, width: int, names: int, style: Style) -> Row:
    """`⠹ nixl    28.1s  3/5 compile  [41%] Building …` in at most `width` columns.

    What changes its length stands last, so columns do not jitter; what the step prints gets the
    room that its name leaves.
    """
    cut = style.ellipsis
    frame = style.spinner[int(now * 8) % len(style.spinner)]
    names = min(names, max(_LEAST, width // 4))
    spent = f"{duration(stage.elapsed(now)):>7}"
    head = ((frame, "cyan"), (f" {pad(stage.name, names, cut)}  ", "bold"), (spent, ""))
    # The time takes seven columns, more only after weeks.
    room = width - cells(text(head)) - 2
    if room < _LEAST:
        return fit(head, width, style)
    tail = stage.line or transfer(stage, now)
    step = clip(_progress(stage), room * 3 // 5 if tail else room, cut)
    rest = room - cells(step) - 2
    if rest >= _LEAST and tail:
        return (*head, (f"  {step}", ""), (f"  {clip(tail, rest, cut)}", "dim"))
    return (*head, (f"  {step}" if step else "", ""))


def screen(view: View, now: float, width: int, height: int, style: Style) -> tuple[Row, ...]:
    """The live part of the screen: what runs, and one line of totals. Always fits."""
    names = name_width(stage.name for stage in view.stages)
    # Half of the screen belongs to what has scrolled up, however many stages run.
    limit = max(1, min(height - 3, max(4, height // 2)))
    shown, hidden = list(view.running), 0
    if len(shown) > limit:
        hidden = len(shown) - limit
        # Those that run longest are what the person waits for.
        oldest = sorted(shown, key=lambda stage: (stage.started or 0.0, stage.name))[:limit]
        shown = [stage for stage in shown if stage in oldest]
    rows = [running_row(stage, now, width, names, style) for stage in shown]
    if hidden:
        rows.append(((clip(f"  and {hidden} more running", width, style.ellipsis), "dim"),))
    engine = transfer(view.engine, now) or ("" if shown else view.engine.line)
    if engine and view.engine.state == "running":
        rows.append(((clip(f"  {engine}", width, style.ellipsis), "dim"),))
    rows.append(total_row(view, now, width, style))
    return tuple(rows[-max(1, height - 1) :])


def heartbeat(view: View, now: float, style: Style) -> str:
    """`still running: nixl 3/5 compile (28.1s), … · 5/9 stages`: a sign of life for CI logs."""
    busy = [
        f"{stage.name}{f' {stage.progress}' if stage.progress else ''}"
        f" ({duration(stage.elapsed(now))})"
        for stage in view.running
    ]
    moving = transfer(view.engine, now)
    if moving:
        busy.append(moving)
    if not busy and view.purpose and view.engine.state == "running":
        busy.append(one_line(view.purpose))
    facts = totals(view, now)[:-1]
    between = f" {style.dot} "
    return between.join((f"still running: {', '.join(busy) or 'waiting for the engine'}", *facts))
