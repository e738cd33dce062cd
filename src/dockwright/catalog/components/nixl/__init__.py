"""NIXL: moves KV blocks between GPUs, hosts and storage. The native library and its plugins."""

from __future__ import annotations

from dockwright.catalog.build_tools import PYTHON_TOOLS, python, tools
from dockwright.catalog.checks import files, loader, prints, resolves
from dockwright.catalog.compat import find_row
from dockwright.catalog.parameters.native import NIXL_REF
from dockwright.catalog.pins import fixed, git
from dockwright.catalog.scripts import script
from dockwright.catalog.stack import VENV
from dockwright.model.check import Check
from dockwright.model.plan import BuildKind
from dockwright.model.recipe import Component, Context, On, Provider, Runtime, Wheels
from dockwright.model.source import Sourced
from dockwright.model.values import Device, Family, Framework

PREFIX = "/opt/nvidia/nvda_nixl"
META = f"{PREFIX}/share/wheels"
CUDA = "/usr/local/cuda"

# What Meson would download while it configures. Without prometheus-cpp: no telemetry plugin.
WRAPS = (
    ("abseil", "20240722.0"),
    ("abseil_patch", "20240722.0-3"),
    ("asio", "1.30.2"),
    ("asio_patch", "1.30.2-2"),
    ("taskflow", "3.10.0"),
)
BUILD_PACKAGES = {
    Family.DNF: ("cmake", "hwloc-devel", "numactl-devel", "rdma-core-devel", "zlib-devel"),
    Family.APT: (
        "cmake",
        "libhwloc-dev",
        "libibverbs-dev",
        "libnuma-dev",
        "python3-dev",
        "zlib1g-dev",
    ),
}


def libraries(context: Context) -> str:
    """Where the libraries are, in the builder and in the image alike."""
    return f"{PREFIX}/lib/{context.arch.multiarch}"


def plugins(context: Context) -> tuple[str, ...]:
    """The plugins that must be there afterwards; Meson leaves out silently what it cannot build."""
    if context.device is Device.CPU:
        return ("UCX", "POSIX")
    object_store = ("OBJ",) if "aws_sdk_cpp" in context.has else ()
    return ("UCX", "POSIX", "LIBFABRIC", "GDS", "GDS_MT", *object_store)


def options(context: Context) -> tuple[str, ...]:
    """Meson's options, for the library and for the wheel alike, so that both have equal plugins."""
    found = ["-Ducx_path=/usr/local/ucx", f"-Denable_plugins={','.join(plugins(context))}"]
    if context.device is Device.CUDA:
        found += [
            f"-Dcudapath_lib={CUDA}/lib64",
            f"-Dcudapath_inc={CUDA}/include",
            f"-Dcudapath_stub={CUDA}/lib64/stubs",
            "-Dlibfabric_path=/usr/local/libfabric",
        ]
    else:
        found += ["-Ddisable_gds_backend=true"]
    return tuple(found)


def package(context: Context) -> str:
    """The wheel's name: that of the matrix, by the parameters, never by what nvcc says."""
    row = find_row(context.framework, context.device, context.cuda)
    # A cell that does not exist is refused by name elsewhere.
    return row.nixl_package if row else "nixl"


def needs(context: Context) -> tuple[str, ...]:
    """What the plugins link."""
    return ("ucx", "libfabric") if context.device is Device.CUDA else ("ucx",)


def sources(context: Context, component: str) -> tuple[Sourced, ...]:
    """NIXL's tree, and the archives in the cache where Meson looks first."""
    tree = Sourced(source=git("nixl", context, NIXL_REF), target=f"/src/{component}/tree")
    return (
        tree,
        *(
            Sourced(source=fixed(name, version, context), target=f"/src/{component}/packagecache")
            for name, version in WRAPS
        ),
    )


def env(context: Context) -> dict[str, str]:
    """What both scripts read."""
    libfabric = "/usr/local/libfabric/lib/pkgconfig"
    aws = ":/usr/local/aws-sdk-cpp/lib/pkgconfig" if "aws_sdk_cpp" in context.has else ""
    paths = "/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib"
    return {
        **tools(context, "nixl"),
        "CMAKE_PREFIX_PATH": "/usr/local/ucx:/usr/local/aws-sdk-cpp",
        "LIBRARIES": f"{paths}:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib",
        "OPTIONS": " ".join(options(context)),
        "PACKAGE": package(context),
        "PKG_CONFIG_PATH": f"/usr/local/ucx/lib/pkgconfig:{libfabric}{aws}",
        "PREFIX": PREFIX,
    }


def loads(context: Context, component: str, *modules: str) -> tuple[Check, ...]:
    """The bindings and then further native modules load, without a GPU, its driver and torch.

    Images with an engine have torch and import the whole packages instead: catalog/native.py.
    """
    if context.framework is not Framework.NONE:
        return ()
    wanted = (f"{package(context).replace('-', '_')}._bindings", *modules)
    return (
        prints(
            component,
            f"{VENV}/bin/python",
            "-c",
            script(__file__, "load.py"),
            *wanted,
            expect=f"^loaded {wanted[-1]}",
            name=f"{wanted[-1]} loads",
        ),
    )


def checks(context: Context) -> tuple[Check, ...]:
    """The libraries and every wanted plugin are there, resolve and are found."""
    where = libraries(context)
    wanted = tuple(f"{where}/plugins/libplugin_{name}.so" for name in plugins(context))
    return (
        resolves("nixl", where),
        files(
            "nixl",
            f"libraries and the plugins {', '.join(plugins(context))} are there",
            *(f"{where}/lib{name}.so" for name in ("nixl", "nixl_build", "nixl_common")),
            *wanted,
            links_below=(where,),
        ),
        loader("nixl", "libnixl.so", where),
    )


def _packages(context: Context) -> tuple[str, ...]:
    return ("libhwloc15",) if context.device is Device.CUDA else ()


COMPONENT = Component(
    name="nixl",
    summary="transfer library and its plugins",
    licence="MIT AND Apache-2.0",
    homepage="https://github.com/ai-dynamo/nixl",
    providers={
        "source": Provider(
            summary="upstream's git",
            script=script(__file__, "source.sh"),
            prepare=PYTHON_TOOLS,
            packages=BUILD_PACKAGES,
            env=lambda context: {
                **env(context),
                "LIBDIR": f"lib/{context.arch.multiarch}",
                "META": META,
                "PLUGINS": " ".join(plugins(context)),
            },
            sources=lambda context: sources(context, "nixl"),
            on=On.TOOLCHAIN,
            build=BuildKind.MESON,
            wheels=lambda context: Wheels(
                folder=META, patterns=("nixl-*-py3-none-any.whl",), python=python(context)
            ),
            needs=("uv",),
            needs_if=needs,
        )
    },
    outputs=(PREFIX,),
    uses=("aws_sdk_cpp", "gdrcopy"),
    runtime=Runtime(
        packages=_packages,
        env=lambda context: {
            "NIXL_PREFIX": PREFIX,
            "NIXL_LIB_DIR": libraries(context),
            "NIXL_PLUGIN_DIR": f"{libraries(context)}/plugins",
        },
        libraries=lambda context: (libraries(context), f"{libraries(context)}/plugins"),
    ),
    checks=checks,
)
