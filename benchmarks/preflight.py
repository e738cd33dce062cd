"""How long a preflight of the whole vLLM cell takes, against loopback servers with some latency.

    python -m benchmarks.preflight [--latency 0.05] [--runs 5]

The servers have every input of the cell (`tests/world.py`); each answer comes after the latency.
dockwright is started as a process, as people do.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from dockwright.catalog.parameters.axes import ARCH
from dockwright.planning.build import plan_image
from dockwright.planning.pin import Pinning
from tests.builders import params
from tests.tree import ROOT
from tests.world import World, world

CELL = {"FRAMEWORK": "vllm", "DEVICE": "cuda"}


def once(here: World, folder: str, engine: str) -> tuple[float, int]:
    """Seconds of one preflight, and how many things it looked for; all must be there."""
    env = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "UV_DEFAULT_INDEX": here.index,
        "XDG_CACHE_HOME": folder,
        "XDG_STATE_HOME": folder,
        "DOCKWRIGHT_SOURCE_MIRROR": ",".join((*here.mirrors, *indexes(here))),
    }
    words = ["preflight", "--framework", "vllm", "--engine", engine, "--json"]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "dockwright", *words],
        env=env,
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
    )
    return time.monotonic() - began, len(json.loads(done.stdout)["findings"])


def indexes(here: World) -> tuple[str, ...]:
    """The further indexes of the cell, which have nothing that the first has not."""
    hosts = ("download.pytorch.org/whl/cu129", "flashinfer.ai/whl/cu129")
    return tuple(f"https://{host}/={here.index}/" for host in hosts)


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", default="buildah")
    said = parser.parse_args()
    values = params(CELL)
    inputs = plan_image(values, values[ARCH], pinning=Pinning.OPEN).inputs
    with world(latency=said.latency) as here, tempfile.TemporaryDirectory() as folder:
        here.fill(inputs)
        found = [once(here, folder, said.engine) for _ in range(said.runs)]
        requests = len(here.asked) // said.runs
    seconds = sorted(seconds for seconds, _ in found)
    print(
        f"{found[0][1]} things looked for, {requests} requests, {1000 * said.latency:.0f} ms each: "
        f"median {statistics.median(seconds):.2f} s of {said.runs} "
        f"({seconds[0]:.2f} to {seconds[-1]:.2f} s)"
    )


if __name__ == "__main__":
    main()
