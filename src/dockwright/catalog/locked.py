"""The provider `wheels` of an engine: its stack out of one lock, a layer for each large package.

No toolkit and no upstream image: what the engine needs of CUDA comes with its wheels, so any base
with the right Python will do. Everything is named by version and hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from operator import eq
from typing import Any

import msgspec
from msgspec.structs import replace

from dockwright.catalog.checks import prints
from dockwright.catalog.compat import rows
from dockwright.catalog.parameters.axes import CUDA_VERSION, PLATFORM
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.providers import ENGINE_PROVIDERS, LAYER_MIN_SIZE
from dockwright.catalog.parameters.sglang import SGLANG_VERSION
from dockwright.catalog.parameters.vllm import VLLM_REF
from dockwright.catalog.scripts import lock, locks
from dockwright.catalog.stack import OWNER, VENV, imports, python_path, stack_holds, stack_resolves
from dockwright.catalog.steps import python, shell
from dockwright.errors import Problem, UserError
from dockwright.model.check import Check
from dockwright.model.framework import Half, Own, PythonHome
from dockwright.model.param import Param
from dockwright.model.plan import Copy, Stage
from dockwright.model.recipe import Context, FrameworkRecipe
from dockwright.model.values import Framework

# vLLM asks for its device before it says anything, and there is none where images are built.
_ON_CPU = """
import runpy, sys
import vllm.platforms
from vllm.platforms.cpu import CpuPlatform
vllm.platforms._current_platform = CpuPlatform()
sys.argv = ["dynamo.vllm", "--help"]
runpy.run_module("dynamo.vllm", run_name="__main__")
"""
# SGLang's kernels are linked with the driver's library: an empty one does, as nothing calls it.
_WITHOUT_DRIVER = """
import ctypes, os, runpy, subprocess, sys, tempfile
with tempfile.TemporaryDirectory() as folder:
    stub = f"{folder}/libcuda.so.1"
    gcc = ["gcc", "-shared", "-Wl,-soname,libcuda.so.1", "-o", stub, "-x", "c", "/dev/null"]
    subprocess.run(gcc, check=True)
    ctypes.CDLL(stub, mode=ctypes.RTLD_GLOBAL)
sys.setdlopenflags(os.RTLD_LAZY)
sys.argv = ["dynamo.sglang", "--help"]
runpy.run_module("dynamo.sglang", run_name="__main__")
"""
HELP = {Framework.VLLM: _ON_CPU, Framework.SGLANG: _WITHOUT_DRIVER}
# What the wheels' libraries are linked with and do not bring: RDMA devices, NUMA, topology.
LIBRARIES = (
    *("ibverbs-providers", "libhwloc15", "libibmad5", "libibumad3", "libibverbs1", "libnuma1"),
    *("librdmacm1", "rdma-core"),
)
VERSIONS: dict[Framework, Param[str]] = {
    Framework.VLLM: VLLM_REF,
    Framework.SGLANG: SGLANG_VERSION,
}
"""Framework → who says the engine's version."""

# Two of them in one process do not know each other's memory and devices.
SINGLE = (r"libucp[-.].*so.*", r"libnixl[-.].*so.*")
REST = "py-rest"
INTO = "/part"
EPOCH = "315532800"
"""1980-01-01, the first day that a zip archive can say: the time of every file of a package.

Not SOURCE_DATE_EPOCH: a package's layer would be another one in each commit's image.
"""


def variant(recipe: FrameworkRecipe) -> FrameworkRecipe:
    """The recipe of the same framework with everything of Python from its lock."""
    return replace(
        recipe,
        components=lambda _: ("etcd", "nats", "uv"),
        own=own,
        from_image=False,
        python=PythonHome.VENV,
    )


def requirements(context: Context) -> str:
    """The lock for the version, the interpreter and the architecture. Raises UserError."""
    param = VERSIONS[context.framework]
    wanted = (
        context.params[param].removeprefix("v"),
        context.params[PYTHON_VERSION],
        context.arch.value,
    )
    available = _available(context.framework)
    if wanted not in available:
        version, release, arch = wanted
        raise _refusal(
            f"no wheels are locked for {context.framework} {version} on Python {release}, {arch}",
            where=_said(context, param, PYTHON_VERSION, PLATFORM),
            hint=f"{_nearest(wanted, available, param)}, or {_other_provider(context)}",
        )
    text = lock(available[wanted])
    majors = set(re.findall(r"^nvidia-[a-z0-9-]*-cu([0-9]+)==", text, re.MULTILINE))
    if majors != {context.cuda_major}:
        raise _refusal(
            f"the locked wheels are for CUDA {' and '.join(sorted(majors)) or 'none'}, "
            f"and CUDA {context.cuda} was asked for",
            where=_said(context, CUDA_VERSION),
            hint=f"use {_versions(context, majors)}{_other_provider(context)}",
        )
    return text


Wanted = tuple[str, str, str]


def _available(framework: Framework) -> dict[Wanted, str]:
    """(version, Python, architecture) → the file of the lock."""
    pattern = re.compile(rf"{framework}-(.+)-py(\d)(\d+)-(\w+)\.txt")
    found = (pattern.fullmatch(name) for name in locks())
    return {(lock[1], f"{lock[2]}.{lock[3]}", lock[4]): lock[0] for lock in found if lock}


