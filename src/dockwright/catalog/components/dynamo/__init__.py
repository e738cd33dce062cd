"""Dynamo: frontend, router, mocker, planner and the engine adapters, in a virtual environment."""

from __future__ import annotations

from dockwright.catalog.checks import absent, files, prints, resolves
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


MODULES = (
    "dynamo._core",
    "dynamo.runtime",
    "dynamo.llm",
    "dynamo.frontend",
    "dynamo.frontend.main",
    "dynamo.mocker",
    "dynamo.mocker.main",
    "dynamo.router",
    "tokenizers",
    "transformers",
    "uvloop",
)


def checks(context: Context) -> tuple[Check, ...]:
    """What an image without an engine needs, then the stack as a user runs it."""
    version = context.params[AI_DYNAMO_VERSION]
    packages = f"{PREFIX}/lib/python3*/site-packages"
    return (
        Check(
            component="dynamo",
            name=f"modules import, version {version}",
            kind="imports",
            args={
                "python": f"{PREFIX}/bin/python",
                "user": "dynamo",
                "modules": list(MODULES),
                "distributions": {"ai-dynamo": version, "ai-dynamo-runtime": version},
            },
        ),
        resolves("dynamo", f"{PREFIX}/lib"),
        prints(
            "dynamo",
            "/usr/bin/uv",
            "pip",
            "check",
            "--no-cache",
            "--python",
            f"{PREFIX}/bin/python",
            expect="compatible",
            name="requirements agree (uv pip check)",
        ),
        files(
            "dynamo",
            "the venv is writable for group 0, no link dangles",
            PREFIX,
            f"{PREFIX}/bin",
            packages,
            f"{packages}/dynamo",
            mode="775",
            owner="1000:0",
            links_below=(PREFIX,),
        ),
        files(
            "dynamo",
            "bytecode is there",
            f"{packages}/dynamo/frontend/__pycache__/main.cpython-3*.pyc",
        ),
        absent("dynamo", "no pip, no build files", f"{packages}/pip", "/opt/dynamo/target"),
        Check(
            component="dynamo",
            name="etcd, NATS, mocker and frontend answer /v1/chat/completions",
            kind="serve",
            args={
                "python": f"{PREFIX}/bin/python",
                "etcd": "/usr/local/bin/etcd/etcd",
                "nats": "/usr/bin/nats-server",
                "user": "dynamo",
                "timeout": 90,
            },
        ),
    )


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
