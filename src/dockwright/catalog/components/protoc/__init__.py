"""protoc: the compiler of protocol buffers, for Rust's build scripts. No image keeps it."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.parameters.native import PROTOC_VERSION
from dockwright.catalog.pins import archive
from dockwright.catalog.scripts import script
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Provider
from dockwright.model.source import Sourced
from dockwright.model.values import Family

PROTOC_PROVIDER = choices.provider("protoc", ("release", "package"), default="release")
PREFIX = "/usr/local/protoc"


COMPONENT = Component(
    name="protoc",
    summary="compiler of protocol buffers",
    licence="BSD-3-Clause",
    homepage="https://github.com/protocolbuffers/protobuf",
    provider=PROTOC_PROVIDER,
    providers={
        "release": Provider(
            summary="upstream's release archive",
            script=script(__file__, "release.sh"),
            env=lambda _: {"PREFIX": PREFIX},
            sources=lambda context: (
                Sourced(source=archive("protoc", context, PROTOC_VERSION), target="/src/protoc"),
            ),
        ),
        "package": Provider(
            summary="the distribution's package protobuf-compiler",
            script=script(__file__, "package.sh"),
            packages={Family.APT: ("libprotobuf-dev", "protobuf-compiler")},
            env=lambda _: {"PREFIX": PREFIX},
            tags=(Tag.NETWORK,),
            misfit=choices.not_beside_the_toolchain,
        ),
    },
    outputs=(PREFIX,),
    ships=False,
)
