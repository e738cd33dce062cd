"""The frontend image: no GPU, the endpoint picker, and Dynamo's own venv without an engine."""

from __future__ import annotations

from msgspec.structs import replace

from dockwright.catalog.checks import files
from dockwright.catalog.parameters.images import EPP_IMAGE, FRONTEND_BASE_IMAGE
from dockwright.catalog.parameters.vllm import TORCH_BACKEND
from dockwright.catalog.stack import MODULES, TORCH_INDEX, imports
from dockwright.catalog.steps import install, shell
from dockwright.catalog.systems import guess
from dockwright.errors import UserError
from dockwright.model.check import Check
from dockwright.model.plan import (
    BaseImage,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Label,
    RegistryImage,
    Run,
    Stage,
    Step,
    User,
    Workdir,
)
from dockwright.model.values import Os
from dockwright.planning import names
from dockwright.planning.site import Site
from dockwright.planning.targets import common
from dockwright.planning.targets.workspace import BENCHMARKS, workspace_copy

READER = "frontend"
IMAGE = "frontend-image"
EPP = "epp"
EPP_FROM = "epp-image"
EPP_PACKAGES = ("ca-certificates", "libstdc++6", "gnupg2", "git", "git-lfs")


def images(site: Site) -> dict[str, BaseImage]:
    """The endpoint picker's image, and the frontend's own base where it has one."""
    params = site.read(READER)
    found: dict[str, BaseImage] = {EPP_FROM: RegistryImage(ref=params[EPP_IMAGE])}
    if params[FRONTEND_BASE_IMAGE]:
        found[IMAGE] = RegistryImage(ref=params[FRONTEND_BASE_IMAGE])
    return found


def system(site: Site) -> Os:
    """The system of the frontend's base."""
    image = site.read(READER)[FRONTEND_BASE_IMAGE]
    return guess(image, "") if image else site.context.os


def epp_stage() -> Stage:
    """The endpoint picker, out of its image."""
    return Stage(
        name=EPP,
        base=EPP_FROM,
        summary="epp: the endpoint picker",
        component=READER,
        outputs=("/epp",),
    )


def frontend_stage(site: Site) -> Stage:
    """Like a runtime, without CUDA; the venv comes whole from its stage or is made here."""
    python = site.python(READER)
    own_base = bool(site.read(READER)[FRONTEND_BASE_IMAGE])
    inside = system(site)
    if inside.python != python:
        raise UserError(
            f"the frontend's base has Python {inside.python}, the wheels are for {python}",
            hint="name a FRONTEND_BASE_IMAGE with that Python, or another PYTHON_VERSION",
        )
    shipped = [
        (part, replace(seen, os=inside)) for part, seen in site.shipped if part.name in SHIPPED
    ]
    values, path = common.environment(shipped)
    path = (*(entry for entry in path if entry != common.VENV_BIN), common.VENV_BIN)
    directories = common.libraries(shipped)
    packages = [package for part, seen in shipped for package in part.runtime.packages(seen)]
    steps: list[Step] = [
        *install(
            (*EPP_PACKAGES, f"python{python}", f"python{python}-dev", *packages),
            inside.family,
            title="install the runtime libraries",
        ),
        Run(
            title=f"python3 is Python {python}",
            script=shell("python.sh"),
            env={"PYTHON": f"/usr/bin/python{python}"},
        ),
        common.create_user(),
        Copy(stage=EPP, source="/epp", target="/epp"),
        *common.copies(shipped),
        workspace_copy(),
        common.python_stack(
            site,
            "what the frontend has beside Dynamo",
            (*common.requirements("common"), BENCHMARKS),
            interpreter=f"{names.VENV}/bin/python",
            prefix=names.VENV,
            system=False,
            wheels=False,
            # Without a GPU; an empty backend takes what the package index has.
            extra_index=f"{TORCH_INDEX}/cpu" if site.read(READER)[TORCH_BACKEND] else "",
        ),
        *common.banner("frontend", activate=names.VENV),
        common.login_path(10, path),
        common.writable(names.VENV),
        *common.loader(directories),
        Env(
            values={
                **values,
                "HOME": common.HOME,
                "DYNAMO_HOME": "/opt/dynamo",
                "VIRTUAL_ENV": names.VENV,
            },
            prepend={"PATH": path},
        ),
        Workdir(path="/"),
        User(name=names.USER),
        Entrypoint(argv=("/epp",)),
        Cmd(argv=()),
        Label(values=common.labels(site)),
        *common.commit(site, READER),
    ]
    return Stage(
        name=READER,
        base=IMAGE if own_base else names.BASE,
        summary="frontend: the endpoint picker and Dynamo's frontend, without a GPU",
        component="image",
        steps=tuple(steps),
    )


SHIPPED = ("dynamo", "ffmpeg", "libfabric", "nixl", "ucx", "uv")
"""What the frontend needs of the runtime: loadable libraries under the wheels, but no services."""


def frontend_checks() -> tuple[Check, ...]:
    """The endpoint picker is there, and the frontend can be imported."""
    return (
        files("frontend", "the endpoint picker is there", "/epp", executable=True),
        imports("frontend", MODULES, name="frontend and router import"),
    )
