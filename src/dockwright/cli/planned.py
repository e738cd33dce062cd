"""From a command's arguments to plans: what all commands about one build have in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from dockwright.catalog.parameters.axes import ARCH
from dockwright.catalog.parameters.images import BASE_IMAGE
from dockwright.catalog.parameters.people import DYNAMO_COMMIT_SHA
from dockwright.catalog.parameters.sources import DYNAMO_SOURCE
from dockwright.catalog.parameters.trtllm import (
    TENSORRTLLM_PIP_WHEEL_DIR,
    TRTLLM_COMMIT,
    TRTLLM_GIT_URL,
)
from dockwright.cli import locks, settings
from dockwright.errors import Problem, UserError
from dockwright.model.lock import Lock
from dockwright.model.param import Params
from dockwright.model.plan import LayoutImage
from dockwright.planning.build import Layout, Planned, plan_image
from dockwright.planning.names import from_name
from dockwright.planning.pin import Pinning


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One platform's parameters and plan, and where its OCI layouts are on this host."""

    params: Params
    planned: Planned
    layouts: Mapping[str, str]


def subjects(
    arguments: Mapping[str, Any],
    env: Mapping[str, str],
    *,
    lock: Lock | None = None,
    pinning: Pinning | None = None,
) -> tuple[Subject, ...]:
    """One subject per platform. Raises UserError with everything that is wrong, of all of them.

    `lock` and `pinning` stand in for what the parameters say of the lock.
    """
    found = _of_all(settings.read(arguments, env), lock, pinning)
    if not any(_wants_commit(subject) for subject in found):
        return found
    # Only a tree of this machine has a HEAD: a plan depends on nothing else of where we are.
    place = found[0].params[DYNAMO_SOURCE]
    if not _is_folder(place):
        return found
    from dockwright.cli.git import repository

    commit = repository(env, absolute(place)).dynamo_commit
    if not commit:
        return found
    return _of_all(settings.read(arguments, env, commit=commit), lock, pinning)


def subject(arguments: Mapping[str, Any], env: Mapping[str, str]) -> Subject:
    """The only subject. Raises UserError when several platforms were asked for."""
    found = subjects(arguments, env)
    if len(found) != 1:
        raise UserError(
            f"{len(found)} platforms were asked for; this command looks at one",
            hint="name one platform, such as --platform linux/amd64",
        )
    return found[0]


def plan_of(
    params: Params,
    *,
    check: bool = True,
    lock: Lock | None = None,
    pinning: Pinning | None = None,
) -> Subject:
    """The plan of one platform. `check` refuses values that a person set and nobody reads."""
    image = params[BASE_IMAGE]
    found: dict[str, Layout] = {}
    folder = ""
    if image.startswith("oci:"):
        from dockwright.engines.oci import parse_reference, read_layout

        path, ref = parse_reference(image)
        layout = read_layout(path, ref, platform=params[ARCH].platform)
        folder = str(path.absolute())
        found[image] = Layout(digest=layout.digest, ref=layout.ref, layers=len(layout.layers))
    planned = plan_image(
        params,
        params[ARCH],
        layouts=found,
        trees=_trees(params),
        lock=locks.read(params) if lock is None else lock,
        pinning=pinning or locks.pinning(params),
    )
    if check:
        _refuse_unread(params, planned)
    layouts = {
        from_name(value): folder
        for value in planned.plan.images.values()
        if isinstance(value, LayoutImage)
    }
    return Subject(params=params, planned=planned, layouts=layouts)


def _trees(params: Params) -> dict[str, dict[str, str]]:
    """The files of the directories that parameters may name as sources."""
    return _dynamo_tree(params) | _wheel_directory(params)


def _wheel_directory(params: Params) -> dict[str, dict[str, str]]:
    """The wheels in the directory that TensorRT-LLM is installed from; its commit is compared."""
    place = params[TENSORRTLLM_PIP_WHEEL_DIR]
    if not place or params[TRTLLM_GIT_URL] or not absolute(place).is_dir():
        return {}
    from dockwright.config.trtllm import check_commit_file
    from dockwright.engines.sources import fingerprint

    note = absolute(place) / "commit.txt"
    if note.is_file() and params[TRTLLM_COMMIT]:
        check_commit_file(
            note.read_text(encoding="utf-8", errors="replace"),
            arch=params[ARCH].value,
            commit=params[TRTLLM_COMMIT],
            where=f"{place}/commit.txt",
        )
    wheels = sorted(absolute(place).glob("*.whl"))
    return {place: {wheel.name: fingerprint(wheel) for wheel in wheels}}


def _dynamo_tree(params: Params) -> dict[str, dict[str, str]]:
    """The files of the directory that DYNAMO_SOURCE may name."""
    place = params[DYNAMO_SOURCE]
    if not _is_folder(place):
        return {}
    from dockwright.engines.sources import describe_tree

    if not absolute(place).is_dir():
        raise UserError(
            f"{params.value(DYNAMO_SOURCE).origin.where}: there is no directory {place}",
            hint="name a Dynamo source tree, or a pinned release without a slash",
        )
    return {place: describe_tree(absolute(place))}


def absolute(path: str) -> Path:
    """A path that a person wrote, independent of the working directory from here on."""
    return Path(path).expanduser().absolute()


def _is_folder(place: str) -> bool:
    """Whether DYNAMO_SOURCE names a directory of this machine and no release."""
    return "/" in place or place == "."


def _of_all(
    all_params: tuple[Params, ...], lock: Lock | None, pinning: Pinning | None
) -> tuple[Subject, ...]:
    problems: dict[Problem, None] = {}
    found = []
    for params in all_params:
        try:
            found.append(plan_of(params, lock=lock, pinning=pinning))
        except UserError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise UserError(problems=problems)
    return tuple(found)


def _wants_commit(found: Subject) -> bool:
    value = found.params.value(DYNAMO_COMMIT_SHA)
    return value.origin.is_default and DYNAMO_COMMIT_SHA.name in found.planned.ledger


def _refuse_unread(params: Params, planned: Planned) -> None:
    from dockwright.config.consumers import unconsumed

    if not unconsumed(params, planned.ledger):
        return
    from dockwright.cli.elsewhere import works_for

    raise UserError(problems=unconsumed(params, planned.ledger, works_for))
