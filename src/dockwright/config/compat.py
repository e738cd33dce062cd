"""The drop-in for build.sh: its words, environment and repository → what will be built, and why.

`interpret` is pure: the caller reads the environment, git and the wheel's folder. The result holds
everything that a dry run shows and a real run needs, so the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.axes import ARCH, FRAMEWORK, TARGET
from dockwright.catalog.parameters.build import ENGINE, OUTPUT, TAG, TAG_LATEST
from dockwright.catalog.parameters.cache import USE_SCCACHE
from dockwright.catalog.parameters.features import EFA_VERSION, MAKE_EFA
from dockwright.catalog.parameters.images import ARCH_ALT, ECR_HOSTNAME, EPP_IMAGE, PYTHON_VERSION
from dockwright.config import compat_words, trtllm
from dockwright.config.cells import default_of
from dockwright.config.compat_words import Words
from dockwright.config.names import ORIGINAL_VARIABLES
from dockwright.config.resolve import resolve_platforms
from dockwright.config.rules import WITHOUT_EFFECT, check_all
from dockwright.config.secrets import WELL_KNOWN, SecretSource
from dockwright.config.setting import HostFacts, Setting
from dockwright.config.sources import from_environment
from dockwright.config.tags import GitFacts, image_version, python_version, tags
from dockwright.config.words import given
from dockwright.errors import Problem, UserError
from dockwright.model.param import Origin, Param, Params, Source, Value
from dockwright.model.values import Framework, Target

EPP_FOLDER = "deploy/inference-gateway/epp"
"""Where a Dynamo repository keeps the endpoint picker."""

_DERIVED = Origin(source=Source.DEFAULT, where="compat/build.sh")
_SCCACHE_SECRETS = ("aws-key-id", "aws-secret-id")
# Read beside the original's own variables: without it the engine could not be chosen at all.
_ENGINE_VARIABLE = ENGINE.variable
# Rules about values that do nothing when they come as build arguments: docker said so and went on.
_IDLE_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "epp-of-frontend": ("EPP_IMAGE",),
    "ids-of-local-dev": ("USER_UID", "USER_GID"),
    "sccache-switched-on": ("SCCACHE_BUCKET", "SCCACHE_REGION", "SCCACHE_S3_KEY_PREFIX"),
}

Destination = Literal["load", "push", "none"]


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """What the source repository says. `describe` names the endpoint picker's image."""

    root: str = "."
    git: GitFacts = GitFacts()
    commit: str = ""
    describe: str = ""
    has_epp: bool = False


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder with a wheel: its file names, and the text of commit.txt if there is one."""

    names: tuple[str, ...] = ()
    commit: str | None = None


Look = Callable[[str], Folder | None]
"""Path → what is there; None when it is no folder."""


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """A difference from the original that this command line meets."""

    id: str
    text: str

    def __str__(self) -> str:
        return f"warning[{self.id}]: {self.text}"


class Picker(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoint picker of one platform, built before the frontend image that copies it."""

    image: str
    platform: str
    argv: tuple[str, ...]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One image of the chain, for each platform. TAG, TAG_LATEST and OUTPUT say what it becomes."""

    name: str
    tags: tuple[str, ...]
    platforms: tuple[Params, ...]


class Interpretation(msgspec.Struct, frozen=True, kw_only=True):
    """What a command line means. With problems, nothing is built and the rest may be empty."""

    words: Words
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Warned, ...] = ()
    pickers: tuple[Picker, ...] = ()
    chain: tuple[Link, ...] = ()
    secrets: tuple[SecretSource, ...] = ()
    output: Destination = "load"
    wheel: trtllm.Source | None = None
    version: str = ""
    python_version: str = ""
    context: str = ""

    @property
    def status(self) -> int:
        """The exit status of the interpretation itself: 1 for every usage error."""
        return 1 if self.problems else 0

    @property
    def params(self) -> Params:
        """The values of the first platform of the last image: what was asked for."""
        return self.chain[-1].platforms[0]


def interpret(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    repository: Repository,
    look: Look,
    host: HostFacts | None = None,
) -> Interpretation:
    """Read, check and derive everything; all problems at once, nothing started."""
    known = parameters()
    words = compat_words.read(argv, known)
    if words.help:
        return Interpretation(words=words)
    facts = msgspec.structs.replace(host or HostFacts(), commit=repository.commit)
    problems = list(words.problems)
    tolerated = WITHOUT_EFFECT | _idle(words)
    found: tuple[Params, ...] = ()
    try:
        found = resolve_platforms(
            [*_from_environment(env, known), *words.settings], facts=facts, tolerate=tolerated
        )
    except UserError as error:
        problems += error.problems
    wheel: trtllm.Source | None = None
    if found:
        wheel, refused = _wheel(found, look)
        problems += refused
    if problems:
        return Interpretation(words=words, problems=tuple(dict.fromkeys(problems)))
    from dockwright.config.compat_notes import Seen, notes

    idle = {
        problem: None
        for params in found
        for problem in check_all(params, names=known)
        if problem.rule in tolerated
    }
    warnings = notes(
        Seen(
            words=words,
            platforms=found,
            env=env,
            has_epp=repository.has_epp,
            output=_output(words),
            wheel=wheel,
            idle=tuple(idle),
        )
    )
    try:
        return _derived(words, found, repository, wheel, warnings)
    except UserError as error:
        return Interpretation(words=words, problems=error.problems)


def warned(problem: Problem) -> Warned:
    """A value without effect: an error of `dockwright build`, a warning here."""
    where = f"{problem.where}: " if problem.where else ""
    return Warned(id="no-effect", text=f"{where}{problem.what}; {problem.hint}")


def _from_environment(env: Mapping[str, str], known: Mapping[str, Param[Any]]) -> list[Setting]:
    read = {*ORIGINAL_VARIABLES, _ENGINE_VARIABLE}
    return from_environment({name: env[name] for name in env if name in read}, known)


def _idle(words: Words) -> set[str]:
    """Rules whose values came only as build arguments, which docker left unread."""
    flags = {
        setting.name
        for setting in words.settings
        if not setting.origin.where.startswith(compat_words.BUILD_ARG)
    }
    return {rule for rule, names in _IDLE_ARGUMENTS.items() if not flags.intersection(names)}


def _output(words: Words) -> Destination:
    if words.push:
        return "push"
    return "none" if words.no_load else "load"


def _wheel(
    platforms: Sequence[Params], look: Look
) -> tuple[trtllm.Source | None, tuple[Problem, ...]]:
    """Where TensorRT-LLM's wheel comes from, and what is wrong with the folder it lies in."""
    if platforms[0][FRAMEWORK] is not Framework.TRTLLM:
        return None, ()
    wheel = trtllm.decide(platforms[0])
    if isinstance(wheel, Problem):
        return None, (wheel,)
    if wheel.intention is not trtllm.Intention.INSTALL:
        return wheel, ()
    folder = look(wheel.directory)
    if folder is None:
        problem = Problem(
            what=f"there is no directory {wheel.directory!r}",
            where="--tensorrtllm-pip-wheel-dir",
            hint="name the directory that holds the wheel",
            rule="trtllm-wheel",
        )
        return wheel, (problem,)
    problems = [
        problem for params in platforms for problem in _folder_problems(folder, wheel, params)
    ]
    return wheel, tuple(dict.fromkeys(problems))


