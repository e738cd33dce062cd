"""gdrcopy: lets the CPU map GPU memory, for UCX and libfabric. The library, not the driver."""

from __future__ import annotations

from dockwright.catalog.checks import files, resolves
from dockwright.catalog.parameters.native import NIXL_GDRCOPY_REF
from dockwright.catalog.pins import git
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import BuildKind
from dockwright.model.recipe import Component, Context, On, Provider, Runtime
from dockwright.model.source import Sourced
from dockwright.model.values import Device

PREFIX = "/usr/local/gdrcopy"


def checks(_: Context) -> tuple[Check, ...]:
    """The library is there and resolves; it needs a GPU and its driver to do anything."""
    return (
        resolves("gdrcopy", f"{PREFIX}/lib"),
        files(
            "gdrcopy",
            "library and header are there",
            f"{PREFIX}/lib/libgdrapi.so.2",
            f"{PREFIX}/include/gdrapi.h",
            links_below=(f"{PREFIX}/lib",),
        ),
    )


COMPONENT = Component(
    name="gdrcopy",
    summary="GPU memory mapping for the CPU",
    licence="MIT",
    homepage="https://github.com/NVIDIA/gdrcopy",
    providers={
        "source": Provider(
            summary="the library, from upstream's git",
            script=script(__file__, "source.sh"),
            env=lambda _: {"CUDA": "/usr/local/cuda", "PREFIX": PREFIX},
            sources=lambda context: (
                Sourced(source=git("gdrcopy", context, NIXL_GDRCOPY_REF), target="/src/gdrcopy"),
            ),
            on=On.TOOLCHAIN,
            build=BuildKind.MAKE,
        )
    },
    outputs=(PREFIX,),
    devices=(Device.CUDA,),
    # UCX's gdrcopy module does not load without it; so it ships, other than in the original.
    runtime=Runtime(libraries=lambda _: (f"{PREFIX}/lib",)),
    checks=checks,
)
