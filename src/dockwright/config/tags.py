"""Version and image tags: an injective function of the variant (law 9), given what git says."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from dockwright.catalog.compat import default_row
from dockwright.catalog.parameters.axes import CUDA_VERSION, DEVICE, FRAMEWORK, PLATFORM, TARGET
from dockwright.catalog.parameters.build import TAG, TAG_LATEST
from dockwright.catalog.parameters.features import (
    EFA_VERSION,
    ENABLE_GPU_MEMORY_SERVICE,
    ENABLE_KVBM,
    ENABLE_MEDIA_FFMPEG,
    ENABLE_MEDIA_NIXL,
    MAKE_EFA,
)
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.people import COMMIT_ID, CURRENT_TAG, LATEST_TAG
from dockwright.config.cells import default_of
from dockwright.errors import UserError
from dockwright.model.param import Params
from dockwright.model.values import TAG as TAG_GRAMMAR
from dockwright.model.values import Arch, Device, Target

_NAME = "dynamo"
_FALLBACK = "0.0.1"
_RELEASE = re.compile(r"(?:.*/)?release/([0-9]+)\.([0-9]+)\.([0-9]+)")


class GitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository says: remote branches, tags, tags at HEAD, and the short commit of HEAD."""

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tags_at_head: tuple[str, ...] = ()
    short_commit: str = ""


def release_base(git: GitFacts) -> str:
    """The newest release: of branches `release/X.Y.Z`, else of tags `v*`, else 0.0.1."""
    found = [match.groups() for match in map(_RELEASE.fullmatch, git.branches) if match]
    if found:
        newest = max(found, key=lambda numbers: tuple(int(number) for number in numbers))
        return ".".join(newest)
    tags = [tag for tag in git.tags if re.match(r"v[0-9]", tag) and "test-rc" not in tag]
    return max(tags, key=_version_key).removeprefix("v") if tags else _FALLBACK


def _version_key(tag: str) -> tuple[tuple[int, int, str], ...]:
    """For sorting as `git --sort=v:refname` does: runs of digits compare as numbers."""
    parts = re.findall(r"[0-9]+|[^0-9]+", tag)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


def image_version(params: Params, git: GitFacts) -> str:
    """`v<tag at HEAD>`, else `v<newest release>.dev.<short commit>`."""
    at_head = params[CURRENT_TAG] or next(iter(sorted(git.tags_at_head)), "")
    if at_head:
        return f"v{at_head.removeprefix('v')}"
    base = (params[LATEST_TAG] or release_base(git)).removeprefix("v")
    return f"v{base}.dev.{params[COMMIT_ID] or git.short_commit or 'unknown'}"


def python_version(params: Params, git: GitFacts) -> str:
    """The version of the Python packages: the tag, else `<base>.dev+<short commit>`."""
    version = image_version(params, git).removeprefix("v")
    base, dev, commit = version.rpartition(".dev.")
    return f"{base}.dev+{commit}" if dev else version


def tags(params: Params, git: GitFacts) -> tuple[str, ...]:
    """Every name of the image: the person's as written, else the default one, and the latest.

    Raises UserError when a derived name breaks the grammar of tags.
    """
    version = image_version(params, git)
    own = params[TAG] or (_tag(params, version, dev="-dev"),)
    latest = (_tag(params, "latest", dev=""),) if params[TAG_LATEST] else ()
    return tuple(dict.fromkeys((*own, *latest)))


def usual(params: Params) -> str:
    """The name under which a build of this variant is found again, whatever its version."""
    return params[TAG][0] if params[TAG] else _tag(params, "latest", dev="")


def _tag(params: Params, version: str, *, dev: str) -> str:
    target = params[TARGET]
    # The original's latest tag of `dev` carries no target; other tools look for that name.
    ending = dev if target is Target.DEV else f"-{target}"
    tag = f"{version}-{params[FRAMEWORK]}{ending}{suffix(params)}"
    if not TAG_GRAMMAR.fullmatch(tag):
        raise UserError(
            f"{tag!r} is not an image tag (letters, digits, '_', '.', '-'; at most 128)",
            hint="give the image a name with --tag, or another version with CURRENT_TAG",
        )
    return f"{_NAME}:{tag}"


def suffix(params: Params) -> str:
    """What makes this variant another than the default one of its framework; empty for that.

    Without it images with other contents would take each other's name.
    """
    parts = []
    row = default_row(params[FRAMEWORK], Device.CUDA)
    if params[DEVICE] is not Device.CUDA:
        parts.append(params[DEVICE].value)
    elif row is None or params[CUDA_VERSION] != row.cuda:
        parts.append(f"cuda{params[CUDA_VERSION]}")
    first, *others = params[PLATFORM]
    if others or first is not Arch.AMD64:
        parts.append("multiarch" if others else first.value)
    parts += _switches(params)
    if params[MAKE_EFA]:
        version = params[EFA_VERSION]
        parts.append("aws" if version == default_of(params, EFA_VERSION) else f"aws{version}")
    return "".join(f"-{part}" for part in parts)


def _switches(params: Params) -> Iterable[str]:
    """Only what differs: the defaults belong to the framework's plain name."""
    if params[PYTHON_VERSION] != default_of(params, PYTHON_VERSION):
        yield f"py{params[PYTHON_VERSION]}"
    for switch, word in (
        (ENABLE_KVBM, "kvbm"),
        (ENABLE_GPU_MEMORY_SERVICE, "gms"),
        (ENABLE_MEDIA_NIXL, "medianixl"),
        (ENABLE_MEDIA_FFMPEG, "ffmpeg"),
    ):
        if params[switch] is not default_of(params, switch):
            yield word if params[switch] else f"no{word}"
