"""From planned subjects to the commands of a build on this host: names, secrets, destinations.

A build for several platforms is one schedule for each, and commands that join the results when
every platform's image has held.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from dockwright.catalog.parameters import build as keys
from dockwright.catalog.parameters.cache import (
    CACHE_REQUIRED,
    CARGO_BUILD_JOBS,
    SCCACHE_CACHE_SIZE,
    SCCACHE_DIST_SCHEDULER,
    USE_SCCACHE,
)
from dockwright.catalog.parameters.lock import SOURCE_POLICY
from dockwright.catalog.parameters.sources import COMPILE_JOBS, SOURCE_LOGIN, SOURCE_MIRROR
from dockwright.catalog.parameters.vllm import MAX_JOBS
from dockwright.cli import host, secrets
from dockwright.cli.offline import Network
from dockwright.cli.planned import Subject, absolute
from dockwright.engines.api import Command, Engine
from dockwright.engines.cache_file import CacheOrder
from dockwright.engines.schedule import Output, Places, Schedule, Wanted, schedule
from dockwright.errors import Problem, UserError
from dockwright.model.param import Param, Params
from dockwright.model.plan import Plan, RegistryImage
from dockwright.planning.names import from_name

_OUTPUTS: Mapping[str, Output] = {
    "push": "push",
    "none": "cache",
    "oci": "oci",
    "files": "files",
    "load": "image",
    "auto": "image",
}


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a build executes: one schedule per platform, then the commands that join.

    `tags` are the names of the result; `secrets` what steps get.
    """

    subjects: tuple[Subject, ...]
    schedules: tuple[Schedule, ...]
    join: tuple[Command, ...]
    tags: tuple[str, ...]
    secrets: secrets.Offered

    @property
    def commands(self) -> tuple[Command, ...]:
        """The argv of the whole build, in order; what two platforms both need runs once."""
        seen: dict[tuple[str, ...], Command] = {}
        parts = [command for scheduled in self.schedules for command in scheduled.commands]
        for command in (*parts, *self.join):
            seen.setdefault(command.argv, command)
        return tuple(seen.values())


def work(
    found: Sequence[Subject],
    engine: Engine,
    env: Mapping[str, str],
    *,
    passed: Sequence[str] = (),
    network: Network | None = None,
    rehearsal: bool = False,
) -> Work:
    """The commands of a build on this host. `passed` are the words of --secret.

    `network` is what package steps get instead of this host's settings. A `rehearsal` executes
    everything anew and leaves no image.
    """
    places = host.places(env)
    names = tags(found[0], env)
    params = found[0].params
    mirrors: tuple[str, ...] = params[SOURCE_MIRROR]
    offered = secrets.offered(
        [subject.planned.plan for subject in found],
        env,
        passed=passed,
        proxies={param.name: params[param] for param in keys.PROXIES if params[param]},
        mirrors=mirrors,
        network=network,
        cache=params[USE_SCCACHE],
    )
    several = len(found) > 1
    if several and params[keys.OUTPUT] == "load":
        raise UserError(
            "--output load: a store of this machine holds an image for one platform, not for "
            f"{len(found)}",
            hint="use --output oci:DIRECTORY or --output push, or name one platform",
        )
    schedules = tuple(
        schedule(
            subject.planned.plan,
            engine,
            _wanted(subject, names, places, env, several=several, rehearsal=rehearsal),
            places,
            python=sys.executable,
            secrets=offered.secrets,
        )
        for subject in found
    )
    return Work(
        subjects=tuple(found),
        schedules=schedules,
        join=_join(found[0], schedules, engine, names, places) if several and not rehearsal else (),
        tags=names,
        secrets=offered,
    )


def verification(
    plan: Plan, engine: Engine, env: Mapping[str, str], layouts: Mapping[str, str]
) -> Schedule:
    """The commands that run the checks of a verify-only plan, always anew."""
    return schedule(
        plan,
        engine,
        Wanted(output="cache", no_cache=True, layouts=dict(layouts)),
        host.places(env),
        python=sys.executable,
        secrets=secrets.offered([plan], env).secrets,
        verify_only=True,
    )


def tags(found: Subject, env: Mapping[str, str]) -> tuple[str, ...]:
    """Every name of the image. git is asked only when nobody gave the image a name."""
    from dockwright.config.tags import GitFacts
    from dockwright.config.tags import tags as derive

    if found.params[keys.TAG]:
        return derive(found.params, GitFacts())
    from dockwright.cli.git import repository

    return derive(found.params, repository(env).facts)


