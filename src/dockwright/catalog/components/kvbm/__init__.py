"""KVBM: the KV block manager, which offloads blocks from GPU memory to hosts and disks."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.build_tools import (
    INDEX_WHEELS,
    WHEELHOUSE,
    index_wheels,
    not_locked,
    python,
    rust_env,
    rust_wheel,
)
from dockwright.catalog.checks import files
from dockwright.catalog.components import nixl
from dockwright.catalog.components.dynamo_runtime import nixl_env
from dockwright.catalog.parameters.sources import DYNAMO_SOURCE
from dockwright.model.check import Check
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Context, Provider, Wheels
from dockwright.model.values import Device, Family

KVBM_PROVIDER = choices.provider("kvbm", ("source", "wheel"), default="source")
FOLDER = f"{WHEELHOUSE}/kvbm"


def _lock(context: Context) -> str:
    return f"kvbm-{context.params[DYNAMO_SOURCE].removeprefix('v')}"


def _wheel(context: Context) -> str:
    return f"kvbm-*-abi3-*_{context.arch.alt}.whl"


def checks(context: Context) -> tuple[Check, ...]:
    """The wheel is there, and its native module loads."""
    return (
        files("kvbm", "the wheel is there", f"{FOLDER}/{_wheel(context)}"),
        *nixl.loads(context, "kvbm", "kvbm._core"),
    )


def _env(context: Context) -> dict[str, str]:
    return {
        **rust_env(context),
        **nixl_env(context),
        "CRATE": "/src/dynamo/lib/bindings/kvbm",
        # Everything comes from the image, in one copy for each process.
        "EXCLUDE": "libnixl.so libnixl_build.so libnixl_common.so lib*.so*",
        "FEATURES": "",
    }


COMPONENT = Component(
    name="kvbm",
    summary="KV block manager",
    licence="Apache-2.0",
    homepage="https://github.com/ai-dynamo/dynamo",
    provider=KVBM_PROVIDER,
    providers={
        "source": rust_wheel(folder=FOLDER, wheel=_wheel, env=_env, needs=("nixl", "ucx")),
        "wheel": Provider(
            summary="the hash-locked wheel of the Python package index",
            script=INDEX_WHEELS,
            packages={Family.APT: ("python3-pip-whl",)},
            env=lambda context: index_wheels(context, _lock(context), FOLDER),
            wheels=lambda context: Wheels(
                folder=FOLDER, patterns=(_wheel(context),), python=python(context)
            ),
            tags=(Tag.NETWORK, Tag.PYTHON),
            misfit=lambda context: not_locked(_lock(context)),
        ),
    },
    outputs=(FOLDER,),
    devices=(Device.CUDA,),
    checks=checks,
)
