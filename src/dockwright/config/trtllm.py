"""Where TensorRT-LLM's wheel comes from: download, install or build, and why.

The same decision serves the plan, the refusal and the report that people read, so the three
cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from dockwright.catalog.parameters.axes import FRAMEWORK, PLATFORM
from dockwright.catalog.parameters.images import ARCH_ALT, PYTHON_VERSION
from dockwright.catalog.parameters.trtllm import (
    TENSORRTLLM_INDEX_URL,
    TENSORRTLLM_PIP_WHEEL,
    TENSORRTLLM_PIP_WHEEL_DIR,
    TRTLLM_ABI_INCOMPATIBLE_VERSIONS,
    TRTLLM_COMMIT,
    TRTLLM_GIT_URL,
    TRTLLM_WHEEL_IMAGE,
)
from dockwright.config.words import given, place
from dockwright.errors import Problem, UserError
from dockwright.model.param import Param, Params
from dockwright.model.values import Framework

_RELEASE_IMAGE = "nvcr.io/nvidia/tensorrt-llm/release"
REPOSITORY = "https://github.com/NVIDIA/TensorRT-LLM.git"
BUILD_DIRECTORY = "/tmp/trtllm_wheel/"  # noqa: S108  # the original's name, shown to people
_HASH = re.compile(r"[0-9a-f]{7,40}")
_BUILT = re.compile(r"(?:^|\.)dev([0-9a-f]+)$")
_LOGIN = re.compile(r"[a-z]+://[^/@]*:[^/@]+@")
_VERSION = re.compile(
    r"v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)([-+][0-9A-Za-z.+-]+|[A-Za-z][0-9A-Za-z.+]*)?"
)


class Intention(StrEnum):
    """What a person wants to happen with the wheel."""

    DOWNLOAD = "download"
    INSTALL = "install"
    BUILD = "build"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The decision. Empty fields do not apply to the intention.

    `image` is set when the wheel is copied out of the release image; `wheel_url` when the wheel's
    address is known; otherwise `requirement` goes to the resolver with `index`.
    """

    intention: Intention
    reason: str
    commit: str
    requirement: str = ""
    index: str = ""
    wheel_url: str = ""
    image: str = ""
    directory: str = ""
    git_url: str = ""

    @property
    def has_context(self) -> bool:
        """Whether the wheel enters the build as a directory (HAS_TRTLLM_CONTEXT)."""
        return self.intention is not Intention.DOWNLOAD

    def report(self) -> tuple[str, ...]:
        """What was chosen and why, line by line."""
        chosen = tuple(
            f"{intention}: {'true' if intention is self.intention else 'false'}"
            for intention in Intention
        )
        details = (
            ("wheel", self.requirement),
            ("index", self.index),
            ("image", self.image),
            ("directory", self.directory),
            ("source", self.git_url),
            ("commit", self.commit),
        )
        return (*chosen, f"because {self.reason}", *(f"{k}: {v}" for k, v in details if v))


def is_version(text: str) -> bool:
    """Three numbers without leading zeros, an optional v, an optional suffix (rc1, +local, -x)."""
    return _VERSION.fullmatch(text) is not None


def source_problem(url: str, commit: str) -> Problem | None:
    """What is wrong with a repository and a commit, whoever said them."""
    if _LOGIN.match(url):
        return Problem(
            what="the git URL holds a password, which every user of the machine could read",
            hint="use ssh, or git's own credential helper",
            rule="trtllm-source",
        )
    if commit.startswith("-") or not commit:
        return Problem(
            what=f"{commit!r} is no commit, tag or branch",
            hint="name one of the repository",
            rule="trtllm-source",
        )
    return None


def trtllm_source(params: Params) -> Problem | None:
    """TensorRT-LLM's wheel has one source: downloaded, installed from a directory, or built."""
    if params[FRAMEWORK] is not Framework.TRTLLM:
        return None
    decision = decide(params)
    return decision if isinstance(decision, Problem) else None


