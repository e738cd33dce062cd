"""The base image, and the target `base`: the services and tools that later stages build on."""

from __future__ import annotations

from dockwright.catalog.components.rust import CARGO_HOME, RUST_PROVIDER, RUSTUP_HOME
from dockwright.catalog.parameters.native import RUST_VERSION
from dockwright.catalog.steps import install, shell
from dockwright.model.plan import Env, Label, Run, Stage, Step, Workdir
from dockwright.model.values import Device, Family, Os
from dockwright.planning import names
from dockwright.planning.site import Site
from dockwright.planning.targets.common import copies, environment, labels
from dockwright.planning.toolchain import base_outputs

COMPONENTS = ("etcd", "nats", "rust", "uv")


def base_stage(image: str, system: Os, python: str, device: Device) -> Stage:
    """The base image with the interpreter and certificates that every later stage relies on."""
    packages = (
        (f"python{python}", f"python{python}-venv", "ca-certificates")
        if system.family is Family.APT
        else ()
    )
    return Stage(
        name=names.BASE,
        base=image,
        summary=f"base: {image} with Python {python}",
        steps=(
            *install(packages, system.family, title=f"install Python {python}"),
            Run(
                title=f"python3 is Python {python}",
                script=shell("python.sh"),
                env={"PYTHON": f"/usr/bin/python{python}"},
            ),
        ),
        outputs=base_outputs(device),
    )


def dynamo_base(site: Site) -> Stage:
    """The base with message bus, key-value store, uv and Rust."""
    wanted = [(part, seen) for part, seen in site.parts if part.name in COMPONENTS]
    values, path = environment(wanted)
    steps: list[Step] = [
        *install(
            [package for part, seen in wanted for package in part.runtime.packages(seen)],
            site.context.os.family,
            title="install what the programs need",
        ),
        *copies(wanted),
    ]
    values |= {"CARGO_HOME": CARGO_HOME, "RUSTUP_HOME": RUSTUP_HOME}
    if site.read(names.DYNAMO_BASE)[RUST_PROVIDER] == "rustup":
        values["RUST_VERSION"] = site.read(names.DYNAMO_BASE)[RUST_VERSION]
    steps += [
        Env(values=values, prepend={"PATH": (*path, f"{CARGO_HOME}/bin")}),
        Workdir(path="/opt/dynamo"),
        Label(values=labels(site)),
    ]
    return Stage(
        name=names.DYNAMO_BASE,
        base=names.BASE,
        summary="dynamo_base: message bus, key-value store and tools on the base image",
        component="image",
        steps=tuple(steps),
    )
