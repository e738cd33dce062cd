"""Finds what the catalog has. Every folder of `components/` is one component; nothing registers.

A recipe is a frozen `Component` in `<folder>/__init__.py`, its builds are shell files beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockwright.model.recipe import Component, FrameworkRecipe


def _modules(folder: str) -> list[str]:
    root = Path(__file__).parent / folder
    names = [
        path.parent.name if path.name == "__init__.py" else path.stem
        for path in (*root.glob("*/__init__.py"), *root.glob("*.py"))
        if path.parent != root or path.name != "__init__.py"
    ]
    return sorted(names)


@cache
def components() -> Mapping[str, Component]:
    """Every component by name, sorted. The folder's name is the component's name."""
    found: dict[str, Component] = {}
    for name in _modules("components"):
        component: Component = import_module(f"dockwright.catalog.components.{name}").COMPONENT
        if component.name != name:
            raise ValueError(f"catalog/components/{name}: the recipe is named {component.name!r}")
        found[name] = component
    return MappingProxyType(found)


@cache
def framework(name: str) -> FrameworkRecipe:
    """One framework; the others are not imported. Raises ModuleNotFoundError for another name."""
    recipe: FrameworkRecipe = import_module(f"dockwright.catalog.frameworks.{name}").FRAMEWORK
    if recipe.name.value != name:
        raise ValueError(f"catalog/frameworks/{name}: it is named {recipe.name.value!r}")
    return recipe


@cache
def frameworks() -> Mapping[str, FrameworkRecipe]:
    """Every framework by name, sorted. The file's name is the framework's name."""
    found = {name: framework(name) for name in _modules("frameworks")}
    return MappingProxyType(found)