def _folder_problems(folder: Folder, wheel: trtllm.Source, params: Params) -> list[Problem]:
    where = "--tensorrtllm-pip-wheel-dir"
    found = []
    try:
        trtllm.pick_wheel(
            folder.names,
            directory=wheel.directory,
            python=params[PYTHON_VERSION],
            machine=params[ARCH_ALT],
            commit=wheel.commit,
        )
    except UserError as error:
        found.append(Problem(what=error.message, where=where, hint=error.hint, rule="trtllm-wheel"))
    if folder.commit is not None:
        file = f"{wheel.directory.rstrip('/')}/commit.txt"
        try:
            trtllm.check_commit_file(
                folder.commit, arch=params[ARCH].value, commit=wheel.commit, where=file
            )
        except UserError as error:
            found.append(
                Problem(what=error.message, where=where, hint=error.hint, rule="trtllm-commit-file")
            )
    return found


def _derived(
    words: Words,
    found: tuple[Params, ...],
    repository: Repository,
    wheel: trtllm.Source | None,
    warnings: tuple[Warned, ...],
) -> Interpretation:
    first = found[0]
    pickers = _pickers(found, repository)
    platforms = tuple(
        _with(params, {EPP_IMAGE: picker.image}) if picker else params
        for params, picker in zip(found, pickers or (None,) * len(found), strict=True)
    )
    output = _output(words)
    # The image below the layer is another one: nothing of the layer was said about it.
    version = default_of(first, EFA_VERSION)
    base = (
        tuple(_with(params, {MAKE_EFA: False, EFA_VERSION: version}) for params in platforms)
        if first[MAKE_EFA]
        else platforms
    )
    names = tags(base[0], repository.git)
    chain = [_link("main", base, names, output)]
    if first[MAKE_EFA]:
        own = tuple(f"{tag}-aws" for tag in first[TAG])
        layered = own or tags(first, repository.git)[:1]
        if first[TAG_LATEST]:
            layered += tags(_with(first, {TAG: ()}), repository.git)[-1:]
        chain.append(_link("efa", platforms, tuple(dict.fromkeys(layered)), output))
    return Interpretation(
        words=words,
        warnings=warnings,
        pickers=pickers,
        chain=tuple(chain),
        secrets=tuple(
            secret for secret in WELL_KNOWN if secret.id in _SCCACHE_SECRETS and first[USE_SCCACHE]
        ),
        output=output,
        wheel=wheel,
        version=image_version(first, repository.git),
        python_version=python_version(first, repository.git),
        context=repository.root,
    )


