"""Law 4, checked on every plan before an engine starts: names, order, declared outputs."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.errors import Problem
from dockwright.model.plan import Copy, CopyContext, Plan, Run, Stage, StageMount, Step
from dockwright.model.values import Regex

_NAME = Regex(r"[a-z0-9][a-z0-9._-]*")


def audit(plan: Plan) -> tuple[Problem, ...]:
    """All that is wrong with a plan; empty for a good one."""
    return tuple(_problems(plan))


def _problems(plan: Plan) -> Iterator[Problem]:
    seen: dict[str, Stage] = {}
    for stage in plan.stages:
        if not _NAME.fullmatch(stage.name):
            yield Problem(what=f"stage name {stage.name!r} is not allowed in a Dockerfile")
        if stage.name in seen or stage.name in plan.images:
            yield Problem(what=f"stage {stage.name!r} exists twice")
        if stage.base != "scratch" and stage.base not in seen and stage.base not in plan.images:
            yield Problem(what=f"stage {stage.name!r} starts from unknown {stage.base!r}")
        for step in stage.steps:
            yield from _step(step, stage, seen, plan)
        seen[stage.name] = stage
    if plan.target not in seen:
        yield Problem(what=f"the target stage {plan.target!r} is not in the plan")


def _step(step: Step, stage: Stage, seen: dict[str, Stage], plan: Plan) -> Iterator[Problem]:
    match step:
        case Copy(stage=source, source=path):
            yield from _reference(stage, source, path, seen)
        case CopyContext(context=name):
            if name not in plan.sources:
                yield Problem(what=f"stage {stage.name!r} copies from unknown {name!r}")
        case Run(mounts=mounts):
            targets = [mount.target for mount in mounts]
            if len(set(targets)) != len(targets):
                yield Problem(what=f"stage {stage.name!r} mounts one target twice")
            for mount in mounts:
                if isinstance(mount, StageMount):
                    yield from _reference(stage, mount.stage, mount.source, seen)
        case _:
            pass


def _reference(stage: Stage, source: str, path: str, seen: dict[str, Stage]) -> Iterator[Problem]:
    if source not in seen:
        yield Problem(what=f"stage {stage.name!r} copies from {source!r}, which is not before it")
        return
    outputs = seen[source].outputs
    if not any(path == output or path.startswith(f"{output}/") for output in outputs):
        yield Problem(
            what=f"stage {stage.name!r} copies {path} from {source!r}, "
            f"which declares only: {', '.join(outputs) or 'nothing'}"
        )
