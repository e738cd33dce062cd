"""Looking for everything that a build needs, before it starts: for `preflight` and for `build`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import msgspec

from dockwright.catalog.parameters.build import OUTPUT
from dockwright.cli import host, locks
from dockwright.cli.cache_tried import Tried, try_caches
from dockwright.cli.lookups import lookups
from dockwright.cli.planned import Subject
from dockwright.cli.scheduling import Work
from dockwright.engines import built
from dockwright.engines.api import Engine
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.process import ask
from dockwright.engines.registry_names import parse
from dockwright.engines.schedule import Schedule, stages_of
from dockwright.engines.store import folder
from dockwright.errors import DockwrightError
from dockwright.evidence.cache_alarm import compiling
from dockwright.model.cache import Backend
from dockwright.model.inputs import ImageInput, Input
from dockwright.planning.external import input_of, merged
from dockwright.planning.identity import stage_digests
from dockwright.resolving.machine import machine
from dockwright.resolving.probe import Finding, probe
from dockwright.resolving.tools import Tools, at_once


class Preflight(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked for and what came of it, and what nobody had to look for.

    `warnings` are of what is not there and what the build does without.
    """

    findings: tuple[Finding, ...]
    skipped: int
    warnings: tuple[Finding, ...] = ()

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What cannot be had."""
        return tuple(finding for finding in self.findings if finding.problem)


def preflight(work: Work, engine: Engine, env: Mapping[str, str]) -> Preflight:
    """Look for everything that this build would take from elsewhere, all at once."""
    inputs = merged(
        _needed(subject, scheduled, engine, env)
        for subject, scheduled in zip(work.subjects, work.schedules, strict=True)
    )
    every = merged(subject.planned.inputs for subject in work.subjects)
    params = work.subjects[0].params
    with ThreadPoolExecutor(max_workers=1) as pool:
        trying = pool.submit(_caches, work, engine, env)
        with lookups(params, env, inputs, what="preflight", patient=False) as tools:
            found = [*probe(inputs, tools, locks.read_or_empty(params)), *_pushes(work, tools)]
            cache = trying.result()
    images = sum(finding.size for finding in found if finding.kind == "image")
    wheels = sum(finding.size for finding in found if finding.kind == "python")
    places = host.places(env)
    for scheduled in work.schedules:
        for finding in machine(
            scheduled.plan, engine, scheduled.image, places, images=images, wheels=wheels
        ):
            if finding not in found:
                found.append(finding)
    return Preflight(
        findings=(*found, *cache.findings),
        skipped=len(every) - len(inputs),
        warnings=cache.warnings,
    )


def _caches(work: Work, engine: Engine, env: Mapping[str, str]) -> Tried:
    """Try the compiler caches of the schedules that have something to compile."""
    orders = [
        scheduled.cache
        for scheduled in work.schedules
        if scheduled.cache
        and not _open(scheduled, engine, env).isdisjoint(compiling(scheduled.plan))
    ]
    tried = try_caches(orders, work.secrets, env)
    emptied = {finding for scheduled in work.schedules for finding in _emptied(scheduled, engine)}
    return msgspec.structs.replace(tried, warnings=(*tried.warnings, *emptied))


def _emptied(scheduled: Schedule, engine: Engine) -> Iterator[Finding]:
    """BuildKit takes "no cache" to mean cache mounts, too (moby/buildkit issues 2447 and 5305)."""
    levels = scheduled.cache.levels if scheduled.cache else ()
    disk = any(level.backend is Backend.DISK for level in levels)
    if disk and scheduled.image.no_cache and engine.name == "buildkit":
        yield Finding(
            kind="cache",
            looked_for=f"compiler cache {Backend.DISK}",
            where=engine.name,
            problem="BuildKit empties its cache mounts when it builds with --no-cache",
            hint="leave --no-cache out, or keep the cache on a server (SCCACHE_BACKEND)",
        )


def _open(scheduled: Schedule, engine: Engine, env: Mapping[str, str]) -> set[str]:
    """The stages that no earlier build has made already."""
    digests = stage_digests(scheduled.plan)
    places = host.places(env)
    known = frozenset() if scheduled.image.no_cache else built.known(places.cache, engine.name)
    return {name for name in stages_of(scheduled) if digests[name] not in known}


def _needed(
    subject: Subject, scheduled: Schedule, engine: Engine, env: Mapping[str, str]
) -> tuple[Input, ...]:
    """The inputs that no store and no earlier build of the same stages has already."""
    places = host.places(env)
    open_stages = _open(scheduled, engine, env)
    stored = {
        found
        for source in scheduled.plan.sources.values()
        if (folder(places.sources, source) / "tree").is_dir() and (found := input_of(source))
    }
    return tuple(
        wanted
        for wanted in subject.planned.inputs
        if open_stages.intersection(wanted.by)
        and msgspec.structs.replace(wanted, by=()) not in stored
        and not (isinstance(wanted, ImageInput) and _held(engine, wanted.ref))
    )


def _held(engine: Engine, ref: str) -> bool:
    """Whether the engine would take the image from this machine's own store."""
    if engine.name == "buildah":
        answer = ask(("buildah", "images", "--quiet", "--no-trunc", ref))
    elif isinstance(engine, BuildKit) and engine.host.driver == "docker":
        answer = ask(("docker", "image", "inspect", "--format", "{{.Id}}", ref))
    else:
        return False
    return answer.ok and answer.output.startswith("sha256:")


def _pushes(work: Work, tools: Tools) -> list[Finding]:
    """Whether the registries of the image's names take it."""
    if work.subjects[0].params[OUTPUT] != "push":
        return []

    def one(name: str) -> Finding:
        problem = hint = ""
        try:
            tools.registry.refuse_no_push(parse(name))
        except DockwrightError as error:
            problem, hint = error.message, error.hint
        where = name.partition("/")[0]
        return Finding(
            kind="credential", looked_for=f"push to {name}", where=where, problem=problem, hint=hint
        )

    return at_once(one, work.tags)


def refused(found: Preflight) -> DockwrightError:
    """The error of a build that cannot end well: everything that is missing, each with a hint."""
    problems = found.problems
    stages: dict[tuple[str, str], dict[str, None]] = {}
    for problem in problems:
        by = stages.setdefault((problem.problem, problem.hint), {})
        by.update(dict.fromkeys(problem.by))
    lines = [
        f"\n  {what}"
        + (f" (for {', '.join(by)})" if by else "")
        + (f"\n    {hint}" if hint else "")
        for (what, hint), by in stages.items()
    ]
    count = len(problems)
    what = "1 thing that the build needs" if count == 1 else f"{count} things that the build needs"
    verb = "is" if count == 1 else "are"
    return DockwrightError(
        f"preflight: {what} {verb} not there:{''.join(lines)}",
        hint="repair that, or build without looking first: --no-preflight",
    )


def before_build(work: Work, engine: Engine, env: Mapping[str, str]) -> str:
    """Look, and raise when something is missing; else what people should know, if anything."""
    import time

    began = time.monotonic()
    found = preflight(work, engine, env)
    if found.problems:
        raise refused(found)
    lines = [
        f"warning: {finding.looked_for}: {finding.problem}; the build goes on without it\n"
        f"hint: {finding.hint}"
        for finding in found.warnings
    ]
    if inputs := [finding for finding in found.findings if finding.by]:
        seconds = time.monotonic() - began
        lines.append(f"preflight: {len(inputs)} inputs are there ({seconds:.1f} s)")
    return "\n".join(lines)