def _link(
    name: str, platforms: Sequence[Params], names: tuple[str, ...], output: Destination
) -> Link:
    # `load` would be an error where no store can hold the image (several platforms, a BuildKit
    # without docker); `auto` loads where it can, else it writes a layout and says where.
    place = "auto" if output == "load" else output
    values: dict[Param[Any], Any] = {TAG: names, TAG_LATEST: False, OUTPUT: place}
    return Link(
        name=name, tags=names, platforms=tuple(_with(params, values) for params in platforms)
    )


def _with(params: Params, values: Mapping[Param[Any], Any]) -> Params:
    """The same parameters with values that were derived here, so nobody said them."""
    derived = {param.name: Value(value=value, origin=_DERIVED) for param, value in values.items()}
    return Params(values={**params.values, **derived})


def _pickers(platforms: Sequence[Params], repository: Repository) -> tuple[Picker, ...]:
    """`make all` for each requested platform, unless there is an image already or no source."""
    first = platforms[0]
    if first[TARGET] is not Target.FRONTEND or given(first, EPP_IMAGE) or not repository.has_epp:
        return ()
    name = f"dynamo/dynamo-epp:{repository.describe or 'dev'}"
    several = len(platforms) > 1
    architectures = [params[ARCH] for params in platforms]
    found = []
    for arch, params in zip(architectures, platforms, strict=True):
        image = f"{name}-{arch}" if several else name
        host = params[ECR_HOSTNAME]
        argv = (
            "make",
            "-C",
            f"{repository.root}/{EPP_FOLDER}",
            "all",
            f"DYNAMO_DIR={repository.root}",
            f"PLATFORMS={arch.platform}",
            f"IMAGE_TAG={image}",
            *((f"DOCKER_PROXY={host}/dockerhub/",) if host else ()),
        )
        found.append(Picker(image=image, platform=arch.platform, argv=argv))
    return tuple(found)
