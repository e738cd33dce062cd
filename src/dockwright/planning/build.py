"""Parameters + catalog → plan. The one entrance of this package."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from dockwright.catalog.locked import variant
from dockwright.catalog.parameters.axes import CUDA_VERSION, DEVICE, FRAMEWORK, TARGET
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.providers import is_locked
from dockwright.catalog.registry import components, framework
from dockwright.errors import DockwrightError, UserError
from dockwright.model.check import Check
from dockwright.model.framework import Own
from dockwright.model.inputs import Input
from dockwright.model.lock import Lock
from dockwright.model.param import Params
from dockwright.model.plan import BaseImage, LayoutImage, Plan, RegistryImage
from dockwright.model.recipe import Component, Context, FrameworkRecipe
from dockwright.model.values import Arch, Device, Framework, Target
from dockwright.planning import names
from dockwright.planning.audit import audit
from dockwright.planning.bases import Layout, base_image, runtime_image
from dockwright.planning.external import external
from dockwright.planning.identity import prune
from dockwright.planning.layers import layer_problems
from dockwright.planning.parts import Parts, parts
from dockwright.planning.pin import Pinning, missing, pin
from dockwright.planning.site import Ledger, Site
from dockwright.planning.targets.base import base_stage
from dockwright.planning.targets.graph import components_of, graph
from dockwright.planning.targets.runtime import IMAGE
from dockwright.planning.trtllm import wheel_origin
from dockwright.planning.users import user_problems
from dockwright.planning.wrap import wrap_all

__all__ = ["Layout", "Planned", "base_image", "plan_image"]


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A plan, who read which parameter, and the checks that its verify stage runs.

    `inputs` are what it takes from elsewhere, as the recipes ask for it.
    """

    plan: Plan
    ledger: Ledger
    checks: tuple[Check, ...]
    arch: Arch
    inputs: tuple[Input, ...] = ()


def plan_image(
    params: Params,
    arch: Arch,
    *,
    catalog: Mapping[str, Component] | None = None,
    layouts: Mapping[str, Layout] | None = None,
    trees: Mapping[str, Mapping[str, str]] | None = None,
    lock: Lock | None = None,
    pinning: Pinning = Pinning.STRICT,
) -> Planned:
    """The plan of one image for one platform.

    `layouts` describes the OCI layouts that BASE_IMAGE may name, `trees` the files of directories
    that are sources (planning reads no disk), and `lock` what inputs are pinned to. Raises
    UserError when a value fits nothing in the catalog, and as `pinning` says.
    """
    lock = lock or Lock()
    ledger: Ledger = {}
    chooser = params.track("selection", ledger)
    target = chooser[TARGET]
    recipe = framework(chooser[FRAMEWORK].value)
    base_reader = params.track("base", ledger)
    image, system = base_image(base_reader, arch, layouts or {})
    context = Context(
        framework=chooser[FRAMEWORK],
        device=chooser[DEVICE],
        arch=arch,
        os=system,
        provider="",
        has=frozenset(),
        params=chooser,
        cuda=chooser[CUDA_VERSION],
        trees=trees or {},
        lock=lock,
        open_refs=pinning is not Pinning.STRICT,
    )
    if is_locked(chooser):
        recipe = variant(recipe)
    known = components() if catalog is None else catalog
    tools = tuple(name for name in (names.SCCACHE,) if name in known)
    made = parts(
        # Steps that compile get it mounted; a plan without such steps loses it when it is pruned.
        (*components_of(target, recipe.components(context)), *tools),
        known,
        context,
        ledger,
    )
    images: dict[str, BaseImage] = {"base-image": image, **made.images}
    if recipe.from_image and target in ON_RUNTIME:
        images[IMAGE], system = runtime_image(params.track(names.RUNTIME, ledger))
    own = _own(recipe, replace(context, params=params.track(recipe.name.value, ledger)), target)
    brings = images.get(IMAGE, image)
    site = Site(
        recipe=recipe,
        context=replace(context, os=system),
        own=own,
        entrypoint=isinstance(brings, RegistryImage) and context.device is Device.CUDA,
        chosen=made.chosen,
        params=params,
        ledger=ledger,
    )
    compiled = any(stage.name == names.TOOLCHAIN for stage in made.stages)
    found = graph(site, target, compiled=compiled)
    base = base_stage("base-image", context.os, base_reader[PYTHON_VERSION], context.device)
    plan = Plan(
        name=f"{recipe.name.value}-{context.device.value}-{arch.value}",
        platform=arch.platform,
        target=found.target,
        images={**images, **found.images},
        # The tools come first, for whatever mounts them.
        stages=(
            base,
            *sorted(made.stages, key=lambda stage: stage.name not in tools),
            *found.stages,
        ),
        sources=dict(sorted({**made.sources, **found.sources}.items())),
    )
    plan = prune(wrap_all(plan), (found.target, *((names.EVIDENCE,) if found.checks else ())))
    wanted = external(plan, base_reader[PYTHON_VERSION])
    if pinning is Pinning.LOCKED and (unlocked := missing(wanted, lock)):
        raise UserError(problems=unlocked)
    plan = pin(plan, lock, base_reader[PYTHON_VERSION])
    problems = (*audit(plan), *user_problems(plan))
    if problems:
        raise DockwrightError(
            "the plan breaks its own laws: " + "; ".join(map(str, problems)),
            hint="this is a defect of dockwright or of a recipe; please report it",
        )
    looked_at = {layout.digest: layout.layers for layout in (layouts or {}).values()}
    depths = {
        name: looked_at[value.digest]
        for name, value in plan.images.items()
        if isinstance(value, LayoutImage) and value.digest in looked_at
    }
    if too_many := layer_problems(plan, depths):
        raise UserError(problems=too_many)
    return Planned(
        plan=plan,
        ledger=_of_plan(ledger, plan, made),
        checks=found.checks,
        arch=arch,
        inputs=wanted,
    )


ON_RUNTIME = {Target.RUNTIME, Target.DEV, Target.LOCAL_DEV}


def _own(recipe: FrameworkRecipe, context: Context, target: Target) -> Own:
    """What the framework brings, for targets that have something of it."""
    if target not in ON_RUNTIME and target is not Target.FRAMEWORK:
        return Own()
    if recipe.name is Framework.TRTLLM:
        context = replace(context, wheel=wheel_origin(context))
    return recipe.own(context)


def _of_plan(ledger: Ledger, plan: Plan, made: Parts) -> Ledger:
    """Who read what, without components whose stage nothing in the plan is made from."""
    stages = {stage.name for stage in plan.stages}
    unused = {component.name for component, _ in made.chosen} - stages
    return {name: readers - unused for name, readers in ledger.items() if readers - unused}