def decide(params: Params) -> Source | Problem:
    """The source of the wheel, or what is wrong with what was said about it."""
    said = {
        param: given(params, param) and bool(params[param])
        for param in (
            TRTLLM_GIT_URL,
            TENSORRTLLM_PIP_WHEEL_DIR,
            TENSORRTLLM_PIP_WHEEL,
            TENSORRTLLM_INDEX_URL,
        )
    }
    git, directory, wheel, index = said.values()
    if (git or directory) and (wheel or index):
        return _unclear(params, [param for param, is_said in said.items() if is_said])
    if index and not wheel:
        return Problem(
            what=(
                "unclear intention: TENSORRTLLM_INDEX_URL "
                f"({place(params, TENSORRTLLM_INDEX_URL)}) without TENSORRTLLM_PIP_WHEEL"
            ),
            hint="also say which wheel: --tensorrtllm-pip-wheel tensorrt-llm==VERSION",
            rule="trtllm-source",
        )
    if git or directory:
        return _from_directory(params, build=git)
    return _download(params, wheel=wheel, index=index)


def _unclear(params: Params, said: list[Param[str]]) -> Problem:
    names = ", ".join(f"{param.name} ({place(params, param)})" for param in said)
    return Problem(
        what=f"unclear intention: conflicting sources of TensorRT-LLM's wheel: {names}",
        hint="download (wheel, index), install (directory) or build (git URL, directory)",
        rule="trtllm-source",
    )


def _from_directory(params: Params, *, build: bool) -> Source | Problem:
    if not params[TRTLLM_COMMIT]:
        what = "building from source" if build else "installing from a directory"
        return Problem(
            what=f"{what} needs TRTLLM_COMMIT: the commit is missing",
            hint="add --tensorrtllm-commit REF",
            rule="trtllm-source",
        )
    commit = tag_of(params[TRTLLM_COMMIT])
    directory = params[TENSORRTLLM_PIP_WHEEL_DIR]
    if build:
        return _from_source(params, commit) or Source(
            intention=Intention.BUILD,
            reason=f"TRTLLM_GIT_URL was set ({place(params, TRTLLM_GIT_URL)})",
            commit=commit,
            git_url=params[TRTLLM_GIT_URL],
            directory=directory or BUILD_DIRECTORY,
        )
    return Source(
        intention=Intention.INSTALL,
        reason=(
            "TENSORRTLLM_PIP_WHEEL_DIR was set "
            f"({place(params, TENSORRTLLM_PIP_WHEEL_DIR)}) without a git URL"
        ),
        commit=commit,
        directory=directory,
    )


def _from_source(params: Params, commit: str) -> Problem | None:
    platforms = params[PLATFORM]
    if len(platforms) > 1:
        return Problem(
            what=f"the wheel is built on the machine that it is for, and there are {len(platforms)}"
            " platforms",
            where=place(params, TRTLLM_GIT_URL),
            hint="build each wheel on its own kind of machine, then install from directories",
            rule="trtllm-source",
        )
    return source_problem(params[TRTLLM_GIT_URL], commit)


def _download(params: Params, *, wheel: bool, index: bool) -> Source | Problem:
    requirement = params[TENSORRTLLM_PIP_WHEEL]
    name, _, version = requirement.replace(" ", "").partition("==")
    if not version and is_version(name):
        # The old tools accept a bare version.
        name, version = "tensorrt-llm", name
        requirement = f"{name}=={version}"
    if not is_version(version):
        version = ""
    if not version and not params[TRTLLM_COMMIT]:
        return Problem(
            what=(
                f"TENSORRTLLM_PIP_WHEEL {requirement!r} "
                f"({place(params, TENSORRTLLM_PIP_WHEEL)}) says no version, so the commit that "
                "belongs to it is unknown"
            ),
            hint="use tensorrt-llm==VERSION, or add --tensorrtllm-commit REF",
            rule="trtllm-source",
        )
    reason = "TENSORRTLLM_PIP_WHEEL was set" if wheel else "nothing else was asked for (default)"
    commit = tag_of(params[TRTLLM_COMMIT] or version)
    address = params[TENSORRTLLM_INDEX_URL]
    image = params[TRTLLM_WHEEL_IMAGE]
    if not image and not index and version in params[TRTLLM_ABI_INCOMPATIBLE_VERSIONS]:
        image = f"{_RELEASE_IMAGE}:{version}"
        reason += "; index wheels of this version do not match the PyTorch image"
    if image:
        return Source(
            intention=Intention.DOWNLOAD,
            reason=reason,
            commit=commit,
            requirement=requirement,
            image=image,
        )
    known = name.lower().replace("_", "-") == "tensorrt-llm" and version
    return Source(
        intention=Intention.DOWNLOAD,
        reason=reason,
        commit=commit,
        requirement=requirement,
        index=address,
        wheel_url=_wheel_url(params, version) if known else "",
    )


