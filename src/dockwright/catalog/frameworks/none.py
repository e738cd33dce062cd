"""The *standard* image: Dynamo's frontend, router and mocker without an inference engine."""

from __future__ import annotations

from dockwright.catalog import native
from dockwright.model.recipe import Context, FrameworkRecipe
from dockwright.model.values import Framework


def components(context: Context) -> tuple[str, ...]:
    """Dynamo and its services, and what the device and the switches bring."""
    return ("dynamo", *native.components(context))


FRAMEWORK = FrameworkRecipe(
    name=Framework.NONE,
    summary="Dynamo runtime without an inference engine",
    components=components,
)
