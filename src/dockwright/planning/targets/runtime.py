"""The runtime image: one order of steps for all frameworks."""

from __future__ import annotations

from dockwright.catalog.steps import install, shell
from dockwright.model.plan import Env, Label, Run, Stage, Step, User, Workdir
from dockwright.model.values import Device
from dockwright.planning import names
from dockwright.planning.site import Site
from dockwright.planning.targets import common
from dockwright.planning.targets.workspace import BENCHMARKS, workspace_copy

IMAGE = "runtime-image"
READER = names.RUNTIME


def runtime_stage(site: Site) -> Stage:
    """Packages, user, what other stages made, our wheels, then what loader and shells must know."""
    half, shipped = site.own.half, site.shipped
    values, path = common.environment(shipped)
    directories = (*common.libraries(shipped), *half.libraries)
    packages = [package for part, seen in shipped for package in part.runtime.packages(seen)]
    steps: list[Step] = [
        *half.prepare,
        *install(
            (*packages, *half.packages),
            site.context.os.family,
            title="install the runtime libraries",
        ),
        *_interpreter(site),
        common.create_user(),
        *((workspace_copy(),) if site.recipe.from_image else ()),
        *common.copies(shipped),
        *half.copies,
        *_python(site),
        *half.finish,
    ]
    if site.recipe.from_image:
        steps += common.banner("runtime", activate=names.VENV if site.has_venv else "")
    if site.has_venv:
        values["VIRTUAL_ENV"] = names.VENV
        path = (*(entry for entry in path if entry != common.VENV_BIN), *half.path, common.VENV_BIN)
    else:
        path = (*path, *half.path)
    steps.append(common.login_path(10, path))
    steps.append(common.writable(*((names.VENV,) if site.has_venv else ())))
    steps += common.loader(tuple(dict.fromkeys(directories)))
    # Images for GPUs bring other copies of UCX, whose directories are listed before ours; without
    # a GPU the loader's own list is enough.
    cuda = site.context.device is Device.CUDA
    prepend = {"PATH": path, "LD_LIBRARY_PATH": directories if cuda else ()}
    steps += [
        Env(
            values={**values, **half.env, "HOME": common.HOME},
            prepend={name: entries for name, entries in prepend.items() if entries},
        ),
        Workdir(path=names.WORKSPACE),
        User(name=names.USER),
        *common.start(site),
        Label(values=common.labels(site)),
        *common.commit(site, READER),
    ]
    return Stage(
        name=names.RUNTIME,
        base=IMAGE if site.recipe.from_image else names.BASE,
        summary="runtime: the image",
        component="image",
        steps=tuple(steps),
    )


def _interpreter(site: Site) -> tuple[Step, ...]:
    """The base stage has the interpreter; an image of its own must get it under the same name."""
    if not site.recipe.from_image or not site.has_venv:
        return ()
    python = site.python(READER)
    return (
        Run(
            title=f"python3 is Python {python}",
            script=shell("python.sh"),
            env={"PYTHON": f"/usr/bin/python{python}"},
        ),
    )


def _python(site: Site) -> tuple[Step, ...]:
    """Our wheels and what the engine images have beside them."""
    if site.has("dynamo") or site.own.complete:
        # The component has made the venv whole; it was copied with the others.
        return ()
    return (
        common.python_stack(
            site,
            "Dynamo's wheels on top of the engine's stack",
            (*site.own.half.requirements, *common.requirements("common"), BENCHMARKS),
            interpreter=site.interpreter(READER),
            prefix=names.VENV if site.has_venv else f"/usr/local/lib/python{site.python(READER)}",
            system=not site.has_venv,
            wheels=True,
            raised=site.own.half.raised,
        ),
    )
