"""From the wanted components to their stages, sources and images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from dockwright.model.param import Params
from dockwright.model.plan import BaseImage, Stage
from dockwright.model.recipe import Component, Context, On
from dockwright.model.source import Source, context_name
from dockwright.planning import names
from dockwright.planning.fit import refuse_misfit
from dockwright.planning.lower import component_stage, provider_of
from dockwright.planning.select import requirements, select
from dockwright.planning.toolchain import toolchain, toolchain_os


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The components of a plan: each with the context of the image, and the stages that make them.

    `images` and `sources` are what the stages need beside each other and the base stage.
    """

    chosen: tuple[tuple[Component, Context], ...]
    stages: tuple[Stage, ...]
    images: Mapping[str, BaseImage]
    sources: Mapping[str, Source]


def parts(
    wanted: Iterable[str],
    catalog: Mapping[str, Component],
    image: Context,
    ledger: dict[str, set[str]],
) -> Parts:
    """The parts of an image. `image` is the image's context without a component.

    Raises UserError when a component or a value fits nothing.
    """
    params = image.params
    seen: dict[str, Context] = {}

    def context(component: Component) -> Context:
        if component.name not in seen:
            reader = params.track(component.name, ledger)
            seen[component.name] = replace(
                image, provider=chosen_provider(component, reader), params=reader
            )
        return seen[component.name]

    def needs_of(component: Component) -> tuple[str, ...]:
        provider = provider_of(component, context(component))
        return (*component.needs, *provider.needs, *provider.needs_if(context(component)))

    chosen = select(wanted, catalog, image.device, needs_of)
    by_name = {component.name: component for component in chosen}
    stages: list[Stage] = []
    contexts: list[tuple[Component, Context]] = []
    sources: dict[str, Source] = {}
    compiled = False
    for component in chosen:
        needs = tuple(
            by_name[name] for name in requirements(component, chosen=by_name, needs_of=needs_of)
        )
        inside = replace(context(component), has=frozenset(need.name for need in needs))
        refuse_misfit(component, inside)
        contexts.append((component, inside))
        provider = provider_of(component, inside)
        base = names.BASE
        if provider.on is On.TOOLCHAIN:
            compiled, base = True, names.TOOLCHAIN
            inside = replace(inside, os=toolchain_os(image.device, image.os))
        sources |= {
            context_name(component.name, found.source): found.source
            for found in provider.sources(inside)
        }
        stages.append(component_stage(component, inside, needs=needs, base=base))
    images: dict[str, BaseImage] = {}
    if compiled:
        stage, images = toolchain(image.device, image.os, params.track(names.TOOLCHAIN, ledger))
        stages.insert(0, stage)
    return Parts(
        chosen=tuple(contexts),
        stages=tuple(stages),
        images=images,
        sources=dict(sorted(sources.items())),
    )


def chosen_provider(component: Component, params: Params) -> str:
    """The provider that a person chose, or the only one."""
    if component.provider is None:
        return next(iter(component.providers))
    return params[component.provider]
