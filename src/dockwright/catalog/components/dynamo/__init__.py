"""Dynamo: frontend, router, mocker, planner and the engine adapters, in a virtual environment."""

from __future__ import annotations

from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.scripts import lock, locks, script
from dockwright.errors import UserError
from dockwright.model.check import Check
from dockwright.model.kinds import VERSION
from dockwright.model.param import Default, Param
from dockwright.model.plan import CacheMount, Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime

PREFIX = "/opt/dynamo/venv"

AI_DYNAMO_VERSION: Param[str] = Param(
    name="AI_DYNAMO_VERSION",
    kind=VERSION,
    help="Release of ai-dynamo and ai-dynamo-runtime on the Python package index.",
    default=Default(otherwise="0.9.0"),
    group="dynamo",
    example="0.9.0",
)


def requirements(context: Context) -> str:
    """The checked-in lock for the version and the interpreter. Raises UserError without one."""
    version = context.params[AI_DYNAMO_VERSION]
    python = context.params[PYTHON_VERSION]
    name = f"ai-dynamo-{version}-py{python.replace('.', '')}.txt"
    available = [found for found in locks() if found.startswith("ai-dynamo-")]
    if name not in available:
        origin = context.params.value(AI_DYNAMO_VERSION).origin
        raise UserError(
            f"no lock for ai-dynamo {version} on Python {python} "
            f"(AI_DYNAMO_VERSION: {origin.where}; PYTHON_VERSION: "
            f"{context.params.value(PYTHON_VERSION).origin.where})",
            hint=f"there are {', '.join(available)}; scripts/lock makes another",
        )
    return lock(name)


def _environment(context: Context) -> dict[str, str]:
    return {
        "PREFIX": PREFIX,
        "PYTHON": f"/usr/bin/python{context.params[PYTHON_VERSION]}",
        "REQUIREMENTS": requirements(context),
        "USER_ID": "1000",
        "UV_CACHE_DIR": "/root/.cache/uv",
    }


def checks(context: Context) -> tuple[Check, ...]:
    """Every module that an image without an engine needs, then the stack as a user runs it."""
    modules = ("dynamo._core", "dynamo.runtime", "dynamo.llm", "dynamo.frontend", "dynamo.mocker")
    imports = tuple(
        Check(
            component="dynamo",
            name=f"import {module}",
            kind="imports",
            args={"python": f"{PREFIX}/bin/python", "modules": [module]},
        )
        for module in modules
    )
    resolves = Check(
        component="dynamo",
        name="extension modules resolve",
        kind="resolves",
        args={"paths": [PREFIX]},
    )
    serve = Check(
        component="dynamo",
        name="etcd, NATS, mocker and frontend answer /v1/chat/completions",
        kind="serve",
        args={
            "python": f"{PREFIX}/bin/python",
            "etcd": "/usr/local/bin/etcd/etcd",
            "nats": "/usr/bin/nats-server",
            "user": "dynamo",
        },
    )
    return (resolves, *imports, serve)


COMPONENT = Component(
    name="dynamo",
    summary="frontend, router, mocker and engine adapters",
    licence="Apache-2.0",
    homepage="https://github.com/ai-dynamo/dynamo",
    providers={
        "wheel": Provider(
            summary="the hash-locked wheels of the Python package index",
            script=script(__file__, "wheel.sh"),
            env=_environment,
            caches=(CacheMount(id="dockwright-uv", target="/root/.cache/uv"),),
            tags=(Tag.NETWORK, Tag.PYTHON),
        )
    },
    needs=("uv",),
    outputs=(PREFIX,),
    runtime=Runtime(env=lambda _: {"VIRTUAL_ENV": PREFIX}, path=(f"{PREFIX}/bin",)),
    checks=checks,
)
