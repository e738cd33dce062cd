"""A plan of a test's own, executed by a real engine; its last stage comes out as files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dockwright.cli.engines import choose
from dockwright.cli.host import places, secrets
from dockwright.config.secrets import WELL_KNOWN
from dockwright.engines.api import Secret
from dockwright.engines.cache_file import CacheOrder
from dockwright.engines.events import Event, Log
from dockwright.engines.schedule import Output, Wanted, schedule
from dockwright.engines.session import run
from dockwright.model.plan import BaseImage, Copy, Plan, Stage
from dockwright.model.source import Source
from dockwright.planning.wrap import wrap_all
from tests.engines.bench import Bench


@dataclass(frozen=True, kw_only=True)
class Built:
    """The folder with the files of the plan's target, and the events of the build."""

    folder: Path
    events: tuple[Event, ...]

    @property
    def lines(self) -> str:
        return "\n".join(event.line for event in self.events if isinstance(event, Log))


def plan_of(
    stages: Sequence[Stage],
    out: Copy,
    images: Mapping[str, BaseImage],
    platform: str,
    sources: Mapping[str, Source] | None = None,
) -> Plan:
    """The stages, and a last one that hands out what `out` copies."""
    files = Stage(name="files", base="scratch", summary="what comes out as files", steps=(out,))
    return wrap_all(
        Plan(
            name="test",
            platform=platform,
            target="files",
            images=images,
            stages=(*stages, files),
            sources=sources or {},
        )
    )


def build(
    plan: Plan,
    engine: Bench,
    folder: Path,
    mirrors: tuple[str, ...] = (),
    *,
    cache: CacheOrder | None = None,
    logins: Mapping[str, str] | None = None,
    seen: Callable[[Event], None] = lambda _: None,
    output: Output = "files",
) -> Built:
    """Build it below `folder`. Raises BuildFailed.

    `logins` are the credentials of the compiler cache by variable; `seen` gets each event when it
    comes.
    """
    made = choose(engine.engine, engine.env)
    offered, values = secrets(engine.env)
    for source in WELL_KNOWN:
        if logins and source.variable in logins:
            offered += (Secret(id=source.id, source="env", variable=source.variable),)
            values[source.variable] = logins[source.variable]
    wanted = Wanted(
        output=output,
        destination=folder / "out",
        mirrors=mirrors,
        cache=cache,
    )
    scheduled = schedule(
        plan, made, wanted, places(engine.env), python=sys.executable, secrets=offered
    )
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        seen(event)

    run(
        scheduled,
        made,
        emit,
        run_directory=folder / "run",
        environment=engine.env,
        secrets=values,
        now=time.time,
    )
    return Built(folder=folder / "out", events=tuple(events))
