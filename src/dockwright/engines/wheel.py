"""TensorRT-LLM's wheel from its sources: the commands of one build. Pure.

The repository's own make targets build an image that holds the wheel; who made that image is asked
for its build directory. Every name that could meet another build's (clone, container, image tags)
is made of the repository, the commit and the architecture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from dockwright.engines.api import Command
from dockwright.model.values import Arch

Holder = Literal["docker", "podman", "buildah"]

HOLDERS: tuple[Holder, ...] = ("docker", "podman", "buildah")
"""Who may hold the wheel's image, in the order of preference."""

STAGE = "trtllm-wheel"
WANTED = "refs/dockwright/wanted"
VERSION_FILE = "tensorrt_llm/version.py"
BUILD = "/src/tensorrt_llm/build"
NIXL = "/opt/nvidia/nvda_nixl"
_SHORT = 8
_REMOVE: Mapping[Holder, tuple[str, ...]] = {
    "docker": ("image", "rm"),
    "podman": ("image", "rm"),
    "buildah": ("rmi",),
}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One wheel that somebody wants, and the places that its build uses.

    `home` is a directory of our own for this repository, `output` where the wheel goes; `config`
    are git's options for this network; `lfs` says whether git-lfs is there.
    """

    url: str
    commit: str
    arch: Arch
    home: Path
    output: Path
    holder: Holder
    lfs: bool
    config: tuple[str, ...] = ()

    @property
    def tree(self) -> Path:
        """The clone."""
        return self.home / "tree"

    @property
    def key(self) -> str:
        """What makes this build's names its own."""
        said = f"{self.url}\n{self.commit}\n{self.arch}"
        return f"dockwright-{hashlib.sha256(said.encode()).hexdigest()[:12]}"

    @property
    def image(self) -> str:
        """The image that holds the wheel."""
        return f"tensorrt_llm/wheel:{self.key}"

    @property
    def extracted(self) -> Path:
        """Where the build directory arrives before it is looked at."""
        return self.output / f".{self.key}"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a build does without starting a process, for people."""

    text: str


Step: TypeAlias = Command | Note


def home(cache: Path, url: str) -> Path:
    """Our own directory for a repository: another address never meets another one's clone."""
    return cache / "wheels" / f"trtllm-{hashlib.sha256(url.encode()).hexdigest()[:16]}"


def short(commit: str) -> str:
    """The commit as the wheel's version says it."""
    return commit[:_SHORT]


def suffixed(version: str, commit: str) -> str:
    """`1.3.0rc1` → `1.3.0rc1+dev45d7022c`; a version has at most one local part."""
    return f"{version}{'.' if '+' in version else '+'}dev{short(commit)}"


def _git(order: Order, purpose: str, *words: str) -> Command:
    return Command(argv=("git", "-C", str(order.tree), *order.config, *words), purpose=purpose)


def prepare(order: Order) -> tuple[Command, ...]:
    """An empty repository that knows its origin; harmless where it is one already."""
    return (
        _git(order, "make the clone", "-c", "init.defaultBranch=main", "init", "--quiet"),
        # git-lfs and submodules with relative addresses ask for it.
        _git(order, "set its origin", "config", "remote.origin.url", order.url),
    )


def fetch(order: Order) -> Command:
    """The commit alone."""
    words = ("fetch", "--quiet", "--force", "--depth=1", "--no-tags", "origin")
    return _git(order, "fetch the commit", *words, f"+{order.commit}:{WANTED}")


def fetch_all(order: Order) -> tuple[Command, ...]:
    """All branches and tags, for servers that give no single commit and for abbreviated ones."""
    refs = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    return (
        _git(order, "fetch everything", "fetch", "--quiet", "--force", "origin", *refs),
        _git(order, "find the commit", "update-ref", WANTED, f"{order.commit}^{{commit}}"),
    )


def checkout(order: Order) -> tuple[Command, ...]:
    """The commit's files and nothing of an earlier build, with submodules and large files."""
    update = ("submodule", "--quiet", "update", "--init", "--recursive", "--force", "--depth=1")
    pull = (_git(order, "fetch large files", "lfs", "pull"),) if order.lfs else ()
    return (
        _git(order, "check out the commit", "checkout", "--quiet", "--force", "--detach", WANTED),
        _git(order, "remove what is not the commit's", "clean", "-ffdxq"),
        _git(order, "set submodules' origins", "submodule", "--quiet", "sync", "--recursive"),
        _git(order, "fetch submodules", *update),
        *pull,
    )


def make(order: Order) -> tuple[Command, ...]:
    """The repository's own targets. On arm64 there is no NIXL backend to build against."""
    argv = ("make", "--no-print-directory", "-C", str(order.tree / "docker"))
    tag = f"IMAGE_TAG={order.key}"
    if order.arch is not Arch.AMD64:
        return (Command(argv=(*argv, "wheel_build", tag), purpose="make wheel_build"),)
    options = f"BUILD_WHEEL_OPTS=--extra-cmake-vars NIXL_ROOT={NIXL}"
    return (
        Command(argv=(*argv, "tritondevel_build", tag), purpose="make tritondevel_build"),
        Command(
            argv=(*argv, "wheel_build", "DEVEL_IMAGE=tritondevel", options, tag),
            purpose="make wheel_build",
        ),
    )


def extract(order: Order) -> tuple[Command, ...]:
    """The build directory out of the image."""
    target = str(order.extracted)
    if order.holder == "buildah":
        argv = (
            *("buildah", "build", "--pull-never", "--tag", order.key),
            *("--output", f"type=local,dest={target}"),
            *("--file", str(order.home / order.key / "Containerfile"), str(order.home / order.key)),
        )
        return (Command(argv=argv, purpose="take the wheel out of its image"),)
    return (
        Command(
            # Nothing is started; an image without a command wants one nevertheless.
            argv=(order.holder, "create", "--name", order.key, order.image, "/none"),
            purpose="open the wheel's image",
        ),
        Command(
            argv=(order.holder, "cp", f"{order.key}:{BUILD}", target),
            purpose="take the wheel out of its image",
        ),
    )


def containerfile(order: Order) -> str:
    """What buildah takes the build directory out with."""
    return f"FROM scratch\nCOPY --from={order.image} {BUILD} /\n"


def clean(order: Order) -> tuple[Command, ...]:
    """Containers and images of this build, also those that a killed run left behind."""
    images = [order.image]
    if order.arch is Arch.AMD64:
        images.append(f"tensorrt_llm/tritondevel:{order.key}")
    argvs: list[tuple[str, ...]] = [(order.holder, "rm", "--force", order.key)]
    if order.holder == "buildah":
        argvs = [("buildah", "rmi", "--force", order.key)]
    for image in images:
        argvs.append((order.holder, *_REMOVE[order.holder], "--force", image))
    return tuple(Command(argv=argv, purpose="clean up") for argv in argvs)


def steps(order: Order) -> tuple[Step, ...]:
    """Everything that a build does, in order, as a dry run shows it."""
    return (
        *prepare(order),
        fetch(order),
        Note(text="only if the server does not give that commit alone:"),
        *fetch_all(order),
        Note(text="in any case:"),
        *checkout(order),
        Note(text=f"append +dev and the first {_SHORT} digits of the commit in {VERSION_FILE}"),
        Note(text="remove what a killed build of this wheel left, and once more at the end:"),
        *clean(order),
        *make(order),
        *extract(order),
        Note(text=f"put {VERSION_FILE} back"),
        Note(
            text=f"check the wheel; put it, the rest of the build directory and commit.txt into "
            f"{order.output}"
        ),
    )
