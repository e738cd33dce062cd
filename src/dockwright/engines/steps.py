"""Names of steps for people: what the plan calls a step, not how an engine abbreviates it."""

from __future__ import annotations

import msgspec

from dockwright.engines.events import Event, StageFailed, StepStarted
from dockwright.model.plan import Copy, Plan, Run, Stage, Step, Workdir, Write


class Namer:
    """Renames the steps of events by the plan. It remembers each stage's running step."""

    def __init__(self, plan: Plan) -> None:
        self._stages = {stage.name: stage for stage in plan.stages}
        self._running: dict[str, str] = {}

    def __call__(self, event: Event) -> Event:
        """The event with the plan's name of its step, or as it is."""
        if isinstance(event, StepStarted) and event.stage in self._stages:
            name = _name(self._stages[event.stage], event.index, event.total) or event.name
            self._running[event.stage] = name
            return msgspec.structs.replace(event, name=name)
        if isinstance(event, StageFailed) and event.stage in self._running:
            return msgspec.structs.replace(event, step=self._running[event.stage])
        return event


def _name(stage: Stage, index: int, total: int) -> str:
    """Engines count differently: buildah every line, BuildKit layers; each maybe FROM."""
    layers = [step for step in stage.steps if isinstance(step, Run | Copy | Write | Workdir)]
    for steps in (stage.steps, layers):
        first = total - len(steps)
        if first in {0, 1} and first <= index - 1 < total:
            return title(steps[index - 1 - first])
        if first == index == 1:
            return f"start from {stage.base}"
    return ""


def title(step: Step) -> str:
    """A step in a few words."""
    match step:
        case Run(title=text):
            return text
        case Copy(stage=stage, source=source):
            return f"copy {source} from {stage}"
        case Write(path=path):
            return f"write {path}"
        case Workdir(path=path):
            return f"work in {path}"
        case _:
            return type(step).__name__.lower()
