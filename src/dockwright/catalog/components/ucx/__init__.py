"""UCX: the transport layer under NIXL and MPI."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.checks import absent, files, loader, prints, resolves
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime

UCX_PACKAGE_VERSION = choices.package_version("ucx")
PREFIX = "/usr/local/ucx"


def checks(_: Context) -> tuple[Check, ...]:
    """It starts, finds its modules, resolves, and is the only UCX of the image."""
    libraries = tuple(f"{PREFIX}/lib/lib{name}.so.0" for name in ("ucm", "ucp", "ucs", "uct"))
    return (
        prints("ucx", f"{PREFIX}/bin/ucx_info", "-v", expect=r"Version 1\.\d+\.\d+"),
        prints(
            "ucx",
            f"{PREFIX}/bin/ucx_info",
            "-d",
            expect="Component: cma",
            name="ucx_info -d lists the module cma",
        ),
        resolves("ucx", f"{PREFIX}/lib", f"{PREFIX}/bin"),
        files(
            "ucx",
            "libraries, modules, headers and build files are there",
            *libraries,
            f"{PREFIX}/lib/ucx/libuct_ib.so.0",
            f"{PREFIX}/lib/pkgconfig/ucx.pc",
            f"{PREFIX}/include/ucp/api/ucp.h",
            links_below=(f"{PREFIX}/lib",),
        ),
        loader("ucx", "libucp.so.0", f"{PREFIX}/lib"),
        absent("ucx", "one UCX only", "/usr/lib/*-linux-gnu/libucp.so*"),
    )


def _packages(context: Context) -> tuple[str, ...]:
    # Found with ldd in a clean base. ibverbs-providers holds libmlx5, which libuct_ib links.
    if context.os.release == "bookworm":
        return ("ibverbs-providers", "libibverbs1", "libnuma1", "librdmacm1")
    return ("ibverbs-providers", "libibverbs1", "librdmacm1t64")


COMPONENT = Component(
    name="ucx",
    summary="unified communication transports",
    licence="BSD-3-Clause",
    homepage="https://github.com/openucx/ucx",
    providers={
        "package": Provider(
            summary="the distribution's packages libucx0, libucx-dev and ucx-utils",
            script=script(__file__, "package.sh"),
            env=lambda context: {"PREFIX": PREFIX, "VERSION": context.params[UCX_PACKAGE_VERSION]},
            tags=(Tag.NETWORK,),
        )
    },
    outputs=(PREFIX,),
    runtime=Runtime(
        packages=_packages,
        libraries=(f"{PREFIX}/lib", f"{PREFIX}/lib/ucx"),
        path=(f"{PREFIX}/bin",),
    ),
    checks=checks,
)
