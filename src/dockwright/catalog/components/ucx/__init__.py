"""UCX: the transport layer under NIXL and MPI."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.build_tools import compiled
from dockwright.catalog.checks import absent, files, loader, prints, resolves
from dockwright.catalog.parameters.native import NIXL_UCX_REF
from dockwright.catalog.pins import git
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.param import Case
from dockwright.model.plan import BuildKind, Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime
from dockwright.model.values import Device, Family

UCX_PROVIDER = choices.provider(
    "ucx",
    ("source", "distro", "package"),
    default="source",
    cases=(Case(value="package", device=(Device.CPU,)),),
)
UCX_PACKAGE_VERSION = choices.package_version("ucx")
PREFIX = "/usr/local/ucx"

BUILD_PACKAGES = {
    Family.DNF: (
        "autoconf",
        "automake",
        "libibverbs-devel",
        "librdmacm-devel",
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
        "librdmacm-dev",
        "libtool",
        "make",
        "pkg-config",
    ),
}


def flags(context: Context) -> tuple[str, ...]:
    """Options of configure. An explicit --with-… makes a missing dependency an error."""
    common = (
        "--enable-shared",
        "--disable-static",
        "--disable-doxygen-doc",
        "--enable-optimizations",
        "--enable-cma",
        "--enable-devel-headers",
        "--enable-mt",
        "--with-verbs",
        "--without-java",
        "--without-go",
    )
    if context.device is Device.CPU:
        return (*common, "--without-cuda", "--without-gdrcopy", "--without-rocm")
    gdrcopy = "--with-gdrcopy=/usr/local/gdrcopy"
    return (*common, "--with-cuda=/usr/local/cuda", "--with-dm", gdrcopy, "--with-efa")


def checks(context: Context) -> tuple[Check, ...]:
    """It starts, finds its modules, resolves, and is the only UCX of the image."""
    libraries = tuple(f"{PREFIX}/lib/lib{name}.so.0" for name in ("ucm", "ucp", "ucs", "uct"))
    modules: tuple[str, ...] = ("libuct_ib.so.0",)
    if context.device is Device.CUDA:
        modules += ("libuct_cuda.so.0", "libuct_cuda_gdrcopy.so.0", "libuct_rdmacm.so.0")
    return (
        prints("ucx", f"{PREFIX}/bin/ucx_info", "-v", expect=version(context)),
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
            *(f"{PREFIX}/lib/ucx/{module}" for module in modules),
            f"{PREFIX}/lib/pkgconfig/ucx.pc",
            f"{PREFIX}/include/ucp/api/ucp.h",
            links_below=(f"{PREFIX}/lib",),
        ),
        loader("ucx", "libucp.so.0", f"{PREFIX}/lib"),
        absent("ucx", "one UCX only", "/usr/lib/*-linux-gnu/libucp.so*"),
    )


def version(context: Context) -> str:
    """What ucx_info must say: the release of the pin, else of the distribution."""
    # 1.13 says "# Version 1.13.1", 1.18 "# Library version: 1.18.1".
    words = "(?:Version|Library version:) "
    if context.provider != "source":
        return rf"{words}1\.\d+\.\d+"
    release = git("ucx", context, NIXL_UCX_REF).ref.removeprefix("v")
    return f"{words}{release.replace('.', '[.]')}" if release else rf"{words}1\.\d+\.\d+"


def _packages(context: Context) -> tuple[str, ...]:
    # Found with ldd in a clean base. ibverbs-providers holds libmlx5, which libuct_ib links. What
    # is compiled here has ucx_perftest, which needs OpenMP.
    common = ("ibverbs-providers", "libibverbs1", "libnuma1")
    openmp = () if context.provider == "package" else ("libgomp1",)
    rdma = "librdmacm1" if context.os.release == "bookworm" else "librdmacm1t64"
    return (*common, *openmp, rdma)


def _cpu_only(context: Context) -> str:
    if context.device is Device.CUDA:
        return "the distribution's UCX is built without CUDA"
    return ""


COMPONENT = Component(
    name="ucx",
    summary="unified communication transports",
    licence="BSD-3-Clause",
    homepage="https://github.com/openucx/ucx",
    provider=UCX_PROVIDER,
    providers={
        **compiled(
            "ucx",
            script=script(__file__, "source.sh"),
            build=BuildKind.AUTOTOOLS,
            packages=BUILD_PACKAGES,
            env=lambda context: {"FLAGS": " ".join(flags(context)), "PREFIX": PREFIX},
            ref=NIXL_UCX_REF,
            version=UCX_PACKAGE_VERSION,
            needs_if=lambda context: ("gdrcopy",) if context.device is Device.CUDA else (),
            misfit=_cpu_only,
        ),
        "package": Provider(
            summary="the distribution's packages libucx0, libucx-dev and ucx-utils",
            script=script(__file__, "package.sh"),
            env=lambda context: {"PREFIX": PREFIX, "VERSION": context.params[UCX_PACKAGE_VERSION]},
            tags=(Tag.NETWORK,),
            misfit=_cpu_only,
        ),
    },
    outputs=(PREFIX,),
    runtime=Runtime(
        packages=_packages,
        libraries=lambda _: (f"{PREFIX}/lib", f"{PREFIX}/lib/ucx"),
        path=(f"{PREFIX}/bin",),
    ),
    checks=checks,
)
