"""The stages of one target on top of the components': which, in what order, what is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

import msgspec

from dockwright.catalog.parameters.features import MAKE_EFA
from dockwright.catalog.stack import MODULES, imports, serves
from dockwright.model.check import Check
from dockwright.model.plan import BaseImage, RegistryImage, Stage
from dockwright.model.source import Source
from dockwright.model.values import Target
from dockwright.planning import names
from dockwright.planning.site import Site
from dockwright.planning.targets import dev, frontend
from dockwright.planning.targets.base import COMPONENTS, dynamo_base
from dockwright.planning.targets.builder import wheel_builder
from dockwright.planning.targets.efa import efa_checks, efa_stage
from dockwright.planning.targets.runtime import runtime_stage
from dockwright.planning.targets.verify import (
    banner_check,
    entrypoint_check,
    evidence_stage,
    image_checks,
    lean_check,
    verify_stage,
)
from dockwright.planning.targets.workspace import workspace


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The stages of a target; `target` is the name of the one that is the image."""

    target: str
    stages: tuple[Stage, ...]
    images: Mapping[str, BaseImage] = msgspec.field(default_factory=dict)
    sources: Mapping[str, Source] = msgspec.field(default_factory=dict)
    checks: tuple[Check, ...] = ()


def components_of(target: Target, whole: tuple[str, ...]) -> tuple[str, ...]:
    """The components that a target is made from; `whole` is the framework's bill of materials."""
    match target:
        case Target.BASE:
            return COMPONENTS
        case Target.FRAMEWORK:
            return ("uv",)
        case Target.WHEEL_BUILDER:
            return tuple(name for name in whole if name not in {"dynamo", "etcd", "nats"})
        case Target.DEV | Target.LOCAL_DEV:
            return (*whole, "rust")
        case Target.FRONTEND:
            return tuple(name for name in whole if name not in {"etcd", "nats"})
        case Target.RUNTIME:
            return whole
        case _:
            assert_never(target)


def graph(site: Site, target: Target, *, compiled: bool) -> Graph:
    """The stages of one target. `compiled` says that the plan has a toolchain stage."""
    match target:
        case Target.BASE:
            stage, checks = dynamo_base(site), _parts(site)
            return Graph(
                target=stage.name,
                stages=(stage, verify_stage(stage.name, checks), evidence_stage()),
                checks=checks,
            )
        case Target.WHEEL_BUILDER:
            stage = wheel_builder(site, names.TOOLCHAIN if compiled else names.BASE)
            return Graph(target=stage.name, stages=(stage,))
        case Target.FRAMEWORK:
            return Graph(
                target=names.FRAMEWORK,
                stages=site.own.stages,
                images=_own_images(site),
                sources=site.own.sources,
            )
        case Target.FRONTEND:
            return _frontend(site)
        case Target.RUNTIME | Target.DEV | Target.LOCAL_DEV:
            return _engine(site, target)
        case _:
            assert_never(target)


def _own_images(site: Site) -> dict[str, BaseImage]:
    return {name: RegistryImage(ref=ref) for name, ref in site.own.images.items()}


def _parts(site: Site) -> tuple[Check, ...]:
    return tuple(check for part, seen in site.shipped for check in part.checks(seen))


def _frontend(site: Site) -> Graph:
    trees, sources = workspace(site)
    stages = (frontend.epp_stage(), trees, frontend.frontend_stage(site))
    checks = (
        *image_checks(site.python(frontend.READER)),
        banner_check(),
        *frontend.frontend_checks(),
    )
    return Graph(
        target=stages[-1].name,
        stages=(*stages, verify_stage(stages[-1].name, checks), evidence_stage()),
        images=frontend.images(site),
        sources=sources,
        checks=checks,
    )


def _engine(site: Site, target: Target) -> Graph:
    """Runtime, and what is put on it: dev, the EFA layer, the caller's ids."""
    sources: dict[str, Source] = dict(site.own.sources)
    stages: list[Stage] = [*site.own.stages]
    if site.recipe.from_image:
        trees, found = workspace(site)
        sources |= found
        stages.append(trees)
    stages.append(runtime_stage(site))
    checks = _runtime_checks(site)
    if target is Target.RUNTIME:
        checks += (lean_check(site.python(names.RUNTIME)),)
    user = names.USER
    if target is not Target.RUNTIME:
        trees, found = workspace(site, whole=True)
        sources |= found
        stages += [trees, dev.dev_stage(site, stages[-1].name)]
        checks = (*dev.for_sources(checks), *dev.dev_checks(site))
        user = "root"
    if site.read("efa")[MAKE_EFA]:
        stages.append(efa_stage(site, base=stages[-1].name, user=user))
        checks += efa_checks()
    if target is Target.LOCAL_DEV:
        stages.append(dev.local_dev_stage(site, stages[-1].name))
        checks = dev.for_caller(site, checks)
    last = stages[-1].name
    return Graph(
        target=last,
        stages=(*stages, verify_stage(last, checks), evidence_stage()),
        images=_own_images(site),
        sources=sources,
        checks=checks,
    )


def _runtime_checks(site: Site) -> tuple[Check, ...]:
    reader = names.RUNTIME
    parts = _parts(site)
    found = (
        *image_checks(site.python(reader), venv=site.has_venv),
        *((entrypoint_check(),) if site.entrypoint else ()),
        *((banner_check(),) if site.recipe.from_image else ()),
        *parts,
        *site.own.checks,
    )
    if any(check.kind == "serve" for check in parts):
        return found
    python = site.interpreter(reader)
    return (
        *found,
        imports("dynamo", MODULES, python=python, name="Dynamo's modules import"),
        serves(python),
    )
