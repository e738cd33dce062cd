"""From a plan to the commands of one build. Pure: a dry run prints exactly what a real run does.

The chain is short: make the base image if it comes from an archive, run the verify stage and take
its report out, then make the image. The image is named only after its checks have passed; the
engine's cache makes the second request free.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import msgspec

from dockwright.engines.api import BaseContext, Command, Engine, Request, Secret
from dockwright.engines.bootstrap_spec import parse_spec
from dockwright.engines.cache_file import CacheOrder, cache_file
from dockwright.engines.store import folder as source_folder
from dockwright.engines.store import image_layout
from dockwright.errors import UserError
from dockwright.model.plan import BootstrapImage, LayoutImage, Plan, RegistryImage, encode
from dockwright.model.source import Directory, Source, Wheel
from dockwright.planning import names
from dockwright.planning.identity import closure, contexts
from dockwright.rendering.dockerfile import Rendered, render
from dockwright.rendering.source_policy import source_policy

Output = Literal["cache", "image", "files", "oci", "push"]


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Directories of this host: `cache` may be deleted at any time, `state` holds the runs."""

    cache: Path
    state: Path

    @property
    def runs(self) -> Path:
        """One directory for each run: logs, events, result."""
        return self.state / "runs"

    @property
    def sources(self) -> Path:
        """The store of fetched sources."""
        return self.cache / "sources"

    def layout(self, image: BootstrapImage) -> Path:
        """The OCI layout that a bootstrapped base image is kept in."""
        spec = parse_spec(
            f"{image.distribution}/{image.suite}",
            architecture=image.arch,
            packages=image.packages,
        )
        return self.cache / "bases" / spec.name / "layout"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants of a build, beside the image itself. Nothing of it is in the plan."""

    tags: tuple[str, ...] = ()
    output: Output = "image"
    destination: Path | None = None
    verify: bool = True
    no_cache: bool = False
    pull: bool = False
    jobs: int = 0
    epoch: str = ""
    """The time of the image and its files, in seconds since 1970."""
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    layouts: dict[str, str] = {}
    """Where the OCI layouts of the plan's LayoutImages are: FROM name → directory."""
    mirrors: tuple[str, ...] = ()
    """`FROM=TO`: where sources are fetched instead."""
    logins: tuple[str, ...] = ()
    """`PREFIX=env:NAME` or `PREFIX=file:PATH`: where tokens and logins are."""
    pulled: dict[str, str] = {}
    """FROM name of an image → the name by which a mirror has it."""
    source_policy: bool = False
    offline: bool = False
    """Whether sources are only looked for in the store."""
    cache: CacheOrder | None = None
    """The compiler cache; None when it is off."""
    compile_jobs: int = 0
    cargo_jobs: int = 0
    max_jobs: int = 0
    """Compilers that one step runs at once; 0 lets the step ask the machine."""
    contexts: dict[str, str] = {}
    """A person's own named contexts, NAME to directory."""