def _wheel_url(params: Params, version: str) -> str:
    python = "cp" + params[PYTHON_VERSION].replace(".", "")
    file = f"tensorrt_llm-{version}-{python}-{python}-linux_{params[ARCH_ALT]}.whl"
    return f"{params[TENSORRTLLM_INDEX_URL].rstrip('/')}/tensorrt-llm/{file}"


def tag_of(text: str) -> str:
    """A version becomes a tag, `v1.2.3`; anything else stays as it is."""
    return f"v{text.removeprefix('v')}" if is_version(text) else text


def pick_wheel(
    files: Iterable[str], *, directory: str, python: str, machine: str, commit: str = ""
) -> str:
    """The one wheel of a directory that fits. Raises UserError when none or several do.

    `commit` is checked as far as the wheel's version tells it: the version of a tag, or the `+dev…`
    of a build from source.
    """
    wheels = sorted(file for file in files if file.endswith(".whl"))
    misfits = {wheel: _misfit(wheel, python, machine, commit) for wheel in wheels}
    fitting = [wheel for wheel, why in misfits.items() if not why]
    if len(fitting) == 1:
        return fitting[0]
    wanted = f"tensorrt_llm for Python {python} on {machine}"
    if fitting:
        raise UserError(
            f"several wheels fit {wanted} in {directory}: {', '.join(fitting)}",
            hint="leave exactly one fitting wheel in the directory",
        )
    reasons = ", ".join(f"{wheel} ({why})" for wheel, why in misfits.items())
    raise UserError(
        f"no wheel fits {wanted} in {directory}: {reasons or 'no wheel at all'}",
        hint="put the fitting wheel there, or build it: `dockwright wheel trtllm --commit "
        f"{commit or 'REF'} --output {directory}`",
    )


def _misfit(wheel: str, python: str, machine: str, commit: str) -> str:
    """Why a wheel is not the one that is wanted; empty when it is."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename
    from packaging.version import Version

    try:
        name, version, _, tags = parse_wheel_filename(wheel)
    except InvalidWheelFilename:
        return "not the name of a wheel"
    if name != "tensorrt-llm":
        return "another package"
    if not any(tag.platform == "any" or tag.platform.endswith(f"_{machine}") for tag in tags):
        return f"for {' and '.join(sorted({tag.platform for tag in tags}))}"
    if not {tag.interpreter for tag in tags} & {"py3", "cp" + python.replace(".", "")}:
        return f"for Python {' and '.join(sorted({tag.interpreter for tag in tags}))}"
    if is_version(commit) and version.public != Version(commit.removeprefix("v")).public:
        return f"version {version}"
    built = _BUILT.search(version.local or "")
    if built and _HASH.fullmatch(commit) and not commit.startswith(built[1]):
        return f"built from commit {built[1]}"
    return ""


def check_commit_file(text: str, *, arch: str, commit: str, where: str) -> None:
    """`commit.txt` beside a wheel holds `<arch>_<commit>`. Raises UserError when it disagrees."""
    said = text.strip()
    found, _, of_file = said.partition("_")
    if (found, tag_of(of_file)) != (arch, tag_of(commit)):
        raise UserError(
            f"{where} says {said!r}, but the wheel should be {f'{arch}_{commit}'!r}",
            hint="use the directory of that commit, or the commit of that directory",
        )
