"""Whether this machine and its engine can do what a build asks for: capabilities, disk, memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from dockwright.engines.api import Engine, Request
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.process import ask
from dockwright.engines.schedule import Places
from dockwright.model.plan import BootstrapImage, Plan, Run, Tag
from dockwright.resolving.probe import Finding

GB = 10**9
BASE = 1 * GB
"""What a bootstrapped base takes while it is made, see `engines.mmdebstrap`."""
UNPACKED = 3
"""An image's layers, compressed and then unpacked, in multiples of what is transferred."""
COMPILER = 2 << 30
"""Memory in bytes for one compiler, the same rule as in shell/jobs.sh."""


def machine(
    plan: Plan, engine: Engine, request: Request, places: Places, transferred: int
) -> Iterator[Finding]:
    """Findings about the engine, the disks and the memory. `transferred` are bytes of images."""
    yield from _cache_export(engine, request)
    bases = sum(
        isinstance(image, BootstrapImage) and not places.layout(image).is_dir()
        for image in plan.images.values()
    )
    need = transferred * UNPACKED + bases * BASE
    if need:
        yield from _disks(need, (places.cache, Path("/var/lib")))
    yield _memory(plan)


def _cache_export(engine: Engine, request: Request) -> Iterator[Finding]:
    if not request.cache_to:
        return
    problem = hint = ""
    if isinstance(engine, BuildKit) and engine.host.driver == "docker":
        wanted = [spec for spec in request.cache_to if "type=inline" not in spec]
        answer = ask(("docker", "info", "--format", "{{.DriverStatus}}"))
        if wanted and "io.containerd.snapshotter" not in answer.output:
            problem = f"the builder {engine.host.builder} (driver docker) cannot export a cache"
            hint = (
                "make another builder: docker buildx create --use, or switch docker to its "
                "containerd image store"
            )
    yield Finding(
        kind="engine",
        looked_for=f"cache export to {', '.join(request.cache_to)}",
        where=engine.name,
        problem=problem,
        hint=hint,
    )


def _disks(need: int, places: Sequence[Path]) -> Iterator[Finding]:
    seen: set[int] = set()
    for place in places:
        there = next(parent for parent in (place, *place.parents) if parent.exists())
        device = there.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(there).free
        enough = free >= need
        yield Finding(
            kind="disk",
            looked_for=f"{need / GB:.1f} GB",
            where=str(there),
            problem=""
            if enough
            else f"only {free / GB:.1f} GB are free, at least "
            f"{need / GB:.1f} GB are needed for its images",
            hint=""
            if enough
            else "free some space; `buildah prune` or `docker buildx prune` drop what engines keep",
            note=f"{free / GB:.1f} GB are free",
        )


def _memory(plan: Plan) -> Finding:
    compiles = any(
        isinstance(step, Run) and Tag.COMPILES in step.tags
        for stage in plan.stages
        for step in stage.steps
    )
    need = COMPILER if compiles else COMPILER // 4
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        there = need
    return Finding(
        kind="memory",
        looked_for=f"{need / GB:.1f} GB" + (" for one compiler" if compiles else ""),
        where="this machine",
        problem="" if there >= need else f"it has {there / GB:.1f} GB",
        hint="" if there >= need else "use a machine with more memory",
        note=f"it has {there / GB:.1f} GB",
    )
