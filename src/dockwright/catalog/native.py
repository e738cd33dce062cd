"""Which native components and wheels an image has: what every framework's recipe starts from."""

from __future__ import annotations

from dockwright.catalog.components.nixl_wheel import NIXL_WHEEL_PROVIDER
from dockwright.catalog.parameters.features import (
    ENABLE_GPU_MEMORY_SERVICE,
    ENABLE_KVBM,
    ENABLE_MEDIA_FFMPEG,
    EXTRA_COMPONENTS,
)
from dockwright.model.recipe import Context
from dockwright.model.values import Device, Framework


def components(context: Context) -> tuple[str, ...]:
    """Names of the native components and wheels, from the device, the framework and the switches.

    ENABLE_MEDIA_NIXL adds nothing here: it is a feature of the wheel dynamo_runtime, which says by
    itself what it then needs.
    """
    params = context.params
    names = ["etcd", "libfabric", "nats", "ucx", "uv", *params[EXTRA_COMPONENTS]]
    if params[ENABLE_MEDIA_FFMPEG]:
        names.append("ffmpeg")
    if context.device is not Device.CUDA:
        return tuple(names)
    names += ["gdrcopy", *wheels(context)]
    # The index's NIXL wheel has a NIXL and a UCX of its own; two in one process break both.
    if params[NIXL_WHEEL_PROVIDER] == "source":
        names.append("nixl")
    if context.framework is Framework.VLLM:
        names.append("aws_sdk_cpp")
    return tuple(names)


def wheels(context: Context) -> tuple[str, ...]:
    """Names of the components whose wheels are built here and installed into the image's venv."""
    params = context.params
    names = ["ai_dynamo", "dynamo_runtime", "nixl_wheel"]
    names += ["kvbm"] if params[ENABLE_KVBM] else []
    names += ["gpu_memory_service"] if params[ENABLE_GPU_MEMORY_SERVICE] else []
    return tuple(names)


def modules(context: Context) -> tuple[str, ...]:
    """Modules of those wheels that an image with an engine, and so with torch, can import."""
    if context.device is not Device.CUDA:
        return ()
    return ("nixl", *(("kvbm",) if context.params[ENABLE_KVBM] else ()))
