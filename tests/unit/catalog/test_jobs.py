"""shell/jobs.sh, which steps that compile begin with: how many compilers run at once."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dockwright.catalog.scripts import shared

GIB = 1024 * 1024


def jobs(tmp_path: Path, *, cores: int, available: int, limit: str = "", said: str = "") -> str:
    """What the step reads on a machine with so many cores and KiB of memory."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    nproc = programs / "nproc"
    nproc.write_text(f"#!/bin/sh\necho {cores}\n")
    nproc.chmod(0o755)
    memory, maximum, mounted = (tmp_path / name for name in ("meminfo", "memory.max", "jobs.sh"))
    memory.write_text(f"MemTotal: 99999999 kB\nMemAvailable: {available} kB\n")
    if limit:
        maximum.write_text(f"{limit}\n")
    if said:
        mounted.write_text(said)
    script = (
        shared("jobs.sh")
        .replace("/proc/meminfo", str(memory))
        .replace("/sys/fs/cgroup/memory.max", str(maximum))
        .replace("/run/dockwright/jobs.sh", str(mounted))
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'{script}\necho "$JOBS $MAKEFLAGS $CARGO_BUILD_JOBS"'],
        env={"PATH": f"{programs}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("cores", "gib", "limit", "expected"),
    [
        (2, 24, "", 2),
        (64, 24, "", 12),
        (64, 1, "", 1),
        (64, 24, "max", 12),
        (64, 24, str(8 * GIB * 1024), 4),
        (4, 24, str(64 * GIB * 1024), 4),
    ],
)
def test_as_many_as_cores_and_memory_allow(
    tmp_path: Path, cores: int, gib: int, limit: str, expected: int
) -> None:
    found = jobs(tmp_path, cores=cores, available=gib * GIB, limit=limit)
    assert found == f"{expected} -j{expected} {expected}"


def test_a_person_s_number_comes_first(tmp_path: Path) -> None:
    said = "JOBS=7\nCARGO_BUILD_JOBS=3\n"
    assert jobs(tmp_path, cores=2, available=GIB, said=said) == "7 -j7 3"
