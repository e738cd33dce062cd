"""What a lock says, put into a plan. Pure functions over a plan, as those of `wrap`.

Commits and checksums of sources enter earlier, where a recipe asks for them (`catalog.pins`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec.structs import replace

from dockwright.errors import Problem
from dockwright.model.inputs import ArchiveInput, GitInput, Input, PackagesInput
from dockwright.model.lock import Lock
from dockwright.model.plan import BaseImage, Plan, RegistryImage, Run, Stage, Step
from dockwright.planning.external import package_words, python_inputs, system_of


class Pinning(StrEnum):
    """What planning does with a ref or version that nothing pins."""

    STRICT = "strict"
    """It is refused, unless the lock or the catalog knows it."""
    OPEN = "open"
    """It stays as it was said; the plan is for looking at its inputs, not for building."""
    LOCKED = "locked"
    """Everything that is not in the lock is refused, also what the catalog knows."""


def pin(plan: Plan, lock: Lock, python: str) -> Plan:
    """The plan with the lock's digests, versions and hashes, as far as it has them."""
    if lock == Lock():
        return plan
    images = {name: _image(image, plan.platform, lock) for name, image in plan.images.items()}
    stages = tuple(
        replace(stage, steps=tuple(_step(step, plan, stage, lock, python) for step in stage.steps))
        for stage in plan.stages
    )
    return replace(plan, images=images, stages=stages)


def _image(image: BaseImage, platform: str, lock: Lock) -> BaseImage:
    if isinstance(image, RegistryImage) and "@" not in image.ref:
        digest = lock.image(image.ref, platform)
        return RegistryImage(ref=f"{image.ref}@{digest}") if digest else image
    return image


def _step(step: Step, plan: Plan, stage: Stage, lock: Lock, python: str) -> Step:
    if not isinstance(step, Run):
        return step
    env = dict(step.env)
    for variable, wanted in python_inputs(step, plan, stage, python):
        found = lock.python(wanted)
        if found and found.packages:
            env[variable] = "\n".join((*found.packages, *wanted.folders))
    if words := package_words(step):
        system, bootstrapped = system_of(plan, stage)
        wanted_packages = PackagesInput(
            system=system, platform=plan.platform, names=tuple(words), bootstrapped=bootstrapped
        )
        env["PACKAGES"] = " ".join(_word(word, wanted_packages, lock) for word in words)
    return step if env == step.env else replace(step, env=env)


def _word(word: str, wanted: PackagesInput, lock: Lock) -> str:
    version = lock.version(wanted, word)
    return f"{word}={version}" if version else word


def missing(inputs: Iterable[Input], lock: Lock) -> tuple[Problem, ...]:
    """A problem for each input that the lock does not hold."""
    return tuple(
        Problem(
            what=f"{wanted.title} is not in the lock" + _differs(wanted, lock),
            hint="run `dockwright lock` with the words of this build, and review what it adds",
            rule="locked",
        )
        for wanted in inputs
        if not lock.holds(wanted)
    )


def _differs(wanted: Input, lock: Lock) -> str:
    """What the lock says instead, where it knows the same thing otherwise."""
    match wanted:
        case ArchiveInput(url=url, sha256=sha256) if entry := lock.archive(url):
            return f": it says sha256 {entry.sha256}, the catalog {sha256}"
        case GitInput(url=url, ref=ref, commit=commit) if known := lock.commit(url, ref):
            return f": it says commit {known}, the catalog {commit}"
        case _:
            return ""
