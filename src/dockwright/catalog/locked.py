"""The provider `wheels` of an engine: its stack out of one lock, a layer for each large package.

No toolkit and no upstream image: what the engine needs of CUDA comes with its wheels, so any base
with the right Python will do. Everything is named by version and hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from dockwright.catalog.checks import prints
from dockwright.catalog.components import dynamo
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.sglang import SGLANG_VERSION
from dockwright.catalog.parameters.vllm import VLLM_REF
from dockwright.catalog.scripts import lock, locks, script
from dockwright.catalog.stack import VENV, imports, python_path, resolves
from dockwright.catalog.steps import python
from dockwright.errors import Problem, UserError
from dockwright.model.check import Check
from dockwright.model.framework import Half, Own, PythonHome
from dockwright.model.param import Param
from dockwright.model.plan import Copy, Stage
from dockwright.model.recipe import Context, FrameworkRecipe
from dockwright.model.values import Framework

VERSIONS: dict[Framework, Param[str]] = {
    Framework.VLLM: VLLM_REF,
    Framework.SGLANG: SGLANG_VERSION,
}
"""Framework → who says the engine's version."""

# Each of these is a stage and a layer of its own. Its text depends on nothing but the package and
# the interpreter, so that images of several engines, and rebuilds, share it.
LARGE = re.compile(
    r"(nvidia|flashinfer|cupy|opencv|apache-tvm|intel)-.*"
    r"|torch|torchvision|torchaudio|triton|vllm|xformers|sgl-kernel|sglang|ray|transformers|scipy"
    r"|pandas|pyarrow|numpy|numba|llvmlite|xgrammar|llguidance|mistral-common|decord2?|ai-dynamo-runtime"
)
REST = "py-rest"
SITE_MODULES = {
    Framework.VLLM: ("torch", "vllm", "dynamo.vllm.args"),
    Framework.SGLANG: ("torch", "sglang", "dynamo.sglang.args"),
}


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
    version = context.params[VERSIONS[context.framework]].removeprefix("v")
    release = context.params[PYTHON_VERSION]
    name = f"{context.framework}-{version}-py{release.replace('.', '')}-{context.arch}.txt"
    available = [found for found in locks() if found.startswith(f"{context.framework}-")]
    if name not in available:
        raise UserError(
            problems=[
                Problem(
                    rule="locked-wheels",
                    what=f"no lock for {context.framework} {version} on Python {release}, "
                    f"{context.arch}",
                    hint=f"there are {', '.join(available) or 'none'}; scripts/lock makes another",
                )
            ]
        )
    text = lock(name)
    majors = set(re.findall(r"^nvidia-[a-z0-9-]*-cu([0-9]+)==", text, re.MULTILINE))
    if majors != {context.cuda_major}:
        raise UserError(
            problems=[
                Problem(
                    rule="locked-wheels",
                    what=f"{name} is for CUDA {' and '.join(sorted(majors)) or 'no version'}; "
                    f"you asked for {context.cuda}",
                    hint=f"use a CUDA version {min(majors, default='')}.x, or another provider",
                )
            ]
        )
    return text


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Package → its lines of the lock, hashes included."""
    for found in re.finditer(r"^([A-Za-z0-9._-]+)==(?:.*\\\n)*.*\n", text, re.MULTILINE):
        yield found[1], found[0]


def groups(text: str) -> dict[str, str]:
    """Stage → its part of the lock; the small packages are one."""
    found: dict[str, str] = {}
    for name, block in blocks(text):
        stage = f"py-{name}" if LARGE.fullmatch(name) else REST
        found[stage] = found.get(stage, "") + block
    return found


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
                script(dynamo.__file__, "part.sh"),
                {
                    "PREFIX": VENV,
                    "PYTHON": python_path(context.params[PYTHON_VERSION]),
                    "REQUIREMENTS": part,
                    "USER_ID": "1000",
                },
            ),
        ),
        outputs=(VENV,),
    )


def own(context: Context) -> Own:
    """A stage for each part of the lock, and the runtime's half that joins them."""
    parts = groups(requirements(context))
    # The small packages last: they change most often, and what they bring twice (the venv's own
    # files) is the same in each part.
    order = [*sorted(name for name in parts if name != REST), REST]
    stages = tuple(_stage(name, parts[name], context) for name in order)
    copies = tuple(Copy(stage=name, source=VENV, target=VENV) for name in order)
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
            packages=("build-essential", f"python{context.params[PYTHON_VERSION]}-dev"),
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
            (*SITE_MODULES[framework][:2],),
            {framework.value: version, "ai-dynamo": ""},
            name=f"{framework} {version} imports",
        ),
        prints(
            framework.value,
            interpreter,
            "-m",
            f"dynamo.{framework}",
            "--help",
            expect="--model",
            name=f"dynamo.{framework} prints its help",
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
        resolves(framework.value, f"{VENV}/lib/python3*/site-packages/torch/lib"),
    )
