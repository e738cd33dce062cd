"""UCX: the transport layer under NIXL and MPI."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime

UCX_PACKAGE_VERSION = choices.package_version("ucx")
PREFIX = "/usr/local/ucx"


def checks(_: Context) -> tuple[Check, ...]:
    """It starts, finds its modules, and everything under its prefix resolves."""
    return (
        Check(
            component="ucx",
            name="ucx_info -v",
            kind="run",
            args={"argv": [f"{PREFIX}/bin/ucx_info", "-v"], "expect": r"Version 1\."},
        ),
        Check(
            component="ucx",
            name="ucx_info -d lists transports of its modules",
            kind="run",
            args={"argv": [f"{PREFIX}/bin/ucx_info", "-d"], "expect": r"Transport: cma"},
        ),
        Check(
            component="ucx",
            name="libraries resolve",
            kind="resolves",
            args={"paths": [PREFIX]},
        ),
    )


def _packages(context: Context) -> tuple[str, ...]:
    return ("libgomp1", "libibverbs1", "libnuma1", "librdmacm1")


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
