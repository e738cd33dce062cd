"""AWS SDK for C++, S3 only: NIXL's object store plugin (OBJ) is made from it."""

from __future__ import annotations

from dockwright.catalog.checks import files, resolves
from dockwright.catalog.parameters.native import AWS_SDK_CPP_VERSION
from dockwright.catalog.pins import git
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import BuildKind
from dockwright.model.recipe import Component, Context, On, Provider, Runtime
from dockwright.model.source import Sourced
from dockwright.model.values import Family

PREFIX = "/usr/local/aws-sdk-cpp"


def checks(_: Context) -> tuple[Check, ...]:
    """Its libraries are there and resolve, OpenSSL of the builder included."""
    names = ("aws-cpp-sdk-core", "aws-cpp-sdk-s3", "aws-crt-cpp", "s2n")
    return (
        resolves("aws_sdk_cpp", f"{PREFIX}/lib"),
        files(
            "aws_sdk_cpp",
            "libraries are there with their links",
            *(f"{PREFIX}/lib/lib{name}.so" for name in names),
            links_below=(f"{PREFIX}/lib",),
        ),
    )


COMPONENT = Component(
    name="aws_sdk_cpp",
    summary="S3 client for NIXL's object store plugin",
    licence="Apache-2.0",
    homepage="https://github.com/aws/aws-sdk-cpp",
    providers={
        "source": Provider(
            summary="upstream's git with its submodules",
            script=script(__file__, "source.sh"),
            packages={
                Family.DNF: (
                    "cmake",
                    "libcurl-devel",
                    "libuuid-devel",
                    "make",
                    "openssl-devel",
                    "zlib-devel",
                ),
                Family.APT: (
                    "cmake",
                    "libcurl4-openssl-dev",
                    "libssl-dev",
                    "make",
                    "uuid-dev",
                    "zlib1g-dev",
                ),
            },
            env=lambda context: {
                "BUNDLE": "libcrypto libssl" if context.os.family is Family.DNF else "",
                "PREFIX": PREFIX,
            },
            sources=lambda context: (
                Sourced(
                    source=git("aws_sdk_cpp", context, AWS_SDK_CPP_VERSION),
                    target="/src/aws_sdk_cpp/tree",
                ),
            ),
            on=On.TOOLCHAIN,
            build=BuildKind.CMAKE,
        )
    },
    outputs=(PREFIX,),
    runtime=Runtime(
        packages=lambda context: (
            ("libcurl4",) if context.os.release == "bookworm" else ("libcurl4t64",)
        ),
        libraries=lambda _: (f"{PREFIX}/lib",),
    ),
    checks=checks,
)
