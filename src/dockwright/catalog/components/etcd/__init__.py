"""etcd: the key-value store in which Dynamo's processes find each other."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.checks import prints
from dockwright.catalog.parameters.native import ETCD_VERSION
from dockwright.catalog.pins import archive
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.param import Case
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime
from dockwright.model.source import Sourced
from dockwright.model.values import Device

ETCD_PROVIDER = choices.provider(
    "etcd",
    ("release", "package"),
    default="release",
    cases=(Case(value="package", device=(Device.CPU,)),),
)
ETCD_PACKAGE_VERSION = choices.package_version("etcd")
PREFIX = "/usr/local/bin/etcd"


def checks(_: Context) -> tuple[Check, ...]:
    """Server and client start; the served request keeps its registrations in it."""
    return (
        prints("etcd", f"{PREFIX}/etcd", "--version", expect=r"etcd Version: 3\.\d+\.\d+"),
        prints(
            "etcd",
            f"{PREFIX}/etcdctl",
            "version",
            expect=r"etcdctl version: 3\.\d+\.\d+",
            env={"ETCDCTL_API": "3"},
        ),
        Check(
            component="etcd",
            name="it is on PATH",
            kind="env",
            args={"variables": {}, "contains": {"PATH": [PREFIX]}},
        ),
    )


COMPONENT = Component(
    name="etcd",
    summary="distributed key-value store",
    licence="Apache-2.0",
    homepage="https://github.com/etcd-io/etcd",
    provider=ETCD_PROVIDER,
    providers={
        "release": Provider(
            summary="upstream's release archive",
            script=script(__file__, "release.sh"),
            env=lambda _: {"PREFIX": PREFIX},
            sources=lambda context: (
                Sourced(source=archive("etcd", context, ETCD_VERSION), target="/src/etcd"),
            ),
        ),
        "package": Provider(
            summary="the distribution's packages etcd-server and etcd-client",
            script=script(__file__, "package.sh"),
            env=lambda context: {
                "PREFIX": PREFIX,
                "VERSION": context.params[ETCD_PACKAGE_VERSION],
            },
            tags=(Tag.NETWORK,),
        ),
    },
    outputs=(PREFIX,),
    runtime=Runtime(path=(PREFIX,)),
    checks=checks,
)
