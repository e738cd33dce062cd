"""Rust: cargo and rustc, for the wheels that are built from source. No image keeps it but dev."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.parameters.images import RUSTARCH
from dockwright.catalog.parameters.native import RUST_VERSION, RUSTUP_VERSION
from dockwright.catalog.pins import archive
from dockwright.catalog.scripts import script
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Provider
from dockwright.model.source import Sourced
from dockwright.model.values import Family

RUST_PROVIDER = choices.provider("rust", ("rustup", "package"), default="rustup")
RUSTUP_HOME = "/usr/local/rustup"
CARGO_HOME = "/usr/local/cargo"


COMPONENT = Component(
    name="rust",
    summary="Rust compiler and cargo",
    licence="MIT OR Apache-2.0",
    homepage="https://www.rust-lang.org",
    provider=RUST_PROVIDER,
    providers={
        "rustup": Provider(
            summary="rustup, which checks what it gets against the release's manifest",
            script=script(__file__, "rustup.sh"),
            env=lambda context: {
                "CARGO_HOME": CARGO_HOME,
                "HOST": context.params[RUSTARCH],
                "RUSTUP_HOME": RUSTUP_HOME,
                "VERSION": context.params[RUST_VERSION].removeprefix("v"),
            },
            sources=lambda context: (
                Sourced(source=archive("rustup", context, RUSTUP_VERSION), target="/src/rust"),
            ),
            tags=(Tag.NETWORK,),
        ),
        "package": Provider(
            summary="the distribution's newest rustc and cargo",
            script=script(__file__, "package.sh"),
            packages={Family.APT: ("patchelf",)},
            env=lambda _: {"CARGO_HOME": CARGO_HOME, "RUSTUP_HOME": RUSTUP_HOME},
            tags=(Tag.NETWORK,),
            misfit=choices.not_beside_the_toolchain,
        ),
    },
    outputs=(RUSTUP_HOME, CARGO_HOME),
    ships=False,
)
