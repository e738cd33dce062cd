"""Which components a plan has, and in what order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from dockwright.errors import UserError
from dockwright.model.recipe import Component
from dockwright.model.values import Device

NeedsOf = Callable[[Component], tuple[str, ...]]


def first_provider(component: Component) -> tuple[str, ...]:
    """What a component needs from the first of its providers, as far as no parameter decides."""
    provider = next(iter(component.providers.values()))
    return (*component.needs, *provider.needs)


def select(
    wanted: Iterable[str],
    catalog: Mapping[str, Component],
    device: Device,
    needs_of: NeedsOf = first_provider,
) -> tuple[Component, ...]:
    """The wanted components and all that they need, dependencies first, else by name.

    The order of `wanted` does not matter. Raises UserError for an unknown component and for one
    that does not exist for the device.
    """
    chosen: dict[str, Component] = {}
    queue = sorted(set(wanted))
    while queue:
        name = queue.pop()
        if name in chosen:
            continue
        component = _lookup(name, catalog)
        if device not in component.devices:
            raise UserError(
                f"component {name!r} does not exist for device {device.value!r}",
                hint=f"it exists for: {', '.join(sorted(component.devices))}",
            )
        chosen[name] = component
        queue.extend(needs_of(component))
    graph = {
        name: set(requirements(component, chosen=chosen, needs_of=needs_of))
        for name, component in chosen.items()
    }
    return tuple(chosen[name] for name in _sorted(graph))


def requirements(
    component: Component,
    *,
    chosen: Mapping[str, Component] | None,
    needs_of: NeedsOf = first_provider,
) -> tuple[str, ...]:
    """What is built before a component and copied into its stage: needs, and chosen uses."""
    uses = (use for use in component.uses if use in (chosen or {}))
    return tuple(sorted({*needs_of(component), *uses}))


def _sorted(graph: Mapping[str, set[str]]) -> list[str]:
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"the catalog has a cycle: {' → '.join(error.args[1])}") from error
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order.extend(ready)
        sorter.done(*ready)
    return order


def _lookup(name: str, catalog: Mapping[str, Component]) -> Component:
    if name in catalog:
        return catalog[name]
    from difflib import get_close_matches

    near = get_close_matches(name, catalog, n=1)
    raise UserError(
        f"unknown component {name!r}",
        hint=f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(catalog))}",
    )
