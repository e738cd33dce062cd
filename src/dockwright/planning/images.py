"""The stages around the components: base, runtime, verify, evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from dockwright.catalog.checks import absent, files, prints
from dockwright.model.check import Check
from dockwright.model.plan import Cmd, Copy, Env, Label, Run, Stage, Step, User, Workdir, Write
from dockwright.model.recipe import Component, Context
from dockwright.model.values import Family, Os
from dockwright.planning import names
from dockwright.planning.lower import install, shell

Chosen = tuple[tuple[Component, Context], ...]


def base_stage(image: str, system: Os, python: str) -> Stage:
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
    )


def runtime_stage(chosen: Chosen, system: Os, labels: Mapping[str, str]) -> Stage:
    """The image: packages, user, then each component's outputs, then what the loader must know."""
    shipped = tuple((component, context) for component, context in chosen if component.ships)
    packages = [
        package for component, context in shipped for package in component.runtime.packages(context)
    ]
    libraries = [path for component, _ in shipped for path in component.runtime.libraries]
    paths = [path for component, _ in shipped for path in component.runtime.path]
    environment: dict[str, str] = {}
    for component, context in shipped:
        environment.update(component.runtime.env(context))
    steps: list[Step] = [
        *install(packages, system.family, title="install the runtime libraries"),
        Run(
            title=f"create the user {names.USER}",
            script=shell("user.sh"),
            env={"USER_NAME": names.USER, "USER_ID": str(names.USER_ID)},
        ),
        *(
            Copy(stage=component.name, source=path, target=path)
            for component, _ in shipped
            for path in component.outputs
        ),
    ]
    steps.append(
        Run(
            title="let group 0 write where images promise it",
            script=shell("directories.sh"),
            env={
                "USER_ID": str(names.USER_ID),
                "DIRECTORIES": f"/home/{names.USER} /home/{names.USER}/.cache /opt/dynamo "
                f"{names.WORKSPACE} {names.VENV}",
            },
        )
    )
    if libraries:
        steps.append(
            Run(
                title="tell the dynamic loader about the libraries",
                script=shell("loader.sh"),
                env={"LIBRARIES": " ".join(libraries)},
            )
        )
    steps += [
        Env(
            values={**environment, "HOME": f"/home/{names.USER}"},
            prepend={"PATH": tuple(paths)} if paths else {},
        ),
        Workdir(path=names.WORKSPACE),
        User(name=names.USER),
        Cmd(argv=("/bin/bash",)),
        Label(values=labels),
    ]
    return Stage(
        name=names.RUNTIME,
        base=names.BASE,
        summary="runtime: the image",
        component="image",
        steps=tuple(steps),
    )


def image_checks(python: str) -> tuple[Check, ...]:
    """What every runtime image promises, whatever is in it (facts/images.md 2.1)."""
    home = f"/home/{names.USER}"
    modules = ["ssl", "sqlite3", "ctypes", "lzma", "bz2", "zlib", "uuid"]
    return (
        Check(
            component="image",
            name=f"user {names.USER} is {names.USER_ID}:0 with umask 002",
            kind="user",
            args={"account": names.USER, "uid": names.USER_ID, "gid": 0, "home": home},
        ),
        files(
            "image",
            "directories belong to the user and to group 0",
            *(home, f"{home}/.cache", "/opt/dynamo", names.WORKSPACE),
            owner=f"{names.USER_ID}:0",
            mode="775",
        ),
        Check(
            component="image",
            name="any user of group 0 can write",
            kind="writable",
            args={"paths": [names.WORKSPACE, home, f"{home}/.cache", names.VENV]},
        ),
        prints(
            "image",
            f"{names.VENV}/bin/python",
            "-c",
            "import sys; print(sys.version_info[:2], sys.base_prefix)",
            expect=rf"\({python.replace('.', ', ')}\) /usr$",
            name=f"Python {python} is the interpreter of the venv",
        ),
        Check(
            component="image",
            name="Python's standard library is whole",
            kind="imports",
            args={"python": "/usr/bin/python3", "modules": modules},
        ),
        absent(
            "image",
            "no trace of the build's network, caches and sources",
            f"{names.SECRET_FOLDER}/*",
            "/run/secrets/*",
            "/root/.cache",
            "/src",
            "/var/lib/apt/lists/*_Packages*",
            "/var/cache/apt/archives/*.deb",
            "/home/ubuntu",
        ),
    )


def verify_stage(base: str, checks: tuple[Check, ...]) -> Stage:
    """Runs every declared check inside the image, without network, and writes a report."""
    rows = [
        {"component": check.component, "name": check.name, "kind": check.kind, **check.args}
        for check in checks
    ]
    text = json.dumps(rows, indent=1, sort_keys=True) + "\n"
    return Stage(
        name=names.VERIFY,
        base=base,
        summary="verify: every declared check, inside the image, without network",
        component="verify",
        steps=(
            User(name="root"),
            Write(path=names.CHECKS, text=text),
            *(
                Write(path=f"{names.VERIFIER}/{name}", text=verifier(name))
                for name in ("inside.py", "inside_serve.py")
            ),
            Run(
                title="verify the image",
                script=shell("verify.sh"),
                env={"CHECKS": names.CHECKS, "VERIFIER": names.VERIFIER, "REPORT": names.REPORT},
            ),
        ),
        outputs=(names.REPORT,),
    )


def evidence_stage() -> Stage:
    """Nothing but the report, so that an engine can hand it out as a file."""
    return Stage(
        name=names.EVIDENCE,
        base="scratch",
        summary="evidence: the report of the checks",
        steps=(Copy(stage=names.VERIFY, source=names.REPORT, target="/report.json"),),
    )


def verifier(name: str) -> str:
    """A file of the program that runs inside images; standard library only."""
    return (Path(__file__).parents[1] / "evidence" / name).read_text(encoding="utf-8")
