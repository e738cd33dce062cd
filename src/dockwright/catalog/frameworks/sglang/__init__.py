"""SGLang: the upstream image with its Python stack in the system's place, and our wheels on top."""

from __future__ import annotations

from dockwright.catalog import native
from dockwright.catalog.checks import files
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.sglang import (
    SGLANG_NVIDIA_PINS,
    SGLANG_URLLIB3,
    SGLANG_VERSION,
)
from dockwright.catalog.scripts import script
from dockwright.catalog.stack import imports, python_path
from dockwright.catalog.steps import python, shell
from dockwright.model.check import Check
from dockwright.model.framework import Half, Own, PythonHome
from dockwright.model.plan import Run
from dockwright.model.recipe import Context, FrameworkRecipe
from dockwright.model.values import Framework


def _half(context: Context) -> Half:
    params = context.params
    pins: tuple[str, ...] = params[SGLANG_NVIDIA_PINS]
    return Half(
        prepare=(
            # Both stand in the way of installing over the system's packages.
            Run(
                title="no packages that cannot be replaced",
                script=script(__file__, "remove.sh"),
                env={"PACKAGES": "python3-apt", "DISTRIBUTIONS": "termplotlib"},
            ),
        ),
        packages=("gnupg2",),
        finish=(
            python(
                "NVIDIA's packages in the versions that belong together",
                script(__file__, "pins.sh"),
                {
                    "PYTHON": python_path(params[PYTHON_VERSION]),
                    "PINS": "\n".join(pins),
                },
            ),
            Run(
                title="the workspace where the upstream image has its own",
                script=shell("links.sh"),
                env={"LINKS": "/sgl-workspace/dynamo /workspace"},
            ),
        ),
        requirements=(f"sglang=={params[SGLANG_VERSION].removeprefix('v')}",),
        raised=(params[SGLANG_URLLIB3],),
        env={
            "SGLANG_VERSION": params[SGLANG_VERSION],
            "SGLANG_FORCE_SHUTDOWN": "1",
            "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
            "DYNAMO_HOME": "/workspace",
        },
    )


def own(context: Context) -> Own:
    """SGLang's half of the runtime; it has no stages of its own."""
    return Own(half=_half(context), checks=_checks(context))


def _checks(context: Context) -> tuple[Check, ...]:
    version = context.params[SGLANG_VERSION].removeprefix("v")
    pins = dict(pin.split("==", 1) for pin in context.params[SGLANG_NVIDIA_PINS])
    return (
        imports(
            "sglang",
            ("torch", "sglang", *native.modules(context)),
            {"sglang": version, **pins},
            python=python_path(context.params[PYTHON_VERSION]),
            name=f"SGLang {version} of the upstream image imports, NVIDIA's pins hold",
        ),
        files("sglang", "the upstream workspace leads to ours", "/sgl-workspace/dynamo"),
    )


FRAMEWORK = FrameworkRecipe(
    name=Framework.SGLANG,
    summary="SGLang",
    components=native.components,
    own=own,
    from_image=True,
    python=PythonHome.SYSTEM,
)
