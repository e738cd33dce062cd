"""Which components a plan has, and in what order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from dockwright.errors import UserError
from dockwright.model.recipe import Component
from dockwright.model.values import Device


def select(
    wanted: Iterable[str], catalog: Mapping[str, Component], device: Device
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
        queue.extend(requirements(component, chosen=None))
    graph = {
        name: set(requirements(component, chosen=chosen)) for name, component in chosen.items()
    }
    return tuple(chosen[name] for name in _sorted(graph))


def requirements(
    component: Component, *, chosen: Mapping[str, Component] | None
) -> tuple[str, ...]:
    """What must be built before a component: its needs, and its uses if they are chosen."""
    provider_needs = {need for p in component.providers.values() for need in p.needs}
    uses = () if chosen is None else tuple(use for use in component.uses if use in chosen)
    return tuple(sorted({*component.needs, *provider_needs, *uses}))


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
