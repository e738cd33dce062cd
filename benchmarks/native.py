"""Measure builds that compile: cold, then with an edit of one component after the other.

    python -m benchmarks.native [--engine NAME] [--folder DIR] [--cold-only | --edit NAME…]

Builds the standard image with UCX and FFmpeg from the distribution's source packages, so that
nothing but the distribution's archive and the Python index has to be reachable. Prints a table on
stderr and JSON on stdout. `--folder` keeps the engine's cache for another run. An edit is a comment
more in the component's scripts, in a copy of this source tree.

A build cannot be faster than its processor time shared by all cores, nor than its critical path:
the longest chain of stages that wait for each other. `ratio` is wall time to the larger of both.
Stages that run beside others share the cores with them, so the critical path of a run on few cores
is longer than it would be alone. The load of the machine before the build is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.measure import ENGINES, ROOT, Row, engine_in, remove, say, timed
from dockwright.model.plan import Plan
from dockwright.planning.identity import inputs

WORDS = (
    *("--config", str(ROOT / "examples" / "quickstart.toml"), "--json"),
    *("--ucx-provider", "distro", "--extra-components", "ffmpeg", "--ffmpeg-provider", "distro"),
)
EDITS = ("etcd", "libfabric", "nats", "uv", "dynamo", "ucx", "ffmpeg")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """An engine with a cache of its own; `daemon` is the process that executes steps, if any."""

    engine: str
    env: Mapping[str, str]
    daemon: int | None = None

    def processor(self) -> float:
        """Seconds of processor time of everything that has run so far."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = used.ru_utime + used.ru_stime
        if self.daemon is not None:
            text = Path(f"/proc/{self.daemon}/stat").read_text().rpartition(")")[2].split()
            # utime, stime, and those of the children that it has waited for: finished steps.
            seconds += sum(map(int, text[11:15])) / os.sysconf("SC_CLK_TCK")
        return seconds


def spans(run: Path) -> dict[str, tuple[float, float]]:
    """When each stage that was executed began and ended, out of the run's events."""
    began: dict[str, float] = {}
    found: dict[str, tuple[float, float]] = {}
    events = run / "events.jsonl"
    if not events.exists():
        return {}  # nothing had to be done
    for line in events.read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "stage_started":
            began[event["stage"]] = event["time"]
        elif event["event"] == "stage_finished" and event["stage"] in began:
            found[event["stage"]] = (began[event["stage"]], event["time"])
    return found


def critical_path(
    plan: Plan, seen: Mapping[str, tuple[float, float]]
) -> tuple[float, tuple[str, ...]]:
    """The longest chain of stages, and its seconds.

    A stage's own part is that after the last of its inputs was there: an image installs packages
    while its components compile. Stages that were not executed take no time.
    """
    best: dict[str, tuple[float, tuple[str, ...]]] = {}
    for stage in plan.stages:
        needs = [name for name in inputs(stage) if name in best]
        before = max((best[name] for name in needs), default=(0.0, ()))
        if stage.name not in seen:
            best[stage.name] = before
            continue
        start, end = seen[stage.name]
        ready = max([start, *(seen[name][1] for name in needs if name in seen)])
        best[stage.name] = (before[0] + max(0.0, end - ready), (*before[1], stage.name))
    return max(best.values())


def measured(
    where: Bench, what: str, argv: tuple[str, ...], env: Mapping[str, str]
) -> tuple[Path, Row]:
    """One build: its run directory, and what is measured of it from outside."""
    say(f"{where.engine}, {what} …")
    load, before = os.getloadavg()[0], where.processor()
    command = (sys.executable, "-m", "dockwright", "build", *argv, "--engine", where.engine)
    wall, output = timed(command, {**where.env, **env})
    # The daemon ends the last step a moment after the build is done.
    time.sleep(1)
    return Path(json.loads(output)["run_directory"]), {
        "what": what,
        "engine": where.engine,
        "seconds": round(wall, 1),
        "processor_seconds": round(where.processor() - before, 1),
        "load_before": round(load, 1),
    }


def build(where: Bench, what: str, source: Path) -> Row:
    """One build with the sources of dockwright below `source`."""
    run, row = measured(where, what, WORDS, {"PYTHONPATH": str(source)})
    seen = spans(run)
    seconds = {name: end - start for name, (start, end) in seen.items()}
    path: float = 0.0
    chain: tuple[str, ...] = ()
    if seen:
        plan = msgspec.json.decode((run / "plan.json").read_bytes(), type=Plan)
        path, chain = critical_path(plan, seen)
    cores = os.cpu_count() or 1
    return row | {
        "critical_path_seconds": round(path, 1),
        "critical_path": chain,
        "ratio": round(row["seconds"] / max(row["processor_seconds"] / cores, path), 2),
        "stages": {name: round(value, 1) for name, value in seconds.items()},
    }


def edited(scratch: Path, *components: str) -> Path:
    """A copy of the sources in which the components' scripts have one comment more."""
    copy = scratch / f"edit-{'-'.join(components)}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
    for component in components:
        for path in (copy / "dockwright/catalog/components" / component).glob("*.sh"):
            path.write_text(f"{path.read_text()}# edited {time.time_ns()}\n")
    return copy


def table(rows: list[Row]) -> str:
    """Show the rows for people."""
    lines = [f"{'':<16}{'wall':>9}{'CPU':>9}{'path':>9}{'ratio':>7}{'load':>6}  stages built"]
    for row in rows:
        built = ", ".join(f"{name} {value:.0f}" for name, value in row["stages"].items())
        lines.append(
            f"{row['what']:<16}{row['seconds']:>7.1f} s{row['processor_seconds']:>7.1f} s"
            f"{row['critical_path_seconds']:>7.1f} s{row['ratio']:>7.2f}{row['load_before']:>6.1f}"
            f"  {built}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=ENGINES, default="buildkit")
    parser.add_argument("--folder", type=Path, help="keep the engine's cache here")
    parser.add_argument("--cold-only", action="store_true")
    parser.add_argument("--edit", action="append", choices=EDITS, default=[])
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="dockwright-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    try:
        with engine_in(folder, options.engine) as (env, daemon):
            where = Bench(engine=options.engine, env=env, daemon=daemon)
            rows.append(build(where, "first", ROOT / "src"))
            edits = () if options.cold_only else options.edit or EDITS
            rows.extend(build(where, f"edit {name}", edited(folder, name)) for name in edits)
    finally:
        if options.folder is None:
            remove(folder)
    say(table(rows))
    print(json.dumps({"cores": os.cpu_count(), "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
