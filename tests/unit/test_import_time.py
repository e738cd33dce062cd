"""A start stays under 100 ms because slow libraries are imported late (times: benchmarks/)."""

from __future__ import annotations

import subprocess
import sys

SLOW = ("asyncio", "httpx", "jinja2", "rich")


def test_the_command_line_imports_slow_libraries_late() -> None:
    code = f"""
import sys, dockwright.cli
print(*sorted(set({SLOW!r}) & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.split() == []
