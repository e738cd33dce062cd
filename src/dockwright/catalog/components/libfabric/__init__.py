"""libfabric: OFI, the transport for EFA."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.build_tools import compiled
from dockwright.catalog.checks import files, loader, prints, resolves
from dockwright.catalog.parameters.native import NIXL_LIBFABRIC_REF
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.param import Case
from dockwright.model.plan import BuildKind, Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime
from dockwright.model.values import Arch, Device, Family

LIBFABRIC_PROVIDER = choices.provider(
    "libfabric",
    ("source", "distro", "package"),
    default="source",
    cases=(Case(value="package", device=(Device.CPU,)),),
)
LIBFABRIC_PACKAGE_VERSION = choices.package_version("libfabric")
PREFIX = "/usr/local/libfabric"

BUILD_PACKAGES = {
    Family.DNF: (
        "autoconf",
        "automake",
        "libibverbs-devel",
        "libtool",
        "make",
        "numactl-devel",
        "rdma-core-devel",
    ),
    Family.APT: (
        "autoconf",
        "automake",
        "libibverbs-dev",
        "libnuma-dev",
        "libtool",
        "make",
        "pkg-config",
    ),
}


def flags(context: Context) -> tuple[str, ...]:
    """Options of configure. CUDA and gdrcopy are loaded at run time, when they are there."""
    common = (
        "--disable-verbs",
        "--disable-psm3",
        "--disable-opx",
        "--disable-usnic",
        "--disable-rstream",
        "--enable-efa",
        "--disable-static",
    )
    if context.device is Device.CPU:
        return common
    return (
        *common,
        "--with-cuda=/usr/local/cuda",
        "--enable-cuda-dlopen",
        "--with-gdrcopy=/usr/local/gdrcopy",
        "--enable-gdrcopy-dlopen",
    )


def _efa() -> tuple[Check, ...]:
    argv = (f"{PREFIX}/bin/fi_info", "-l")
    return (prints("libfabric", *argv, expect="^efa:", name="fi_info -l lists efa"),)


def checks(context: Context) -> tuple[Check, ...]:
    """It starts, lists its providers, and everything under its prefix resolves."""
    return (
        prints(
            "libfabric",
            f"{PREFIX}/bin/fi_info",
            "--version",
            expect=r"libfabric: [12]\.\d+\.\d+",
        ),
        prints("libfabric", f"{PREFIX}/bin/fi_info", "-l", expect="^tcp:"),
        *(_efa() if context.provider != "package" else ()),
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
    if context.provider != "package":
        return ("ibverbs-providers", "libibverbs1", "libnuma1")
    # Intel's PSM is there for amd64 only.
    intel = context.arch is Arch.AMD64
    if context.os.release == "bookworm":
        psm = ("libpsm-infinipath1", "libpsm2-2") if intel else ()
        return ("ibverbs-providers", "libatomic1", "libibverbs1", *psm, "librdmacm1")
    return ("ibverbs-providers", "libibverbs1", *(("libpsm2-2",) if intel else ()), "librdmacm1t64")


def _cpu_only(context: Context) -> str:
    if context.device is Device.CUDA:
        return "the distribution's libfabric has no CUDA and is too old for NIXL's EFA options"
    return ""


COMPONENT = Component(
    name="libfabric",
    summary="OpenFabrics Interfaces",
    licence="BSD-2-Clause OR GPL-2.0-only",
    homepage="https://github.com/ofiwg/libfabric",
    provider=LIBFABRIC_PROVIDER,
    providers={
        **compiled(
            "libfabric",
            script=script(__file__, "source.sh"),
            build=BuildKind.AUTOTOOLS,
            packages=BUILD_PACKAGES,
            env=lambda context: {"FLAGS": " ".join(flags(context)), "PREFIX": PREFIX},
            ref=NIXL_LIBFABRIC_REF,
            version=LIBFABRIC_PACKAGE_VERSION,
            needs_if=lambda context: ("gdrcopy",) if context.device is Device.CUDA else (),
            misfit=_cpu_only,
        ),
        "package": Provider(
            summary="the distribution's packages libfabric1, libfabric-dev and libfabric-bin",
            script=script(__file__, "package.sh"),
            env=lambda context: {
                "PREFIX": PREFIX,
                "VERSION": context.params[LIBFABRIC_PACKAGE_VERSION],
            },
            tags=(Tag.NETWORK,),
            misfit=_cpu_only,
        ),
    },
    outputs=(PREFIX,),
    runtime=Runtime(
        packages=_packages, libraries=lambda _: (f"{PREFIX}/lib",), path=(f"{PREFIX}/bin",)
    ),
    checks=checks,
)
