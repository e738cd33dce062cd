"""BuildKit's own front end as a program: files in, the vertices of their graphs out.

Nothing is built; tests/engines/frontend/main.go turns files into vertices. It is compiled once for
each state of its sources, from the modules that BuildKit itself is built from.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dockwright.model.plan import Plan
from dockwright.rendering.dialect import BUILDKIT
from dockwright.rendering.dockerfile import render

HERE = Path(__file__).parent


def program(go: str) -> Path:
    """The compiled program, kept in the person's cache."""
    inputs = (HERE / "frontend" / "main.go", HERE / "go.mod", HERE / "go.sum")
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in inputs)).hexdigest()[:16]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    made = caches / "dockwright" / "front-end" / digest
    if not made.exists():
        made.parent.mkdir(parents=True, exist_ok=True)
        partial = made.with_suffix(f".{os.getpid()}")
        argv = [go, "build", "-mod=readonly", "-buildvcs=false", "-o", str(partial), "./frontend"]
        subprocess.run(argv, cwd=HERE, check=True, env={**os.environ, "CGO_ENABLED": "0"})
        partial.replace(made)
    return made


def ask(program: Path, folder: Path, plans: Iterable[tuple[str, Plan, str]]) -> dict[str, Any]:
    """Name, plan and target → what the front end says."""
    lines = []
    for number, (name, plan, target) in enumerate(plans):
        path = folder / f"{number}.Dockerfile"
        path.write_text(render(plan, BUILDKIT).text, encoding="utf-8")
        lines.append(
            json.dumps(
                {
                    "name": name,
                    "dockerfile": str(path),
                    "target": target,
                    "platform": plan.platform,
                }
            )
        )
    text = "\n".join(lines) + "\n"
    done = subprocess.run([str(program)], input=text, check=True, capture_output=True, text=True)
    return {(answer := json.loads(line))["name"]: answer for line in done.stdout.splitlines()}
