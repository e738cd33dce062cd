"""Measure dockwright as its users meet it: whole processes, from start to exit.

    python -m benchmarks.measure [--only render|matrix|quickstart]… [--engine NAME]… [--runs N]

Prints a table on stderr and JSON on stdout. Nothing is asserted: these are numbers to read, not
tests. Every build starts from nothing (own caches, own container storage, own BuildKit) in a
temporary directory; what stays warm is only what is outside, such as a mirror.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCKWRIGHT = str(Path(sys.executable).with_name("dockwright"))
RENDER = (DOCKWRIGHT, "render", "--framework", "none", "--device", "cpu", "--engine", "buildkit")
PLAN_ALL = (DOCKWRIGHT, "plan", "--all", "--json", "--engine", "buildkit")
BUILD = (DOCKWRIGHT, "build", "--config", str(ROOT / "examples" / "quickstart.toml"), "--json")
EDIT = ("--ucx-package-version", "1.13.1-1")
ENGINES = ("buildah", "buildkit")

Row = dict[str, Any]


def timed(argv: Sequence[str], env: Mapping[str, str]) -> tuple[float, str]:
    """Run a command; return its seconds and its standard output. Show why when it fails."""
    start = time.perf_counter()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"error: {' '.join(argv)} exited {done.returncode}\n{done.stderr[-4000:]}")
    return seconds, done.stdout


def median_ms(argv: Sequence[str], env: Mapping[str, str], runs: int) -> float:
    """Milliseconds of the median run. The first one, which writes bytecode, does not count."""
    timed(argv, env)
    return statistics.median(timed(argv, env)[0] for _ in range(runs)) * 1000


def render(runs: int) -> list[Row]:
    """Process start to rendered text, and what of it is the interpreter's own start."""
    # A person's interpreter keeps bytecode; some build machines are told not to.
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    bare = median_ms((sys.executable, "-c", "pass"), env, runs)
    text = median_ms(RENDER, env, runs)
    return [
        {"what": "bare python start", "ms": round(bare, 1), "runs": runs},
        {
            "what": "start to rendered text",
            "ms": round(text, 1),
            "runs": runs,
            "times_bare_python": round(text / bare, 2),
        },
    ]


def matrix(runs: int) -> list[Row]:
    """Every cell planned and rendered: in one process, and in one process for each."""
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    cells = json.loads(timed(PLAN_ALL, env)[1])["cells"]
    together = statistics.median(timed(PLAN_ALL, env)[0] for _ in range(max(3, runs // 4)))
    start = time.perf_counter()
    for cell in cells:
        timed((DOCKWRIGHT, "render", "--engine", "buildkit", *axes(cell)), env)
    alone = time.perf_counter() - start
    return [
        {"what": f"{len(cells)} cells in one process", "ms": round(together * 1000, 1)},
        {
            "what": f"{len(cells)} cells, a process each",
            "ms": round(alone * 1000, 1),
            "note": f"one process takes {together / alone:.0%} of it",
        },
    ]


def axes(cell: Row) -> list[str]:
    """The flags that ask for one cell."""
    words = ["--framework", cell["framework"], "--device", cell["device"]]
    words += ["--platform", f"linux/{cell['arch']}", "--target", cell["target"]]
    return words + (["--cuda-version", cell["cuda"]] if cell["cuda"] else [])


def quickstart(engine: str) -> list[Row]:
    """Cold, unchanged, and with one parameter of one component changed."""
    rows: list[Row] = []
    with isolated(engine) as env:
        for what, extra in (("cold", ()), ("unchanged", ()), (f"edit: {' '.join(EDIT)}", EDIT)):
            say(f"quickstart, {engine}, {what} …")
            seconds, output = timed((*BUILD, "--engine", engine, *extra), env)
            result = json.loads(output)
            states: dict[str, list[str]] = {}
            for stage in result["stages"]:
                states.setdefault(stage["state"], []).append(stage["name"])
            rows.append(
                {
                    "what": what,
                    "engine": engine,
                    "seconds": round(seconds, 2),
                    "image_bytes": result["image"]["size"],
                    "layers": len(result["image"]["layers"]),
                    "checks": result["checks"]["total"],
                    "stages": states,
                }
            )
    return rows


@contextmanager
def isolated(engine: str) -> Iterator[dict[str, str]]:
    """Give an environment in which nothing was ever built, and remove what is built in it."""
    scratch = Path(tempfile.mkdtemp(prefix="dockwright-benchmark-"))
    try:
        with engine_in(scratch, engine) as (env, _):
            yield env
    finally:
        remove(scratch)


@contextmanager
def engine_in(folder: Path, engine: str) -> Iterator[tuple[dict[str, str], int | None]]:
    """Give an environment whose caches and storage are below a folder, and the daemon's pid."""
    env = dict(os.environ)
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        env[variable] = str(folder / variable.lower())
    if engine == "buildkit":
        # Installing it is not part of what is measured; it is found in the usual cache.
        from tests.engines import buildkitd

        with buildkitd.running(root=folder / "buildkit") as daemon:
            yield env | daemon.env, daemon.pid
    else:
        storage = folder / "storage.conf"
        storage.write_text(
            "[storage]\n"
            'driver = "overlay"\n'
            f'graphroot = "{folder / "containers"}"\n'
            f'runroot = "{folder / "containers-run"}"\n'
        )
        yield env | {"CONTAINERS_STORAGE_CONF": str(storage)}, None


def remove(scratch: Path) -> None:
    """Delete the directory with the mounts that an engine left in it, innermost first."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in reversed(points):
        if Path(point).is_relative_to(scratch):
            subprocess.run(["umount", "--lazy", point], check=False)
    shutil.rmtree(scratch, ignore_errors=True)


def table(rows: Sequence[Row]) -> str:
    """Show the rows for people: times on the right, what explains them after it."""
    lines = []
    width = max(len(row["what"]) for row in rows)
    for row in rows:
        if "ms" in row:
            value = f"{row['ms']:.1f} ms"
            ratio = row.get("times_bare_python")
            notes = f"{ratio} × bare python" if ratio else row.get("note", "")
        else:
            value = f"{row['seconds']:.1f} s"
            counts = [f"{len(names)} {state}" for state, names in row["stages"].items()]
            notes = f"stages: {', '.join(counts)}; {row['image_bytes'] / 1e6:.0f} MB"
        what = " ".join(filter(None, ("quickstart" * ("engine" in row), row.get("engine"))))
        lines.append(f"{what:<20}  {row['what']:<{width}}  {value:>9}  {notes}".rstrip())
    return "\n".join(lines)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parts = ("render", "matrix", "quickstart")
    parser.add_argument("--only", action="append", choices=parts, default=[])
    parser.add_argument("--engine", action="append", choices=ENGINES, default=[])
    parser.add_argument("--runs", type=int, default=20, help="runs of short commands (default 20)")
    options = parser.parse_args()

    rows: list[Row] = []
    if "render" in (options.only or ["render"]):
        rows += render(options.runs)
    if "matrix" in (options.only or ["matrix"]):
        rows += matrix(options.runs)
    if "quickstart" in (options.only or ["quickstart"]):
        for engine in options.engine or ENGINES:
            rows += quickstart(engine)
    say(table(rows))
    machine = {
        "cores": os.cpu_count(),
        "arch": platform.machine(),
        "python": sys.version.split()[0],
    }
    print(json.dumps({"machine": machine, "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
