"""Every parameter, found by scanning: the modules of this package and the component folders.

A module-level `Param` is all that it takes; nothing registers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from dockwright.model.param import Param

_COMPONENTS = "dockwright.catalog.components"


@cache
def parameters() -> Mapping[str, Param[Any]]:
    """Canonical name → declaration, sorted. Raises ValueError when two modules declare one name."""
    found: dict[str, tuple[Param[Any], str]] = {}
    for module in _modules():
        for value in vars(module).values():
            if not isinstance(value, Param):
                continue
            known, where = found.setdefault(value.name, (value, module.__name__))
            # A module may import another's parameter: that is the same object, not a second one.
            if known is not value:
                raise ValueError(f"{value.name} is declared in {where} and in {module.__name__}")
    return MappingProxyType({name: found[name][0] for name in sorted(found)})


def _modules() -> Iterator[ModuleType]:
    for name in _names(__name__):
        yield import_module(f"{__name__}.{name}")
    for name in _names(_COMPONENTS):
        yield import_module(f"{_COMPONENTS}.{name}")


def _names(package: str) -> list[str]:
    """Modules and folders of a package; the listing is sorted because file systems are not."""
    names: set[str] = set()
    for directory in import_module(package).__path__:
        for entry in Path(directory).iterdir():
            if entry.suffix == ".py" and not entry.stem.startswith("_"):
                names.add(entry.stem)
            elif (entry / "__init__.py").is_file():
                names.add(entry.name)
    return sorted(names)
