"""The *standard* image: Dynamo's frontend, router and mocker without an inference engine."""

from __future__ import annotations

from dockwright.model.recipe import Context, FrameworkRecipe
from dockwright.model.values import Framework


def components(_: Context) -> tuple[str, ...]:
    """Everything that facts/images.md lists for N and that a CPU image can have."""
    return ("dynamo", "etcd", "libfabric", "nats", "ucx", "uv")


FRAMEWORK = FrameworkRecipe(
    name=Framework.NONE,
    summary="Dynamo runtime without an inference engine",
    components=components,
)