def _nearest(wanted: Wanted, available: Mapping[Wanted, str], param: Param[str]) -> str:
    """The flags that lead to the lock that most of `wanted` agrees with."""
    flags = (param.flag, PYTHON_VERSION.flag, "--platform")
    best = max(available, key=lambda known: sum(map(eq, known, wanted)))
    texts = (best[0], f"{best[1]} with a base image that has it", f"linux/{best[2]}")
    return "use " + " ".join(
        f"{flag} {text}"
        for flag, text, value, asked in zip(flags, texts, best, wanted, strict=True)
        if value != asked
    )


def _said(context: Context, *params: Param[Any]) -> str:
    """Where a person said the first of these parameters that anybody said; empty for none."""
    origins = (context.params.value(param).origin for param in params)
    return next((origin.where for origin in origins if not origin.is_default), "")


def _versions(context: Context, majors: set[str]) -> str:
    known = (
        row.cuda
        for row in rows()
        if row.framework is context.framework and row.cuda.partition(".")[0] in majors
    )
    return "".join(f"{CUDA_VERSION.flag} {version}, or " for version in sorted(set(known)))


def _other_provider(context: Context) -> str:
    return f"another {ENGINE_PROVIDERS[context.framework].flag}"


def _refusal(what: str, *, where: str, hint: str) -> UserError:
    return UserError(problems=[Problem(rule="locked-wheels", what=what, where=where, hint=hint)])


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A package of a lock: its name, the bytes of its wheel, its lines with the hashes."""

    name: str
    size: int
    text: str


def pins(text: str) -> Iterator[Pin]:
    """The packages of a lock, in its order."""
    pattern = r"^# ([0-9]+) bytes\n(([A-Za-z0-9._-]+)==(?:.*\\\n)*.*\n)"
    for found in re.finditer(pattern, text, re.MULTILINE):
        yield Pin(name=found[3], size=int(found[1]), text=found[2])


@cache
def sizes() -> Mapping[str, int]:
    """Sha256 of a wheel → its bytes, for all that the locks note."""
    return {
        sha256: pin.size
        for name in locks()
        for pin in pins(lock(name))
        for sha256 in re.findall(r"--hash=sha256:([0-9a-f]{64})", pin.text)
    }


def groups(text: str, least: int) -> dict[str, str]:
    """Stage → its part of the lock; packages of less than `least` bytes are one part, the last.

    Whether a package is a stage of its own depends on nothing but the package, so that images of
    several engines, and rebuilds, share its layer. In an order that they share too: a new small
    package, the most frequent change, leaves the layers below it alone.
    """
    own = {f"py-{pin.name}": pin.text for pin in pins(text) if pin.size >= least}
    rest = "".join(pin.text for pin in pins(text) if pin.size < least)
    return {**{name: own[name] for name in sorted(own)}, REST: rest}


def _stage(name: str, part: str, context: Context) -> Stage:
    what = name.removeprefix("py-") if name != REST else "the small packages"
    return Stage(
        name=name,
        base="base",
        summary=f"{name}: {what} of the engine's stack, from its lock",
        component="python",
        steps=(
            Copy(stage="uv", source="/usr/bin/uv", target="/usr/bin/uv"),
            python(
                f"install {what}",
                shell("part.sh"),
                {
                    "PREFIX": VENV,
                    "PYTHON": python_path(context.params[PYTHON_VERSION]),
                    "REQUIREMENTS": part,
                    "INTO": INTO,
                    "WITH_VENV": "yes" if name == REST else "",
                    "USER_ID": OWNER.partition(":")[0],
                    "EPOCH": EPOCH,
                },
            ),
        ),
        outputs=(INTO,),
    )


def own(context: Context) -> Own:
    """A stage for each part of the lock, and the runtime's half that joins them."""
    least = context.params[LAYER_MIN_SIZE] * 1_000_000
    parts = groups(requirements(context), least)
    stages = tuple(_stage(name, part, context) for name, part in parts.items())
    copies = tuple(Copy(stage=name, source=INTO, target="/") for name in parts)
    whole = Stage(
        name="framework",
        base="base",
        summary="framework: the engine's whole stack",
        component=context.framework.value,
        steps=copies,
        outputs=(VENV,),
    )
    return Own(
        stages=(*stages, whole),
        half=Half(
            packages=(
                "build-essential",  # Triton compiles kernels' launchers at run time
                f"python{context.params[PYTHON_VERSION]}-dev",
                *LIBRARIES,
            ),
            copies=copies,
            env={
                "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
                "DYNAMO_HOME": "/workspace",
                "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
            },
        ),
        checks=_checks(context),
        complete=True,
    )


def _checks(context: Context) -> tuple[Check, ...]:
    framework = context.framework
    version = context.params[VERSIONS[framework]].removeprefix("v")
    interpreter = f"{VENV}/bin/python"
    return (
        imports(
            framework.value,
            ("torch", framework.value),
            {framework.value: version, "ai-dynamo": ""},
            name=f"{framework} {version} imports",
        ),
        Check(
            component=framework.value,
            name=f"dynamo.{framework} prints its help",
            kind="run",
            args={
                "argv": [interpreter, "-c", HELP[framework]],
                "expect": "--model",
                "user": "dynamo",
                "timeout": 300,
            },
        ),
        prints(
            framework.value,
            "/usr/bin/uv",
            "pip",
            "check",
            "--no-cache",
            "--python",
            interpreter,
            expect="compatible",
            name="requirements agree (uv pip check)",
        ),
        stack_resolves(framework.value, VENV),
        stack_holds(
            framework.value,
            "cuda",
            context.cuda_major,
            name=f"every wheel that is for CUDA is for CUDA {context.cuda_major}",
        ),
        stack_holds(framework.value, "single", *SINGLE, name="one copy of UCX and of NIXL"),
    )
