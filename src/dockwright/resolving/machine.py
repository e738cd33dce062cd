"""Whether this machine and its engine can do what a build asks for: capabilities, disk, memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from dockwright.engines.api import Engine, Request
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.platforms import refuse_foreign
from dockwright.engines.process import ask
from dockwright.engines.schedule import Places
from dockwright.errors import EngineError
from dockwright.model.plan import BootstrapImage, Plan, Run, Tag
from dockwright.resolving.probe import Finding

GB = 10**9
BASE = 1 * GB
"""What a bootstrapped base takes while it is made, see `engines.mmdebstrap`."""
UNPACKED = 3
"""An image's layers, compressed and then unpacked, in multiples of what is transferred."""
WHEELS = 6
"""Wheels in an engine's storage, in multiples of their own size: unpacked they take twice as much,
in uv's cache, in the stages that install them and in the image. BuildKit had 32.6 GB for vLLM
0.14.1, whose wheels have 5.2 GB, before it compressed anything."""
COMPILER = 2 << 30
"""Memory in bytes for one compiler, the same rule as in shell/jobs.sh."""


def machine(
    plan: Plan, engine: Engine, request: Request, places: Places, *, images: int, wheels: int
) -> Iterator[Finding]:
    """Findings about the engine, the disks and the memory.

    `images` and `wheels` are the bytes that the build would transfer of them.
    """
    probe = engine.probe()
    yield _platform(plan.platform, probe.platforms, engine.name)
    yield from _cache_export(engine, request)
    bases = sum(
        isinstance(image, BootstrapImage) and not places.layout(image).is_dir()
        for image in plan.images.values()
    )
    wanted = need(request, engine, probe.store, images=images, wheels=wheels)
    wanted[places.cache] = wanted.get(places.cache, 0) + bases * BASE
    yield from _disks(wanted)
    yield _memory(plan)


def need(
    request: Request, engine: Engine, store: str, *, images: int, wheels: int
) -> dict[Path, int]:
    """Directory → the bytes that the build will at least take there.

    `store` is where the engine keeps its layers; empty when that is not on this machine.
    """
    buildkit = engine if isinstance(engine, BuildKit) else None
    # Without a docker daemon BuildKit writes a layout, see its `_sink`.
    alone = request.output == "image" and buildkit is not None and not buildkit.host.docker
    layout = alone or request.output == "oci"
    found: dict[Path, int] = {}
    if store:
        # BuildKit keeps what it has compressed.
        compressed = wheels if buildkit and (layout or request.output == "push") else 0
        found[Path(store)] = images * UNPACKED + wheels * WHEELS + compressed
    if layout and request.destination:
        place = request.destination
        found[place] = found.get(place, 0) + images + wheels
    return found


def _platform(wanted: str, able: tuple[str, ...], engine: str) -> Finding:
    problem = hint = ""
    try:
        refuse_foreign((wanted,), able, engine)
    except EngineError as error:
        problem, hint = error.message, error.hint
    return Finding(
        kind="engine",
        looked_for=f"steps for {wanted}",
        where=engine,
        problem=problem,
        hint=hint,
    )


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


def _disks(wanted: Mapping[Path, int]) -> Iterator[Finding]:
    """One finding for each file system, whatever is written where on it."""
    devices: dict[int, tuple[Path, int]] = {}
    for place, size in wanted.items():
        there = next(parent for parent in (place, *place.parents) if parent.exists())
        first, before = devices.get(there.stat().st_dev, (there, 0))
        devices[there.stat().st_dev] = (first, before + size)
    for there, need in devices.values():
        if not need:
            continue
        free = shutil.disk_usage(there).free
        enough = free >= need
        yield Finding(
            kind="disk",
            looked_for=f"{need / GB:.1f} GB",
            where=str(there),
            problem=""
            if enough
            else f"only {free / GB:.1f} GB are free, and the build takes at least "
            f"{need / GB:.1f} GB: images and packages, unpacked, and the layers made of them",
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
