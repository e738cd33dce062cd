"""The stage that components are compiled in. It holds compilers; a component brings the rest.

CUDA images: manylinux_2_28 (glibc 2.28, so that what is built runs on any base) with a GCC toolset
that nvcc accepts, and the toolkit of the base image. CPU images: the base with its own compilers.
"""

from __future__ import annotations

from dockwright.catalog.parameters.images import MANYLINUX_IMAGE
from dockwright.catalog.parameters.native import GCC_TOOLSET_VERSION
from dockwright.catalog.steps import install, shell
from dockwright.catalog.systems import system
from dockwright.model.param import Params
from dockwright.model.plan import BaseImage, Copy, Env, RegistryImage, Run, Stage, Tag
from dockwright.model.values import Device, Family, Os
from dockwright.planning import names

IMAGE = "toolchain-image"
CUDA = "/usr/local/cuda"

# gdb, documentation and the like of build-essential's friends stay out; each component brings more.
APT_PACKAGES = ("build-essential", "pkg-config")


def toolchain_os(device: Device, base: Os) -> Os:
    """The system inside the toolchain stage."""
    return system("almalinux", "8") if device is Device.CUDA else base


def base_outputs(device: Device) -> tuple[str, ...]:
    """What the toolchain copies out of the base stage."""
    return (CUDA,) if device is Device.CUDA else ()


def toolchain(device: Device, base: Os, params: Params) -> tuple[Stage, dict[str, BaseImage]]:
    """The stage, and the images that it adds to the plan."""
    if device is not Device.CUDA:
        return _distribution(base), {}
    version = params[GCC_TOOLSET_VERSION]
    root = f"/opt/rh/gcc-toolset-{version}/root/usr"
    stage = Stage(
        name=names.TOOLCHAIN,
        base=IMAGE,
        summary=f"toolchain: GCC {version} on glibc 2.28, with the CUDA toolkit of the base",
        component="toolchain",
        steps=(
            Run(
                title=f"install GCC {version}",
                script=shell("toolset.sh"),
                env={
                    "PACKAGES": " ".join(
                        f"gcc-toolset-{version}-{part}" for part in ("binutils", "gcc", "gcc-c++")
                    )
                },
                tags=(Tag.NETWORK,),
            ),
            Copy(stage=names.BASE, source=CUDA, target=CUDA),
            Env(
                values={
                    "CC": f"{root}/bin/gcc",
                    "CXX": f"{root}/bin/g++",
                    "CUDA_PATH": CUDA,
                    "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
                },
                prepend={
                    "PATH": (f"{CUDA}/bin", f"{root}/bin"),
                    "LD_LIBRARY_PATH": (
                        f"{CUDA}/lib64",
                        "/usr/local/lib",
                        "/usr/local/lib64",
                        f"{root}/lib64",
                    ),
                },
            ),
        ),
    )
    return stage, {IMAGE: RegistryImage(ref=params[MANYLINUX_IMAGE])}


def _distribution(base: Os) -> Stage:
    if base.family is not Family.APT:
        raise ValueError(f"no toolchain for {base}")
    return Stage(
        name=names.TOOLCHAIN,
        base=names.BASE,
        summary=f"toolchain: the compilers of {base}",
        component="toolchain",
        steps=install(APT_PACKAGES, base.family, title="install the compilers"),
    )
