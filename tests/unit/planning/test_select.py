from __future__ import annotations

import pytest
from msgspec.structs import replace

from dockwright.errors import UserError
from dockwright.model.recipe import Component, Provider
from dockwright.model.values import Device
from dockwright.planning.select import requirements, select


def component(
    name: str, *needs: str, uses: tuple[str, ...] = (), provider_needs: tuple[str, ...] = ()
) -> Component:
    return Component(
        name=name,
        summary=name,
        licence="Apache-2.0",
        homepage="",
        providers={"package": Provider(summary="", script="", needs=provider_needs)},
        outputs=(f"/{name}",),
        needs=needs,
        uses=uses,
    )


def catalog(*found: Component) -> dict[str, Component]:
    return {value.name: value for value in found}


def names(*wanted: str, of: dict[str, Component]) -> list[str]:
    return [value.name for value in select(wanted, of, Device.CPU)]


def test_what_is_needed_comes_too_and_comes_first() -> None:
    known = catalog(
        component("a", "c"), component("b"), component("c", provider_needs=("d",)), component("d")
    )
    assert names("a", of=known) == ["d", "c", "a"]
    assert names("a", "b", of=known) == names("b", "a", "a", of=known) == ["b", "d", "c", "a"]


def test_what_is_only_used_does_not_come_but_comes_before() -> None:
    known = catalog(component("a", uses=("z",)), component("z"))
    assert names("a", of=known) == ["a"]
    assert names("a", "z", of=known) == ["z", "a"]
    assert requirements(known["a"], chosen=None) == ()
    assert requirements(known["a"], chosen=known) == ("z",)


def test_an_unknown_component_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match="unknown component 'nixxl'") as caught:
        names("nixxl", of=catalog(component("nixl")))
    assert caught.value.hint == "did you mean 'nixl'?"
    with pytest.raises(UserError) as caught:
        names("q", of=catalog(component("nixl"), component("ucx")))
    assert caught.value.hint == "known: nixl, ucx"


def test_a_component_of_another_device_is_refused() -> None:
    known = catalog(replace(component("gdrcopy"), devices=(Device.CUDA,)))
    with pytest.raises(UserError, match="does not exist for device 'cpu'") as caught:
        names("gdrcopy", of=known)
    assert caught.value.hint == "it exists for: cuda"


def test_a_cycle_is_a_defect_of_the_catalog() -> None:
    known = catalog(component("a", "b"), component("b", "a"))
    with pytest.raises(ValueError, match=r"cycle: (a → b → a|b → a → b)"):
        names("a", of=known)