def _wanted(
    found: Subject,
    names: tuple[str, ...],
    places: Places,
    env: Mapping[str, str],
    *,
    several: bool,
    rehearsal: bool,
) -> Wanted:
    """What the build parameters ask for; one platform of several is a part under its own name.

    With `--output auto` an image becomes an OCI layout when its engine has no store to load it
    into; with `--output load` that is an error instead, raised by the engine.
    """
    params, arch = found.params, found.planned.arch.value
    kind, _, place = params[keys.OUTPUT].partition(":")
    output = _OUTPUTS[kind]
    destination = absolute(place) if place else None
    if kind == "auto":
        destination = _layout(names, places)
    if several:
        names = (f"{_named(names[0])}-{arch}",)
        if output in {"image", "oci"}:
            output, destination = "oci", places.cache / "platforms" / _slug(names[0])
        elif output == "files" and destination:
            destination /= arch
    if rehearsal:
        output, destination = "cache", None
    return Wanted(
        tags=names,
        output=output,
        destination=destination,
        verify=params[keys.VERIFY],
        no_cache=params[keys.NO_CACHE] or rehearsal,
        pull=params[keys.PULL],
        jobs=params[keys.JOBS],
        epoch=params[keys.SOURCE_DATE_EPOCH],
        cache_from=params[keys.CACHE_FROM],
        cache_to=params[keys.CACHE_TO],
        layouts=dict(found.layouts),
        mirrors=params[SOURCE_MIRROR],
        pulled=_pulled(found),
        source_policy=params[SOURCE_POLICY],
        logins=params[SOURCE_LOGIN],
        offline=params[keys.OFFLINE],
        cache=_cache(params, env),
        compile_jobs=params[COMPILE_JOBS],
        cargo_jobs=_said(found, CARGO_BUILD_JOBS),
        max_jobs=_said(found, MAX_JOBS),
        contexts=_contexts(found),
    )


def _cache(params: Params, env: Mapping[str, str]) -> CacheOrder | None:
    """The compiler cache, when it is on."""
    from dockwright.config.cache import levels
    from dockwright.model.cache import NAMES

    found = levels(params)
    if not found:
        return None
    proxied = any(env.get(name) for name in host.NETWORK_VARIABLES if "HTTP" in name.upper())
    return CacheOrder(
        levels=found,
        required=params[CACHE_REQUIRED],
        size=params[SCCACHE_CACHE_SIZE],
        scheduler=params[SCCACHE_DIST_SCHEDULER],
        names={
            name: env[name]
            for level in found
            for name in NAMES.get(level.backend, ())
            if env.get(name)
        },
        direct=not (proxied or any(params[param] for param in keys.PROXIES)),
    )


def _said(found: Subject, number: Param[int]) -> int:
    """A number that a person set; 0 leaves it to the step, which asks the machine."""
    return 0 if found.params.value(number).origin.is_default else found.params[number]


def _pulled(found: Subject) -> dict[str, str]:
    """The images that a mirror has, by the names that FROM says."""
    mirrors: tuple[str, ...] = found.params[SOURCE_MIRROR]
    # Without network the store has them.
    if not mirrors or found.params[keys.OFFLINE]:
        return {}
    from dockwright.engines.network import Mirror, Policy
    from dockwright.engines.registry_names import parse, reference

    policy = Policy(mirrors=tuple(Mirror.parse(text) for text in mirrors))
    names = [
        image.ref
        for image in found.planned.plan.images.values()
        if isinstance(image, RegistryImage)
    ]
    there = {name: reference(parse(name), policy) for name in names}
    return {name: ref for name, ref in there.items() if name != ref}


def _contexts(found: Subject) -> dict[str, str]:
    """A person's named contexts. Each must stand for something that the text names."""
    plan = found.planned.plan
    known = {
        *(stage.name for stage in plan.stages),
        *(from_name(image) for image in plan.images.values()),
    }
    pairs = [word.partition("=") for word in found.params[keys.BUILD_CONTEXT]]
    unknown = [name for name, _, _ in pairs if name not in known]
    if unknown:
        raise UserError(
            problems=[
                Problem(
                    rule="unknown-context",
                    what=f"nothing here is named {name!r}, so the context would do nothing",
                    where="--build-context",
                    hint=f"it may replace {', '.join(sorted(known))}",
                )
                for name in unknown
            ]
        )
    return {
        name: str(absolute(place)) if Path(place).exists() else place for name, _, place in pairs
    }


def _join(
    found: Subject,
    schedules: Sequence[Schedule],
    engine: Engine,
    names: tuple[str, ...],
    places: Places,
) -> tuple[Command, ...]:
    from dockwright.engines.join import join_layouts, join_pushed

    images = [scheduled.image for scheduled in schedules]
    if images[0].output == "push":
        parts = [image.tags[0] for image in images]
        return join_pushed(engine, parts, names, identity=_identity(schedules))
    if images[0].output != "oci":
        return ()
    _, _, place = found.params[keys.OUTPUT].partition(":")
    return join_layouts(
        [f"{image.destination}:{_tag(image.tags[0])}" for image in images],
        absolute(place) if place else _layout(names, places),
        ref=_tag(names[0]),
        python=sys.executable,
    )


def _identity(schedules: Sequence[Schedule]) -> str:
    from hashlib import sha256

    text = "".join(scheduled.rendered.sha256 for scheduled in schedules)
    return sha256(text.encode()).hexdigest()[:16]


def _layout(names: tuple[str, ...], places: Places) -> Path:
    return places.state / "layouts" / _slug(names[0])


def _named(name: str) -> str:
    """The name with a tag, so that something can be put behind it."""
    name = name.partition("@")[0]
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _tag(name: str) -> str:
    return _named(name).rpartition(":")[2]


def _slug(text: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in text).strip("-.")
