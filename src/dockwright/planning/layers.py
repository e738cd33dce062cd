"""The budget of layers: engines stop at a number that counts the base image's layers too.

Docker refuses a chain of more than 125 layers ("max depth exceeded"), after everything was built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockwright.errors import Problem
from dockwright.model.plan import (
    BootstrapImage,
    Copy,
    CopyContext,
    Plan,
    Run,
    Stage,
    Workdir,
    Write,
)

BUDGET = 125
"""Layers of one image, those of its base image included (moby: layer.maxLayerDepth)."""
UNSEEN = 40
"""Layers that an image in a registry is taken to have: planning looks at no registry."""


def layers(stage: Stage) -> int:
    """The layers that a stage puts on what it starts from: one for each step that makes files."""
    return sum(isinstance(step, Run | Copy | CopyContext | Write | Workdir) for step in stage.steps)


def layer_problems(plan: Plan, known: Mapping[str, int]) -> tuple[Problem, ...]:
    """An image with too many layers, with names and numbers; empty for a good plan.

    `known` says how many layers images have that the edge has looked at, by their name in the plan.
    """
    chain = list(_chain(plan))
    image = plan.stage(chain[-1].name).base
    below = known.get(image, 1 if _is_one_layer(plan, image) else UNSEEN)
    below = 0 if image == "scratch" else below
    total = below + sum(map(layers, chain))
    if total <= BUDGET:
        return ()
    parts = [f"{layers(stage)} of {stage.name}" for stage in chain]
    seen = "" if image in known or _is_one_layer(plan, image) else ", taken for granted"
    return (
        Problem(
            rule="layer-budget",
            what=f"{plan.target} would have {total} layers, engines take {BUDGET}: "
            f"{', '.join(parts)}, {below} of the image {image}{seen}",
            hint=_hint(chain),
        ),
    )


def _hint(chain: list[Stage]) -> str:
    packages = [
        step.stage
        for stage in chain
        for step in stage.steps
        if isinstance(step, Copy) and step.stage.startswith("py-")
    ]
    if packages:
        return (
            f"{len(packages)} packages have a layer of their own; raise the size from which they "
            f"do: --layer-min-size, or use a base image of fewer layers"
        )
    return "use a base image of fewer layers, squashed for example"


def _chain(plan: Plan) -> Iterator[Stage]:
    """The target and the stages that it stands on, downwards."""
    stage = plan.stage(plan.target)
    yield stage
    while stage.base not in plan.images and stage.base != "scratch":
        stage = plan.stage(stage.base)
        yield stage


def _is_one_layer(plan: Plan, image: str) -> bool:
    return isinstance(plan.images.get(image), BootstrapImage)
