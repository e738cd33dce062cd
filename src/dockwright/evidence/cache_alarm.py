"""Did the compiler cache really cache? One sentence for each component where it seems not to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import msgspec

from dockwright.engines.events import CacheUsed
from dockwright.model.cache import CacheStats
from dockwright.model.plan import Plan, Run

RUNS = 20
"""Earlier runs that are looked at."""
ENOUGH = 3
"""Earlier runs that make a habit."""
DROP = 0.3
"""How far below its habit a hit rate may be; sources do change."""


def compiling(plan: Plan) -> dict[str, str]:
    """Stages with a step that the cache is offered to, and their components."""
    return {
        stage.name: stage.component or stage.name
        for stage in plan.stages
        for step in stage.steps
        if isinstance(step, Run) and step.epilogue
    }


def alarms(
    stages: Mapping[str, str],
    executed: set[str],
    used: Sequence[CacheUsed],
    habits: Mapping[str, Sequence[float]],
) -> tuple[str, ...]:
    """What people should know, a sentence each.

    `stages` are those that compile with their components, `executed` those that ran, `used` what
    their steps said, `habits` the hit rates of each component's earlier runs.
    """
    found = []
    said = {event.stage: event for event in used}
    for stage, component in stages.items():
        if stage not in executed:
            continue
        event = said.get(stage)
        if event is None:
            found.append(
                f"{component}: its step said nothing of the cache; did the engine cut its log off?"
            )
        elif event.state != "used":
            found.append(f"{component}: compiled without the cache: {event.reason}")
        elif event.stats is not None:
            found += _of(component, event.stats, habits.get(component, ()))
    return tuple(found)


def _of(component: str, stats: CacheStats, habit: Sequence[float]) -> list[str]:
    if not stats.requests:
        why = "its build calls compilers by a path, or compiles nothing"
        return [f"{component}: no compiler asked the cache; {why}"]
    if stats.failed and not stats.found and stats.failed >= stats.compiled:
        kinds = ", ".join(f"{kind} {count}" for kind, count in stats.errors.items())
        return [f"{component}: the cache gave only errors ({kinds})"]
    if stats.rate is not None and len(habit) >= ENOUGH and stats.rate < median(habit) - DROP:
        before = f"in {len(habit)} earlier runs it was {median(habit):.0%}"
        why = "another compiler, other flags, or a cache that was emptied?"
        return [f"{component}: {stats.rate:.0%} hits, {before}; {why}"]
    return []


def keep(used: Sequence[CacheUsed], run: Path) -> None:
    """Write what the steps said into the run's directory, `cache.json`; nothing when none did."""
    rows = [event.stats for event in used if event.stats]
    if rows:
        text = msgspec.json.format(msgspec.json.encode(rows), indent=2)
        (run / "cache.json").write_bytes(text + b"\n")


def habits(runs: Path, *, without: Path) -> dict[str, list[float]]:
    """Hit rates of each component in the last runs, the newest first; unreadable ones are left out.

    `without` is the run that is going on.
    """
    found: dict[str, list[float]] = {}
    files = sorted(runs.glob("*/cache.json"), reverse=True)
    for file in [file for file in files if file.parent != without][:RUNS]:
        try:
            rows = msgspec.json.decode(file.read_bytes(), type=list[CacheStats])
        except (OSError, msgspec.MsgspecError):
            continue
        for row in rows:
            if row.rate is not None:
                found.setdefault(row.component, []).append(row.rate)
    return found
