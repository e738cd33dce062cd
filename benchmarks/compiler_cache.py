"""Measure the compiler cache: without it, filling it, and warm from the engine's disk and from S3.

    python -m benchmarks.compiler_cache [--engine NAME] [--folder DIR] [--base-image REF]
                                        [--component NAME]… [--only CASE]…

Builds the standard image with components compiled from the distribution's source packages. Before
each build their scripts get one comment more, so that the engine compiles them again: its own
`--no-cache` would empty BuildKit's cache mounts, and with them the compiler cache. One build fills
two levels at once, the disk of the engine and an S3 server (SeaweedFS, requirements/s3.txt) on
loopback. What counts is the step of each component that compiles: its seconds and its hit rate.
Steps run side by side and share the cores, so the processor time of the whole build is beside it.
Prints a table on stderr and JSON on stdout.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import ENGINES, ROOT, Row, engine_in, remove, say
from benchmarks.native import Bench, edited, measured
from tests.engines.cache_servers import BUCKET, REGION, s3_server

CASES = ("without", "filling both", "warm, disk", "warm, S3")
COMPONENTS = ("ucx", "ffmpeg")


def words(options: argparse.Namespace) -> tuple[str, ...]:
    """The image: the quickstart's, with the components compiled."""
    extra = [name for name in options.component if name not in {"ucx", "libfabric"}]
    found = ["--config", str(ROOT / "examples" / "quickstart.toml"), "--json"]
    found += ["--base-image", options.base_image]
    if extra:
        found += ["--extra-components", ",".join(extra)]
    for name in options.component:
        found += [f"--{name}-provider", "distro"]
    return tuple(found)


@contextmanager
def places(folder: Path) -> Iterator[Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]]]:
    """For each case: flags, and credentials in the environment."""
    with s3_server(folder / "s3") as server:
        bucket = ("--sccache-bucket", BUCKET, "--sccache-region", REGION)
        s3 = ("--use-sccache", *bucket, "--sccache-endpoint", server.settings.endpoint)
        levels = (*s3, "--sccache-backend", "disk,s3")
        yield {
            "without": ((), {}),
            "filling both": (levels, server.credentials),
            # The first level answers.
            "warm, disk": (levels, server.credentials),
            "warm, S3": (s3, server.credentials),
        }


def build(where: Bench, what: str, argv: tuple[str, ...], env: Mapping[str, str]) -> Row:
    """One build, and what its steps that compile took."""
    run, row = measured(where, what, argv, env)
    file = run / "cache.json"
    return row | {
        "compiling": compiling(run),
        "cache": {found["component"]: hits(found) for found in json.loads(file.read_text())}
        if file.exists()
        else {},
    }


def compiling(run: Path) -> dict[str, float]:
    """Seconds of the step that compiles, by stage: the longest of those that say so."""
    began: dict[str, tuple[str, float]] = {}
    found: dict[str, float] = {}
    for line in (run / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        stage = event.get("stage")
        if event["event"] in {"step_started", "stage_finished"} and stage in began:
            name, start = began.pop(stage)
            if "compiled with our flags" in name:
                found[stage] = round(event["time"] - start, 1)
        if event["event"] == "step_started":
            began[stage] = (event["name"], event["time"])
    return found


def hits(row: Mapping[str, Any]) -> dict[str, Any]:
    """Requests that were found and that were compiled, of C and C++."""
    found, compiled = row["hits"].get("C/C++", 0), row["misses"].get("C/C++", 0)
    return {
        "requests": row["requests"],
        "hits": found,
        "misses": compiled,
        "rate": round(found / (found + compiled), 4) if found + compiled else None,
        "errors": sum(row["errors"].values()),
    }


def table(rows: list[Row]) -> str:
    """Show the rows for people."""
    names = list(rows[0]["compiling"])
    head = "".join(f"{name:>20}" for name in names)
    lines = [f"{'':<15}{'wall':>9}{'CPU':>9}{'load':>6}{head}"]
    for row in rows:
        parts = []
        for name in names:
            rate = row["cache"].get(name, {}).get("rate")
            share = "" if rate is None else f"{rate:.1%} hit"
            parts.append(f"{row['compiling'].get(name, 0):>8.1f} s {share:>10}")
        lines.append(
            f"{row['what']:<15}{row['seconds']:>7.1f} s{row['processor_seconds']:>7.1f} s"
            f"{row['load_before']:>6.1f}{''.join(parts)}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--engine", choices=ENGINES, default="buildkit")
    parser.add_argument("--folder", type=Path, help="keep the engine's cache here")
    parser.add_argument("--base-image", default="bootstrap:debian/bookworm")
    parser.add_argument("--component", action="append", default=[], help="default: ucx and ffmpeg")
    parser.add_argument("--only", action="append", choices=CASES, default=[])
    options = parser.parse_args()
    options.component = options.component or list(COMPONENTS)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="dockwright-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    try:
        with engine_in(folder, options.engine) as (env, daemon), places(folder) as where:
            bench = Bench(engine=options.engine, env=env, daemon=daemon)
            for case in options.only or CASES:
                flags, logins = where[case]
                source = {"PYTHONPATH": str(edited(folder, *options.component))}
                rows.append(build(bench, case, (*words(options), *flags), {**logins, **source}))
    finally:
        if options.folder is None:
            remove(folder)
        else:
            shutil.rmtree(folder / "s3", ignore_errors=True)
    say(table(rows))
    print(json.dumps({"cores": os.cpu_count(), "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
