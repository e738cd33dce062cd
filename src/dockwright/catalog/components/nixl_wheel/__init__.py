"""NIXL for Python: the wheel of one CUDA major, and the meta wheel "nixl" that finds it."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.build_tools import (
    INDEX_WHEELS,
    PYTHON_TOOLS,
    WHEELHOUSE,
    index_wheels,
    not_locked,
    python,
)
from dockwright.catalog.checks import files
from dockwright.catalog.components import nixl
from dockwright.catalog.components.kvbm import KVBM_PROVIDER
from dockwright.catalog.parameters.features import (
    ENABLE_KVBM,
    ENABLE_MEDIA_FFMPEG,
    ENABLE_MEDIA_NIXL,
)
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.native import NIXL_REF
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import BuildKind, Tag
from dockwright.model.recipe import Component, Context, On, Provider, Wheels
from dockwright.model.values import Family

NIXL_WHEEL_PROVIDER = choices.provider("nixl_wheel", ("source", "wheel"), default="source")
FOLDER = f"{WHEELHOUSE}/nixl"


def _lock(context: Context) -> str:
    python_ = context.params[PYTHON_VERSION].replace(".", "")
    return f"{nixl.package(context)}-{context.params[NIXL_REF].removeprefix('v')}-py{python_}"


def _pattern(context: Context, system: str) -> str:
    stem = nixl.package(context).replace("-", "_")
    tag = f"cp{context.params[PYTHON_VERSION].replace('.', '')}"
    return f"{stem}-*-{tag}-{tag}-{system}{context.arch.alt}.whl"


def _wheels(context: Context) -> Wheels:
    patterns = (_pattern(context, "linux_"), "nixl-*-py3-none-any.whl")
    return Wheels(folder=FOLDER, patterns=patterns, python=python(context))


def _misfit(context: Context) -> str:
    # Two NIXLs in one process break both.
    params = context.params
    if params[ENABLE_MEDIA_NIXL] or params[ENABLE_MEDIA_FFMPEG]:
        return "the media features link a native NIXL, and this wheel brings another one"
    if params[ENABLE_KVBM] and params[KVBM_PROVIDER] == "source":
        return "KVBM from source links a native NIXL, and this wheel brings another one"
    return not_locked(_lock(context))


def checks(context: Context) -> tuple[Check, ...]:
    """Exactly the wheels of this CUDA major are there; two majors would make the wrong one load."""
    stem = nixl.package(context).replace("-", "_")
    return (
        files(
            "nixl_wheel", "the wheels are there", f"{FOLDER}/{stem}-*.whl", f"{FOLDER}/nixl-*.whl"
        ),
        *nixl.loads(context, "nixl_wheel"),
    )


COMPONENT = Component(
    name="nixl_wheel",
    summary="Python bindings of NIXL",
    licence="MIT AND Apache-2.0",
    homepage="https://github.com/ai-dynamo/nixl",
    provider=NIXL_WHEEL_PROVIDER,
    providers={
        "source": Provider(
            summary="upstream's git",
            script=script(__file__, "source.sh"),
            prepare=PYTHON_TOOLS,
            packages=nixl.BUILD_PACKAGES,
            env=lambda context: {**nixl.env(context), "FOLDER": FOLDER, "META": nixl.META},
            sources=lambda context: nixl.sources(context, "nixl_wheel"),
            on=On.TOOLCHAIN,
            build=BuildKind.MESON,
            wheels=_wheels,
            needs=("nixl", "uv"),
            needs_if=nixl.needs,
        ),
        "wheel": Provider(
            summary="the hash-locked wheels of the Python package index",
            script=INDEX_WHEELS,
            packages={Family.APT: ("python3-pip-whl",)},
            env=lambda context: index_wheels(context, _lock(context), FOLDER),
            wheels=lambda context: Wheels(
                folder=FOLDER,
                patterns=(_pattern(context, "manylinux*_"), "nixl-*-py3-none-any.whl"),
                python=python(context),
            ),
            tags=(Tag.NETWORK, Tag.PYTHON),
            misfit=_misfit,
        ),
    },
    outputs=(FOLDER,),
    uses=("aws_sdk_cpp", "gdrcopy"),
    checks=checks,
)
