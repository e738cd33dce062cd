"""Which engines' Python stacks come out of a lock, and how those are split into layers."""

from __future__ import annotations

from dockwright.catalog.parameters.axes import FRAMEWORK
from dockwright.catalog.parameters.sglang import SGLANG_PROVIDER
from dockwright.catalog.parameters.vllm import VLLM_PROVIDER
from dockwright.model.kinds import integer
from dockwright.model.param import Default, Param, Params
from dockwright.model.values import Framework

WHEELS = "wheels"
ENGINE_PROVIDERS: dict[Framework, Param[str]] = {
    Framework.VLLM: VLLM_PROVIDER,
    Framework.SGLANG: SGLANG_PROVIDER,
}

LAYER_MIN_SIZE: Param[int] = Param(
    name="LAYER_MIN_SIZE",
    kind=integer(least=1),
    help="Wheels of at least this many megabytes get a layer of their own (provider wheels).",
    default=Default(otherwise=5),
    group="Python stack",
    only=(Framework.VLLM, Framework.SGLANG),
    metavar="MEGABYTES",
)


def is_locked(params: Params) -> bool:
    """Whether the engine's stack comes out of a lock, and so needs no image with CUDA."""
    provider = ENGINE_PROVIDERS.get(params[FRAMEWORK])
    return provider is not None and params[provider] == WHEELS
