"""Whether every input of a build can be had: looked for, not fetched. All of them, at once."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import assert_never

import msgspec

from dockwright.catalog.locked import sizes
from dockwright.engines.network import again, opened, shown
from dockwright.engines.registry_names import parse, place
from dockwright.engines.wheels import Where
from dockwright.errors import DockwrightError
from dockwright.model.inputs import (
    ArchiveInput,
    GitInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)
from dockwright.model.lock import Lock
from dockwright.resolving.reach import reach
from dockwright.resolving.resolve import HEAD
from dockwright.resolving.tools import Tools, at_once, machine

_GIT_URL = re.compile(r"git\+(?P<url>[^@\s]+://[^@\s]+)@(?P<ref>[^\s#;]+)")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What came of looking for one thing. `problem` is empty when it is there.

    `looked_for` and `where` say what was asked of whom; `hint` what would work; `note` what a
    person may want to know although nothing is wrong. `by` are the stages that need it.
    """

    kind: str
    looked_for: str
    where: str = ""
    problem: str = ""
    hint: str = ""
    note: str = ""
    by: tuple[str, ...] = ()
    size: int = 0
    """Bytes that would be transferred, where the answer says it."""
    seconds: float = 0


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look for: an input, or one requirement of a set of Python packages."""

    wanted: Input
    line: str = ""


def probe(inputs: Sequence[Input], tools: Tools, lock: Lock) -> tuple[Finding, ...]:
    """A finding for every input. Raises nothing: what cannot be asked is a finding, too.

    Packages of distributions are left out: only the package manager of their step can tell.
    """
    down: dict[str, DockwrightError] = {}
    return tuple(at_once(lambda task: _look(task, tools, lock, down), _tasks(inputs, lock)))


def _tasks(inputs: Sequence[Input], lock: Lock) -> list[Task]:
    found: dict[Task, set[str]] = {}
    for wanted in inputs:
        bare = msgspec.structs.replace(wanted, by=())
        if isinstance(wanted, PackagesInput):
            continue
        if isinstance(wanted, PythonInput):
            # The same package for the same interpreter is looked for once, whoever wants it.
            alone = msgspec.structs.replace(bare, requirements="")
            locked = lock.python(wanted)
            for line in (locked and locked.packages) or wanted.lines:
                found.setdefault(Task(wanted=alone, line=line), set()).update(wanted.by)
        else:
            found.setdefault(Task(wanted=bare), set()).update(wanted.by)
    return [
        Task(wanted=msgspec.structs.replace(task.wanted, by=tuple(sorted(by))), line=task.line)
        for task, by in found.items()
    ]


def _look(task: Task, tools: Tools, lock: Lock, down: dict[str, DockwrightError]) -> Finding:
    began = time.monotonic()
    try:
        found = reach(task.wanted, tools, down, lambda: _ask(task, tools, lock))
    except DockwrightError as error:
        found = Finding(
            kind=_kind(task.wanted),
            looked_for=_title(task),
            where=_where(task.wanted, tools),
            problem=error.message,
            hint=error.hint,
        )
    tools.done()
    seconds = round(time.monotonic() - began, 3)
    return msgspec.structs.replace(found, by=task.wanted.by, seconds=seconds)


def _kind(wanted: Input) -> str:
    return str(type(wanted).__struct_config__.tag)


def _title(task: Task) -> str:
    if task.line and isinstance(task.wanted, PythonInput):
        name = task.line.partition(" --hash=")[0]
        return f"{name} for Python {task.wanted.python} on {task.wanted.platform}"
    return task.wanted.title


def _where(wanted: Input, tools: Tools) -> str:
    match wanted:
        case ImageInput(ref=ref):
            return place(parse(ref), tools.policy).registry
        case GitInput(url=url) | ArchiveInput(url=url):
            return shown(tools.policy.address(url))
        case PythonInput(indexes=indexes):
            return " or ".join(shown(index) for index in (tools.indexes.main, *indexes))
        case PackagesInput(system=system):
            return system
        case _:
            assert_never(wanted)


def _ask(task: Task, tools: Tools, lock: Lock) -> Finding:
    wanted, note = task.wanted, ""
    problem, hint, size = "", "", 0
    match wanted:
        case ImageInput(ref=ref, platform=platform):
            image = parse(ref)
            digest = lock.image(ref, platform) or tools.registry.resolve(image, platform)
            note = f"{digest[:19]}…"
            found = tools.registry.manifest(msgspec.structs.replace(image, digest=digest))
            size = sum(layer.size for layer in found.manifest.layers)
        case GitInput():
            note, problem, hint = _git(wanted, tools, lock)
        case ArchiveInput(url=url):

            def look() -> None:
                with opened(
                    tools.registry.session, tools.policy, url, method="HEAD", accepted=HEAD
                ) as answer:
                    refused = answer.status_code != 200
                if refused:
                    with opened(tools.registry.session, tools.policy, url):
                        pass

            again(look, tools.policy, tools.log)
        case PythonInput():
            problem, hint, size = _requirement(task.line, wanted, tools)
            note = "" if tools.indexes.main else "not looked for: nobody says which index is used"
        case PackagesInput():
            raise TypeError("only the package manager of the step can tell")
        case _:
            assert_never(wanted)
    return Finding(
        kind=_kind(wanted),
        looked_for=_title(task),
        where=_where(wanted, tools),
        problem=problem,
        hint=hint,
        note=note,
        size=size,
    )


def _git(wanted: GitInput, tools: Tools, lock: Lock) -> tuple[str, str, str]:
    """(note, problem, hint) of a ref and its commit."""
    commit = wanted.commit or lock.commit(wanted.url, wanted.ref)
    if not commit:
        return f"today it is {tools.refs.commit(wanted.url, wanted.ref)}", "", ""
    if not tools.refs.has(wanted.url, commit):
        where = shown(tools.policy.address(wanted.url))
        hint = "was it rewritten, or does a mirror lack it? `dockwright lock --update` looks again"
        return "", f"{where} does not give the commit {commit} ({wanted.ref or 'no ref'})", hint
    there = tools.refs.all(wanted.url)
    now = there.get(f"refs/tags/{wanted.ref}", commit)
    return ("" if now == commit else f"the tag moved: it is {now} today, wanted {commit}"), "", ""


def _requirement(line: str, wanted: PythonInput, tools: Tools) -> tuple[str, str, int]:
    """(problem, hint, bytes) of one requirement: of an index, a repository, or an address."""
    if not tools.indexes.main:
        return "", "", 0
    _, at, address = line.partition(" @ ")
    if not at:
        where = Where(python=wanted.python, machine=machine(wanted), glibc=wanted.glibc)
        problem, hint = tools.indexes.problem(line, where, wanted.indexes)
        noted = sizes().get(line.rpartition(" --hash=sha256:")[2], 0)
        size = 0 if problem else noted or tools.indexes.size(line, where, wanted.indexes)
        return problem, hint, size
    if found := _GIT_URL.search(address):
        url, ref = found["url"], found["ref"]
        if re.fullmatch(r"[0-9a-f]{40}", ref):
            there = tools.refs.has(url, ref)
        else:
            there = bool(tools.refs.commit(url, ref))
        return "" if there else f"{shown(url)} does not give the commit {ref}", "", 0
    url = address.split()[0]

    def look() -> None:
        with opened(tools.registry.session, tools.policy, url, method="HEAD", accepted=HEAD):
            pass

    again(look, tools.policy, tools.log)
    return "", "", 0
