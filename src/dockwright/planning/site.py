"""What all stages of one plan stand on: the framework, its components, who reads what."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.stack import WHEELHOUSE
from dockwright.model.framework import Own, PythonHome
from dockwright.model.param import Params
from dockwright.model.recipe import Component, Context, FrameworkRecipe
from dockwright.planning import names

Chosen = tuple[tuple[Component, Context], ...]
Ledger = dict[str, set[str]]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in the making. `context` speaks of the image itself, `chosen` of its parts."""

    recipe: FrameworkRecipe
    context: Context
    own: Own
    entrypoint: bool
    chosen: Chosen
    params: Params
    ledger: Ledger

    def read(self, reader: str) -> Params:
        """The parameters for one reader, whose reads are noted."""
        return self.params.track(reader, self.ledger)

    def python(self, reader: str) -> str:
        """The Python version, `3.12`."""
        return self.read(reader)[PYTHON_VERSION]

    @property
    def has_venv(self) -> bool:
        """Whether the Python stack is in the venv and not in the system's place."""
        return self.recipe.python is PythonHome.VENV

    def interpreter(self, reader: str) -> str:
        """The Python that has the stack."""
        return (
            f"{names.VENV}/bin/python" if self.has_venv else f"/usr/bin/python{self.python(reader)}"
        )

    @property
    def parts(self) -> Chosen:
        """The components, as they are inside the image."""
        return tuple(
            (component, replace(context, os=self.context.os)) for component, context in self.chosen
        )

    @property
    def shipped(self) -> Chosen:
        """Components whose outputs are in the image."""
        return tuple((part, seen) for part, seen in self.parts if part.ships)

    @property
    def wheels(self) -> tuple[str, ...]:
        """The folders of our own wheels, as they are in the image."""
        # NIXL's library brings a wheel too, which its wheel component has taken over.
        return tuple(
            path
            for part, _ in self.shipped
            if all(path.startswith(WHEELHOUSE) for path in part.outputs)
            for path in part.outputs
        )

    def has(self, component: str) -> bool:
        """Whether the plan has a component."""
        return any(found.name == component for found, _ in self.chosen)
