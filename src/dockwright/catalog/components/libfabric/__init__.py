"""libfabric: OFI, the transport for EFA."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime

LIBFABRIC_PACKAGE_VERSION = choices.package_version("libfabric")
PREFIX = "/usr/local/libfabric"


def checks(_: Context) -> tuple[Check, ...]:
    """It starts, lists providers, and everything under its prefix resolves."""
    return (
        Check(
            component="libfabric",
            name="fi_info --version",
            kind="run",
            args={"argv": [f"{PREFIX}/bin/fi_info", "--version"], "expect": r"libfabric: [12]\."},
        ),
        Check(
            component="libfabric",
            name="fi_info -l lists providers",
            kind="run",
            args={"argv": [f"{PREFIX}/bin/fi_info", "-l"], "expect": r"tcp"},
        ),
        Check(
            component="libfabric",
            name="libraries resolve",
            kind="resolves",
            args={"paths": [PREFIX]},
        ),
    )


def _packages(context: Context) -> tuple[str, ...]:
    return ("libibverbs1", "libnl-3-200", "libpsm-infinipath1", "libpsm2-2", "librdmacm1")


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
