"""A start stays under 100 ms because slow libraries are imported late (times: benchmarks/)."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.tree import ROOT

SLOW = {"asyncio", "httpx", "jinja2", "rich"}

RENDER = """
import sys
from dockwright.cli.entry import run
status = run("render --framework none --device cpu --engine buildkit".split())
print(*sys.modules, file=sys.stderr)
sys.exit(status)
"""


def test_rendering_imports_no_slow_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RENDER],
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "dockwright.planning.build" in done.stderr.split()
    assert SLOW & set(done.stderr.split()) == set()
