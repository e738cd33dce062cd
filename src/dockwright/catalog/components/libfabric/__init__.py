"""libfabric: OFI, the transport for EFA."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.checks import files, loader, prints, resolves
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime

LIBFABRIC_PACKAGE_VERSION = choices.package_version("libfabric")
PREFIX = "/usr/local/libfabric"


def checks(_: Context) -> tuple[Check, ...]:
    """It starts, lists its providers, and everything under its prefix resolves."""
    return (
        prints(
            "libfabric",
            f"{PREFIX}/bin/fi_info",
            "--version",
            expect=r"libfabric: [12]\.\d+\.\d+",
        ),
        prints("libfabric", f"{PREFIX}/bin/fi_info", "-l", expect="^tcp:"),
        resolves("libfabric", f"{PREFIX}/lib", f"{PREFIX}/bin"),
        files(
            "libfabric",
            "libraries, headers and build files are there",
            f"{PREFIX}/lib/libfabric.so.1",
            f"{PREFIX}/lib/pkgconfig/libfabric.pc",
            f"{PREFIX}/include/rdma/fabric.h",
            links_below=(f"{PREFIX}/lib",),
        ),
        loader("libfabric", "libfabric.so.1", f"{PREFIX}/lib"),
    )


def _packages(context: Context) -> tuple[str, ...]:
    # Found with ldd in a clean base. ibverbs-providers holds libefa, which libfabric links.
    if context.os.release == "bookworm":
        return (
            "ibverbs-providers",
            "libatomic1",
            "libibverbs1",
            "libpsm-infinipath1",
            "libpsm2-2",
            "librdmacm1",
        )
    return ("ibverbs-providers", "libibverbs1", "libpsm2-2", "librdmacm1t64")


COMPONENT = Component(
    name="libfabric",
    summary="OpenFabrics Interfaces",
    licence="BSD-2-Clause OR GPL-2.0-only",
    homepage="https://github.com/ofiwg/libfabric",
    providers={
        "package": Provider(
            summary="the distribution's packages libfabric1, libfabric-dev and libfabric-bin",
            script=script(__file__, "package.sh"),
            env=lambda context: {
                "PREFIX": PREFIX,
                "VERSION": context.params[LIBFABRIC_PACKAGE_VERSION],
            },
            tags=(Tag.NETWORK,),
        )
    },
    outputs=(PREFIX,),
    runtime=Runtime(packages=_packages, libraries=(f"{PREFIX}/lib",), path=(f"{PREFIX}/bin",)),
    checks=checks,
)
