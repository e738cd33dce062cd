"""Which engines' Python stacks come out of a lock."""

from __future__ import annotations

from dockwright.catalog.parameters.axes import FRAMEWORK
from dockwright.catalog.parameters.sglang import SGLANG_PROVIDER
from dockwright.catalog.parameters.vllm import VLLM_PROVIDER
from dockwright.model.param import Param, Params
from dockwright.model.values import Framework

WHEELS = "wheels"
ENGINE_PROVIDERS: dict[Framework, Param[str]] = {
    Framework.VLLM: VLLM_PROVIDER,
    Framework.SGLANG: SGLANG_PROVIDER,
}


def is_locked(params: Params) -> bool:
    """Whether the engine's stack comes out of a lock, and so needs no image with CUDA."""
    provider = ENGINE_PROVIDERS.get(params[FRAMEWORK])
    return provider is not None and params[provider] == WHEELS
