"""Identity: the digest of a stage is the digest of its value and of its inputs' digests.

Rule 5 of examples.md: the whole value, no hand-picked fields. Two plans whose stage digests are
equal give the same layers on one engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from dockwright.model.plan import Copy, CopyContext, Plan, Run, Stage, StageMount, digest, encode


def inputs(stage: Stage) -> tuple[str, ...]:
    """Names of the stages and images that a stage is made from, sorted."""
    found = {stage.base} if stage.base != "scratch" else set()
    for step in stage.steps:
        if isinstance(step, Copy):
            found.add(step.stage)
        elif isinstance(step, Run):
            found.update(mount.stage for mount in step.mounts if isinstance(mount, StageMount))
    return tuple(sorted(found))


def contexts(stages: Iterable[Stage]) -> frozenset[str]:
    """Names of the contexts that stages copy from."""
    return frozenset(
        step.context for stage in stages for step in stage.steps if isinstance(step, CopyContext)
    )


def stage_digests(plan: Plan) -> Mapping[str, str]:
    """Sha256 of every stage by name, in the plan's order."""
    known = {name: digest(image) for name, image in plan.images.items()}
    result: dict[str, str] = {}
    for stage in plan.stages:
        parts = [encode(stage), *(known[name].encode() for name in inputs(stage))]
        known[stage.name] = hashlib.sha256(b"\0".join(parts)).hexdigest()
        result[stage.name] = known[stage.name]
    return result


def closure(plan: Plan, target: str) -> tuple[str, ...]:
    """Names of the stages that a target is made from, itself included, in the plan's order."""
    wanted: set[str] = set()
    queue = [target]
    while queue:
        name = queue.pop()
        if name in wanted or name in plan.images:
            continue
        wanted.add(name)
        queue.extend(inputs(plan.stage(name)))
    return tuple(stage.name for stage in plan.stages if stage.name in wanted)


def prune(plan: Plan, targets: tuple[str, ...]) -> Plan:
    """The plan without stages that no target is made from."""
    import msgspec

    keep = {name for target in targets for name in closure(plan, target)}
    stages = tuple(stage for stage in plan.stages if stage.name in keep)
    used = {name for stage in stages for name in inputs(stage)}
    copied = contexts(stages)
    return msgspec.structs.replace(
        plan,
        stages=stages,
        sources={name: source for name, source in plan.sources.items() if name in copied},
        images={name: image for name, image in plan.images.items() if name in used},
    )
