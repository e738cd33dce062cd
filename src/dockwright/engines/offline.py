"""What a build needs of the store when there is no network, and what of it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from dockwright.engines import images, objects, recordings
from dockwright.engines.bootstrap_spec import parse_spec
from dockwright.engines.bundle import Item, item
from dockwright.engines.recordings import Recording
from dockwright.engines.store import folder, image_layout
from dockwright.errors import Problem
from dockwright.model.plan import BootstrapImage, Plan, RegistryImage
from dockwright.model.source import Directory, Source, Wheel
from dockwright.planning import names
from dockwright.planning.identity import closure, contexts, inputs

RULE = "offline"
_HINT = "`dockwright bundle create` on a machine with network, `dockwright bundle load` here"


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """All that comes from outside: sources, base images, and what package steps ask for."""

    sources: tuple[Source, ...]
    bootstrapped: tuple[BootstrapImage, ...]
    registry: tuple[tuple[RegistryImage, str], ...]
    """Images of a registry, each with its platform."""
    steps: dict[str, str]


def needs(plans: Iterable[Plan]) -> Needs:
    """What the plans need for their images and their checks.

    A directory of this machine is no need, nor what is built in one: it is here.
    """
    sources: dict[str, Source] = {}
    bootstrapped: dict[str, BootstrapImage] = {}
    registry: dict[tuple[str, str], tuple[RegistryImage, str]] = {}
    steps: dict[str, str] = {}
    for plan in plans:
        targets = [plan.target]
        targets += [stage.name for stage in plan.stages if stage.name == names.EVIDENCE]
        touched = {name for target in targets for name in closure(plan, target)}
        stages = [stage for stage in plan.stages if stage.name in touched]
        steps |= recordings.package_steps(plan, targets)
        copied = contexts(stages)
        sources |= {
            source.digest: source
            for name, source in plan.sources.items()
            if name in copied and not isinstance(source, Directory | Wheel)
        }
        for name in {name for stage in stages for name in inputs(stage)} & plan.images.keys():
            image = plan.images[name]
            if isinstance(image, BootstrapImage):
                bootstrapped[image.digest] = image
            elif isinstance(image, RegistryImage):
                registry[image.ref, plan.platform] = (image, plan.platform)
    return Needs(
        sources=tuple(sources.values()),
        bootstrapped=tuple(bootstrapped.values()),
        registry=tuple(registry.values()),
        steps=steps,
    )


def problems(cache: Path, wanted: Needs) -> tuple[Problem, ...]:
    """Everything that is missing, each by its name. Looks, but reads no file."""
    return tuple(
        Problem(what=what, where="--offline", hint=_HINT, rule=RULE)
        for what in _missing(cache, wanted)
    )


def _missing(cache: Path, wanted: Needs) -> Iterator[str]:
    from dockwright.engines.bootstrap import find

    for source in wanted.sources:
        place = folder(cache / "sources", source)
        fault = objects.look(place) if place.is_dir() else "it is not in the store"
        if fault:
            origin = source.path if isinstance(source, Directory | Wheel) else source.url
            yield f"source {source.version} of {origin}: {fault}"
    for image in wanted.bootstrapped:
        if find(cache / "bases" / base_name(image)) is None:
            yield f"base image {image.distribution}/{image.suite}: it is not in the store"
    for registered, platform in wanted.registry:
        if not images.is_there(cache, registered.ref, platform):
            yield f"image {registered.ref} for {platform}: it is not in the store"
    if wanted.steps and recordings.covering(cache, wanted.steps) is None:
        for title in recordings.unknown(cache, wanted.steps):
            yield f"the packages of step {title!r}: nothing of them is recorded"


def base_name(image: BootstrapImage) -> str:
    """The name of a bootstrapped base image in the store."""
    return parse_spec(
        f"{image.distribution}/{image.suite}", architecture=image.arch, packages=image.packages
    ).name


def items(cache: Path, wanted: Needs, recording: Recording | None) -> tuple[Item, ...]:
    """The objects of the store that a bundle of these needs holds. Reads all of them."""
    found = [item(cache, "base", base_name(image)) for image in wanted.bootstrapped]
    found += [
        item(cache, "source", folder(cache / "sources", source).name) for source in wanted.sources
    ]
    found += [
        item(cache, "image", image_layout(cache, image.ref, platform).parent.name)
        for image, platform in wanted.registry
    ]
    if recording is not None:
        found += [item(cache, "blob", sha256) for sha256 in sorted(recording.blobs)]
        # After its bodies: with it, the packages are there.
        found.append(item(cache, "recording", recording.name))
    return tuple(found)