POLICY = "source-policy.json"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One command with the request it belongs to (None for work that is no engine's)."""

    command: Command
    request: Request | None = None


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """All commands of a build, in order, and the files that they read."""

    plan: Plan
    rendered: Rendered
    folder: Path
    jobs: tuple[Job, ...]
    image: Request
    evidence: Path | None
    beside: dict[str, str] = {}
    """Further files of the folder, by name; no step's text knows them."""
    cache: CacheOrder | None = None

    @property
    def commands(self) -> tuple[Command, ...]:
        """The argv of the whole build, in order."""
        return tuple(job.command for job in self.jobs)


def schedule(
    plan: Plan,
    engine: Engine,
    wanted: Wanted,
    places: Places,
    *,
    python: str,
    secrets: tuple[Secret, ...] = (),
    verify_only: bool = False,
) -> Schedule:
    """The commands of a build. `python` is the interpreter that runs dockwright itself."""
    rendered = render(plan, engine.dialect())
    folder = places.cache / "plans" / f"{rendered.sha256[:16]}"
    jobs: list[Job] = []
    bases: list[BaseContext] = []
    for image in plan.images.values():
        if isinstance(image, BootstrapImage):
            layout = places.layout(image)
            bases.append(
                BaseContext(
                    name=names.from_name(image),
                    layout=str(layout),
                    ref="base",
                    view=str(layout.with_name("dir")),
                )
            )
            jobs.append(Job(command=bootstrap_command(image, python, pull=wanted.pull)))
        elif isinstance(image, RegistryImage) and wanted.offline:
            kept = image_layout(places.cache, image.ref, plan.platform)
            dir_view = str(kept.with_name("dir"))
            bases.append(BaseContext(name=image.ref, layout=str(kept), ref="base", view=dir_view))
        elif isinstance(image, LayoutImage):
            name = names.from_name(image)
            view = places.cache / "views" / image.digest.removeprefix("sha256:")[:16]
            directory = wanted.layouts[name]
            bases.append(BaseContext(name=name, layout=directory, ref=image.ref, view=str(view)))

    evidence = folder / "evidence" if wanted.verify and _has_checks(plan) else None
    touched = {plan.target} if not evidence else {plan.target, names.EVIDENCE}
    sources = _sources(plan, {names.EVIDENCE} if verify_only else touched)
    jobs += [
        Job(command=wheel_command(source, wanted, python))
        for source in sources.values()
        if isinstance(source, Wheel)
    ]
    if sources:
        jobs.append(Job(command=fetch_command(tuple(sources.values()), wanted, python)))
    beside = _jobs_file(wanted)
    read = dict.fromkeys(beside, names.JOBS_SECRET)
    if wanted.cache:
        text = cache_file(wanted.cache)
        name = f"cache-{hashlib.sha256(text.encode()).hexdigest()[:16]}.sh"
        beside, read = {**beside, name: text}, {**read, name: names.CACHE_SECRET}
    secrets += tuple(
        Secret(id=identity, source="file", path=str(folder / name))
        for name, identity in read.items()
    )
    if wanted.source_policy:
        if engine.name != "buildkit":
            raise UserError(
                f"--source-policy: {engine.name} knows no source policies",
                hint="leave it out (a plan with a lock names every image by its digest), or use "
                "--engine buildkit",
            )
        text = encode(source_policy(plan, wanted.pulled.values())).decode()
        beside = {**beside, POLICY: text}

    def request(
        target: str,
        purpose: str,
        *,
        output: Output,
        destination: Path | None = None,
        tags: tuple[str, ...] = (),
    ) -> Request:
        return Request(
            dockerfile=folder / "Dockerfile",
            context=folder / "context",
            target=target,
            purpose=purpose,
            platform=plan.platform,
            stages=tuple(stage.name for stage in plan.stages),
            bases=tuple(bases),
            contexts={
                **{name: f"docker-image://{ref}" for name, ref in wanted.pulled.items()},
                **wanted.contexts,
                **{
                    name: str(source_folder(places.sources, source))
                    for name, source in sources.items()
                },
            },
            secrets=secrets,
            tags=tags,
            output=output,
            destination=destination,
            metadata=folder / f"{target}.json",
            cache_from=wanted.cache_from,
            cache_to=wanted.cache_to,
            no_cache=wanted.no_cache,
            jobs=wanted.jobs,
            epoch=wanted.epoch,
            source_policy=folder / POLICY if wanted.source_policy else None,
        )

    verify = request(names.EVIDENCE, "build and verify", output="files", destination=evidence)
    if evidence and verify_only:
        jobs += [Job(command=command, request=verify) for command in engine.commands(verify)]
        return Schedule(
            plan=plan,
            rendered=rendered,
            folder=folder,
            jobs=_without_repeats(jobs),
            image=msgspec.structs.replace(verify, output="cache"),
            evidence=evidence,
            beside=beside,
            cache=wanted.cache,
        )
    image_request = request(
        plan.target,
        "write the image" if evidence else "build the image",
        output=wanted.output,
        destination=wanted.destination,
        tags=wanted.tags,
    )
    if evidence:
        chain = engine.verified(verify, image_request)
    else:
        chain = tuple((command, image_request) for command in engine.commands(image_request))
    jobs += [Job(command=command, request=asked) for command, asked in chain]
    return Schedule(
        plan=plan,
        rendered=rendered,
        folder=folder,
        jobs=_without_repeats(jobs),
        image=image_request,
        evidence=evidence,
        beside=beside,
        cache=wanted.cache,
    )


def _sources(plan: Plan, targets: set[str]) -> dict[str, Source]:
    """The sources that the stages of these targets copy from."""
    touched = {name for target in targets for name in closure(plan, target)}
    copied = contexts(stage for stage in plan.stages if stage.name in touched)
    return {name: source for name, source in plan.sources.items() if name in copied}


def fetch_command(sources: tuple[Source, ...], wanted: Wanted, python: str) -> Command:
    """The command that puts sources into the store, or finds them there."""
    argv = [python, "-m", "dockwright", "fetch", "--events", *_network(wanted)]
    argv += ["--offline"] if wanted.offline else []
    unique = {source.digest: source for source in sources}
    texts = [msgspec.json.encode(source, order="sorted").decode() for source in unique.values()]
    purpose = f"{len(texts)} sources" if len(texts) > 1 else _source_name(sources[0])
    return Command(
        argv=(*argv, *texts),
        purpose=purpose,
        reader="events",
        produces="the sources, in the store",
    )


def _source_name(source: Source) -> str:
    where = source.path if isinstance(source, Directory) else source.url
    name = where.rstrip("/").rsplit("/", 1)[-1]
    return f"source {name} {source.version}".rstrip()


def wheel_command(wheel: Wheel, wanted: Wanted, python: str) -> Command:
    """The command that builds a wheel from its repository, or finds it built."""
    argv = [python, "-m", "dockwright", "wheel", "trtllm", "--events"]
    argv += ["--git-url", wheel.url, "--commit", wheel.commit, "--arch", wheel.arch]
    argv += _network(wanted)
    return Command(
        argv=(*argv, "--output", wheel.path),
        purpose=f"TensorRT-LLM wheel {wheel.version}",
        reader="events",
        produces=f"the wheel and commit.txt in {wheel.path}",
    )


def _network(wanted: Wanted) -> list[str]:
    pairs = [("--mirror", mirror) for mirror in wanted.mirrors]
    pairs += [("--login", login) for login in wanted.logins]
    return [word for pair in pairs for word in pair]


def _jobs_file(wanted: Wanted) -> dict[str, str]:
    """What steps that compile read instead of asking the machine, by file name."""
    said = {
        "JOBS": wanted.compile_jobs,
        "CARGO_BUILD_JOBS": wanted.cargo_jobs,
        "MAX_JOBS": wanted.max_jobs,
    }
    lines = [f"{name}={value}\n" for name, value in said.items() if value]
    name = f"jobs-{wanted.compile_jobs}-{wanted.cargo_jobs}-{wanted.max_jobs}.sh"
    return {name: "".join(lines)} if lines else {}


def _has_checks(plan: Plan) -> bool:
    return any(stage.name == names.EVIDENCE for stage in plan.stages)


def bootstrap_command(image: BootstrapImage, python: str, *, pull: bool) -> Command:
    """The command that makes a base image from a distribution's archive, or finds it made."""
    argv = [python, "-m", "dockwright", "bootstrap", f"{image.distribution}/{image.suite}"]
    argv += ["--arch", image.arch, "--events"]
    argv += [word for package in image.packages for word in ("--include", package)]
    return Command(
        argv=(*argv, *(("--pull",) if pull else ())),
        purpose=f"base image {image.distribution}/{image.suite}",
        reader="events",
    )


def _without_repeats(jobs: list[Job]) -> tuple[Job, ...]:
    """A command that two requests both need first (importing a base image) runs once."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for job in jobs:
        if job.command.argv not in seen:
            seen.add(job.command.argv)
            kept.append(job)
    return tuple(kept)


def stages_of(scheduled: Schedule) -> tuple[str, ...]:
    """The stages that the build touches, in the plan's order."""
    targets = [scheduled.image.target, *((names.EVIDENCE,) if scheduled.evidence else ())]
    touched = {name for target in targets for name in closure(scheduled.plan, target)}
    return tuple(stage.name for stage in scheduled.plan.stages if stage.name in touched)
