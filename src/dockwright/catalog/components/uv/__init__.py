"""uv: resolves and installs the Python stacks; also in the image, for its users."""

from __future__ import annotations

from dockwright.catalog.checks import prints
from dockwright.catalog.scripts import lock, shared
from dockwright.model.check import Check
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Context, Provider
from dockwright.model.values import Family


def checks(_: Context) -> tuple[Check, ...]:
    """Both programs start."""
    return tuple(
        prints("uv", f"/usr/bin/{program}", "--version", expect=rf"{program} \d+\.\d+\.\d+")
        for program in ("uv", "uvx")
    )


COMPONENT = Component(
    name="uv",
    summary="Python package installer",
    licence="MIT OR Apache-2.0",
    homepage="https://github.com/astral-sh/uv",
    providers={
        "wheel": Provider(
            summary="the hash-locked wheel of the Python package index",
            script=shared("wheel-programs.sh"),
            packages={Family.APT: ("python3-pip-whl",)},
            env=lambda _: {
                "FOLDER": "/usr/bin",
                "PROGRAMS": "uv uvx",
                "REQUIREMENTS": lock("uv.txt"),
            },
            tags=(Tag.NETWORK, Tag.PYTHON),
        )
    },
    outputs=("/usr/bin/uv", "/usr/bin/uvx"),
    checks=checks,
)
