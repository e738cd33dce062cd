"""What a plan takes from elsewhere: the inputs that a lock pins and a preflight looks for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

import msgspec

from dockwright.catalog.steps import shell
from dockwright.catalog.systems import GLIBC, guess
from dockwright.model.inputs import (
    ArchiveInput,
    GitInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)
from dockwright.model.plan import BootstrapImage, Plan, RegistryImage, Run, Stage
from dockwright.model.source import Archive, Directory, Git, Source, Wheel
from dockwright.planning import names
from dockwright.planning.identity import contexts, inputs

REQUIREMENTS = ("REQUIREMENTS", "RAISED", "PINS")
"""Variables in which a step says what it installs from a Python package index."""


def external(plan: Plan, python: str) -> tuple[Input, ...]:
    """Every input, once each, in one fixed order. `python` is the version that the image has."""
    found: dict[Input, set[str]] = {}
    for value, by in (*_images(plan), *_sources(plan), *_python(plan, python), *_packages(plan)):
        found.setdefault(value, set()).add(by)
    return tuple(
        msgspec.structs.replace(value, by=tuple(sorted(by))) for value, by in found.items()
    )


def merged(parts: Iterable[tuple[Input, ...]]) -> tuple[Input, ...]:
    """The inputs of several plans, once each."""
    found: dict[Input, set[str]] = {}
    for value in (value for part in parts for value in part):
        found.setdefault(msgspec.structs.replace(value, by=()), set()).update(value.by)
    return tuple(
        msgspec.structs.replace(value, by=tuple(sorted(by))) for value, by in found.items()
    )


def _images(plan: Plan) -> Iterator[tuple[Input, str]]:
    for name, image in plan.images.items():
        if isinstance(image, RegistryImage):
            for stage in plan.stages:
                if name in inputs(stage):
                    yield ImageInput(ref=image.ref, platform=plan.platform), stage.name


def _sources(plan: Plan) -> Iterator[tuple[Input, str]]:
    users = {name: stage.name for stage in reversed(plan.stages) for name in contexts((stage,))}
    for name, source in plan.sources.items():
        if found := input_of(source):
            yield found, users.get(name, plan.target)


def input_of(source: Source) -> Input | None:
    """The input that a source is; None for a directory of this machine."""
    match source:
        case Git(url=url, ref=ref, commit=commit):
            return GitInput(url=url, ref=ref, commit=commit)
        case Archive(url=url, sha256=sha256):
            return ArchiveInput(url=url, sha256=sha256)
        case Wheel(url=url, commit=commit, fixed=fixed):
            return GitInput(url=url, ref="" if fixed else commit, commit=commit if fixed else "")
        case Directory():
            return None
        case _:
            assert_never(source)


def _python(plan: Plan, python: str) -> Iterator[tuple[Input, str]]:
    for stage in plan.stages:
        for step in stage.steps:
            if isinstance(step, Run):
                for _, wanted in python_inputs(step, plan, stage, python):
                    yield wanted, stage.name


def python_inputs(
    step: Run, plan: Plan, stage: Stage, python: str
) -> Iterator[tuple[str, PythonInput]]:
    """What a step of a stage installs from Python package indexes, by the variable that says it."""
    indexes = f"{step.env.get('INDEXES', '')} {step.env.get('EXTRA_INDEX', '')}".split()
    for variable in REQUIREMENTS:
        if text := step.env.get(variable, ""):
            wanted = PythonInput(
                requirements=text,
                python=_version(text, python),
                platform=plan.platform,
                glibc=_glibc(plan, stage),
                backend=step.env.get("BACKEND", ""),
                indexes=tuple(indexes),
            )
            yield variable, wanted


def _version(requirements: str, python: str) -> str:
    """A lock of the catalog says for which Python it was made; it holds for newer ones."""
    # A part of a lock says nothing: it begins with a package.
    _, said, made = requirements.partition("\n")[0].rpartition(" (Python ")
    return made.removesuffix(")") if said and "--hash=" in requirements else python


def _glibc(plan: Plan, stage: Stage) -> int:
    system, _ = system_of(plan, stage)
    distribution, _, release = system.partition("/")
    return GLIBC[release] if distribution == "debian" else GLIBC[guess(system, "").release]


def _packages(plan: Plan) -> Iterator[tuple[Input, str]]:
    for stage in plan.stages:
        words = sorted(
            {word for step in stage.steps if isinstance(step, Run) for word in package_words(step)}
        )
        if words:
            system, bootstrapped = system_of(plan, stage)
            yield (
                PackagesInput(
                    system=system,
                    platform=plan.platform,
                    names=tuple(words),
                    bootstrapped=bootstrapped,
                ),
                stage.name,
            )


def package_words(step: Run) -> list[str]:
    """The distribution packages that a step installs by name."""
    if step.script in {shell("apt.sh"), shell("dnf.sh")}:
        return step.env.get("PACKAGES", "").split()
    return []


def system_of(plan: Plan, stage: Stage) -> tuple[str, bool]:
    """Whose packages a stage installs: the distribution, or the image that brings a system."""
    base = stage.base
    while base not in plan.images:
        if base == "scratch":
            return base, False
        base = plan.stage(base).base
    image = plan.images[base]
    if isinstance(image, BootstrapImage):
        return f"{image.distribution}/{image.suite}", True
    return names.from_name(image), False
