"""Dynamo: frontend, router, mocker, planner and the engine adapters, in a virtual environment."""

from __future__ import annotations

from dockwright.catalog import choices
from dockwright.catalog.build_tools import WHEELHOUSE
from dockwright.catalog.checks import absent, files, prints, resolves
from dockwright.catalog.parameters.features import ENABLE_MEDIA_FFMPEG, ENABLE_MEDIA_NIXL
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.scripts import lock, locks, script
from dockwright.errors import UserError
from dockwright.model.check import Check
from dockwright.model.kinds import VERSION
from dockwright.model.param import Case, Default, Param
from dockwright.model.plan import CacheMount, Tag
from dockwright.model.recipe import Component, Context, Provider, Runtime
from dockwright.model.values import Device

PREFIX = "/opt/dynamo/venv"

DYNAMO_PROVIDER = choices.provider(
    "dynamo",
    ("source", "wheel"),
    default="source",
    cases=(Case(value="wheel", device=(Device.CPU,)),),
)
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


FIRST_PARTY = ("ai-dynamo", "ai-dynamo-runtime")


def foreign(requirements_: str) -> str:
    """The lock without the wheels that are built here."""
    kept: list[str] = []
    skip = False
    for line in requirements_.splitlines(keepends=True):
        if not line.startswith((" ", "#")):
            skip = line.partition("==")[0] in FIRST_PARTY
        if not skip:
            kept.append(line)
    return "".join(kept)


def _built(context: Context) -> dict[str, str]:
    folders = {
        "ai_dynamo": "ai-dynamo",
        "dynamo_runtime": "ai-dynamo-runtime",
        "gpu_memory_service": "gpu-memory-service",
        "kvbm": "kvbm",
        "nixl_wheel": "nixl",
    }
    found = [f"{WHEELHOUSE}/{folders[name]}" for name in sorted(folders) if name in context.has]
    return {
        **_environment(context),
        # NIXL's and KVBM's wheels want torch, which an engine brings and this image does not have.
        "COMPLETE": "" if "nixl_wheel" in context.has else "yes",
        "REQUIREMENTS": foreign(requirements(context)),
        "WHEELS": " ".join(found),
    }


def _no_media(context: Context) -> str:
    on = [param.name for param in (ENABLE_MEDIA_NIXL, ENABLE_MEDIA_FFMPEG) if context.params[param]]
    if on:
        return f"the released wheels have no media features ({' and '.join(on)})"
    return ""


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


BYTECODE_CHECK, LEAN_CHECK = "bytecode is there", "no pip, no build files"
AGREE_CHECK = "requirements agree (uv pip check)"
OF_WHEELS = frozenset({BYTECODE_CHECK, LEAN_CHECK, AGREE_CHECK})
"""Names of checks that hold as long as the venv has the wheels and nothing of a developer's."""


def _agree() -> Check:
    return prints(
        "dynamo",
        "/usr/bin/uv",
        "pip",
        "check",
        "--no-cache",
        "--python",
        f"{PREFIX}/bin/python",
        expect="compatible",
        name=AGREE_CHECK,
    )


def checks(context: Context) -> tuple[Check, ...]:
    """What an image without an engine needs, then the stack as a user runs it."""
    version = context.params[AI_DYNAMO_VERSION]
    released = context.provider == "wheel"
    packages = f"{PREFIX}/lib/python3*/site-packages"
    return (
        Check(
            component="dynamo",
            name=f"modules import, version {version}" if released else "modules import",
            kind="imports",
            args={
                "python": f"{PREFIX}/bin/python",
                "user": "dynamo",
                "modules": list(MODULES),
                **({"distributions": dict.fromkeys(FIRST_PARTY, version)} if released else {}),
            },
        ),
        resolves("dynamo", f"{PREFIX}/lib", ours=False),
        *(() if "nixl_wheel" in context.has else (_agree(),)),
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
            BYTECODE_CHECK,
            f"{packages}/dynamo/frontend/__pycache__/main.cpython-3*.pyc",
        ),
        absent("dynamo", LEAN_CHECK, f"{packages}/pip", "/opt/dynamo/target"),
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
    provider=DYNAMO_PROVIDER,
    providers={
        "source": Provider(
            summary="the wheels that are built from Dynamo's source tree",
            script=script(__file__, "source.sh"),
            env=_built,
            caches=(CacheMount(id="dockwright-uv", target="/root/.cache/uv"),),
            tags=(Tag.NETWORK, Tag.PYTHON),
            needs=("ai_dynamo", "dynamo_runtime"),
        ),
        "wheel": Provider(
            summary="the hash-locked wheels of the Python package index",
            script=script(__file__, "wheel.sh"),
            env=_environment,
            caches=(CacheMount(id="dockwright-uv", target="/root/.cache/uv"),),
            tags=(Tag.NETWORK, Tag.PYTHON),
            misfit=_no_media,
        ),
    },
    needs=("uv",),
    uses=("gpu_memory_service", "kvbm", "nixl_wheel"),
    outputs=(PREFIX,),
    runtime=Runtime(env=lambda _: {"VIRTUAL_ENV": PREFIX}, path=(f"{PREFIX}/bin",)),
    checks=checks,
)
