"""From an input to the entry of a lock: asks the servers what it is today."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import assert_never

from msgspec.structs import replace

from dockwright.engines.network import again, opened, shown
from dockwright.engines.registry_names import parse
from dockwright.errors import DockwrightError, EngineError, Problem, UserError
from dockwright.model.inputs import (
    ArchiveInput,
    GitInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)
from dockwright.model.lock import (
    Entry,
    Lock,
    LockedArchive,
    LockedGit,
    LockedImage,
    LockedPackages,
)
from dockwright.resolving.packages import versions
from dockwright.resolving.reach import reach
from dockwright.resolving.sets import resolve_set
from dockwright.resolving.tools import Tools, at_once


def resolve(
    inputs: Sequence[Input], tools: Tools, known: Lock, renew: frozenset[Input]
) -> tuple[Entry, ...]:
    """What every input is. `known` is the lock so far; of what is in `renew` it does not count.

    Raises UserError with every input that cannot be resolved, or that is not what the lock or the
    catalog says.
    """
    down: dict[str, DockwrightError] = {}
    renewed = {name for wanted in renew for name in wanted.by if isinstance(wanted, PackagesInput)}

    def one(wanted: Input) -> Entry | Problem | None:
        try:
            anew = (
                bool(renewed.intersection(wanted.by))
                if isinstance(wanted, PackagesInput)
                else wanted in renew
            )
            past = Lock() if anew else known
            return reach(wanted, tools, down, lambda: _entry(wanted, tools, past, renew=anew))
        except DockwrightError as error:
            return Problem(what=error.message, hint=error.hint)
        finally:
            tools.done()

    found = at_once(one, _together(inputs))
    problems = [value for value in found if isinstance(value, Problem)]
    if problems:
        raise UserError(problems=dict.fromkeys(problems))
    return tuple(value for value in found if value and not isinstance(value, Problem))


def _together(inputs: Sequence[Input]) -> list[Input]:
    """The inputs, with all packages of one distribution as one: its archive is asked once."""
    packages: dict[tuple[str, str], PackagesInput] = {}
    rest: list[Input] = []
    for wanted in inputs:
        if not isinstance(wanted, PackagesInput):
            rest.append(wanted)
        elif wanted.bootstrapped:
            key = (wanted.system, wanted.platform)
            known = packages.get(key, wanted)
            names = tuple(sorted({*known.names, *wanted.names}))
            by = tuple(sorted({*known.by, *wanted.by}))
            packages[key] = replace(wanted, names=names, by=by)
    return [*packages.values(), *rest]


def _entry(wanted: Input, tools: Tools, known: Lock, *, renew: bool) -> Entry | None:
    match wanted:
        case ImageInput():
            return image(wanted, tools, known)
        case GitInput():
            return git(wanted, tools, known, renew=renew)
        case ArchiveInput():
            return archive(wanted, tools, known)
        case PythonInput():
            return known.python(wanted) or resolve_set(wanted, tools)
        case PackagesInput():
            return _packages(wanted, tools, known)
        case _:
            assert_never(wanted)


def image(wanted: ImageInput, tools: Tools, known: Lock) -> LockedImage:
    """The digest of the image's manifest for the platform.

    A tag that moved since it was locked is no error: the locked manifest stays what is used.
    """
    digest = known.image(wanted.ref, wanted.platform)
    if not digest:
        digest = tools.registry.resolve(parse(wanted.ref), wanted.platform)
    return LockedImage(ref=wanted.ref, platforms={wanted.platform: digest})


def git(wanted: GitInput, tools: Tools, known: Lock, *, renew: bool) -> LockedGit:
    """The commit of a ref. A tag that names another commit than it did is an error."""
    if not wanted.ref:
        if not tools.refs.has(wanted.url, wanted.commit):
            raise EngineError(
                f"{shown(wanted.url)} has no commit {wanted.commit}",
                hint="was it rewritten, or does a mirror lack it?",
            )
        return LockedGit(url=wanted.url, ref=wanted.commit, commit=wanted.commit)
    now = tools.refs.commit(wanted.url, wanted.ref)
    before = known.commit(wanted.url, wanted.ref)
    # What the lock says was reviewed, so it counts more than the catalog.
    who, commit = ("the lock", before) if before else ("the catalog", wanted.commit)
    if commit and commit != now and not renew:
        raise UserError(
            f"{shown(wanted.url)}: the ref {wanted.ref} moved: {who} says {commit}, "
            f"today it is {now}",
            hint="ask its project why; to take the new one: "
            f"`dockwright lock --update {' '.join(wanted.by[:1])}`",
        )
    return LockedGit(url=wanted.url, ref=wanted.ref, commit=now)


def archive(wanted: ArchiveInput, tools: Tools, known: Lock) -> LockedArchive:
    """Checksum and size. A file whose checksum nobody knows is read once, as a whole."""
    entry = known.archive(wanted.url)
    if entry and wanted.sha256 in {"", entry.sha256}:
        return entry
    session, policy = tools.registry.session, tools.policy

    def look() -> LockedArchive | None:
        with opened(session, policy, wanted.url, method="HEAD", accepted=HEAD) as answer:
            size = answer.headers.get("content-length", "")
            if answer.status_code == 200 and wanted.sha256 and size.isdecimal():
                return LockedArchive(url=wanted.url, sha256=wanted.sha256, size=int(size))
        return None

    def read() -> LockedArchive:
        checksum, size = hashlib.sha256(), 0
        with opened(session, policy, wanted.url) as answer:
            for block in answer.iter_raw(1 << 20):
                checksum.update(block)
                size += len(block)
        if wanted.sha256 not in {"", checksum.hexdigest()}:
            raise EngineError(
                f"{shown(wanted.url)} is not what its pin says: sha256 {checksum.hexdigest()}, "
                f"wanted {wanted.sha256}",
                hint="do not use it before you know why; a mirror may serve something else",
            )
        return LockedArchive(url=wanted.url, sha256=checksum.hexdigest(), size=size)

    return again(look, policy, tools.log) or again(read, policy, tools.log)


HEAD = frozenset({200, 403, 405, 501})
"""Some servers of signed addresses refuse HEAD; then the file itself is asked for."""


def _packages(wanted: PackagesInput, tools: Tools, known: Lock) -> LockedPackages | None:
    if not wanted.bootstrapped:
        return None
    if known.holds(wanted):
        return LockedPackages(
            system=wanted.system,
            platform=wanted.platform,
            versions={name: known.version(wanted, name) for name in wanted.names},
        )
    return LockedPackages(
        system=wanted.system, platform=wanted.platform, versions=versions(wanted, tools)
    )
