"""The recorded invocations as values, and what an interpretation of one looks like."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.axes import ARCH
from dockwright.catalog.parameters.images import ARCH_ALT
from dockwright.config.compat import Folder, Interpretation, Repository, interpret
from dockwright.config.compat_report import help_text, report
from dockwright.config.setting import HostFacts
from dockwright.config.tags import GitFacts
from dockwright.errors import Problem

FILE = Path(__file__).with_name("corpus.toml")
ANY = "any"


class Git(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A state of the source repository."""

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tags_at_head: tuple[str, ...] = ()
    short_commit: str = ""
    describe: str = ""
    has_epp: bool = False


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One invocation: words, environment, repository (`git`), folders (`files`, `commit_txt`).

    Expected: `status`; `problems` (an expression for each, `rules` their names; more may come
    with `count = "any"`) and `hints`; `warnings` (ids, exactly) and `warning_text`; names of the
    image (`tags`) and of its EFA layer (`efa_tags`); values of the image that was asked for
    (`params`) and of the one `below` a layer; `archs` per platform; ids of `secrets`; `pickers`
    (argv); TensorRT-LLM's `intention` and `wheel`; `out` and `not_out` in the report; `absent`
    anywhere.
    """

    name: str
    run: str
    status: int
    help: bool = False
    env: Mapping[str, str] = {}
    git: str = "dev"
    files: Mapping[str, tuple[str, ...]] = {}
    commit_txt: Mapping[str, str] = {}
    problems: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    count: str = "all"
    hints: tuple[str, ...] = ()
    warnings: tuple[str, ...] | str = ()
    warning_text: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = None
    efa_tags: tuple[str, ...] = ()
    params: Mapping[str, str] = {}
    below: Mapping[str, str] = {}
    archs: tuple[tuple[str, str], ...] = ()
    output: str = ""
    modes: tuple[str, ...] = ()
    secrets: tuple[str, ...] | None = None
    pickers: tuple[str, ...] | None = None
    version: str = ""
    python_version: str = ""
    intention: str | None = None
    wheel: Mapping[str, str] = {}
    out: tuple[str, ...] = ()
    not_out: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def argv(self) -> list[str]:
        """The words as a shell would pass them on."""
        return shlex.split(self.run)


class Corpus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    git: Mapping[str, Git]
    case: tuple[Case, ...]


@cache
def corpus() -> Corpus:
    """Everything that was recorded."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), type=Corpus)


def meaning(case: Case) -> Interpretation:
    """What the drop-in makes of it."""
    git = corpus().git[case.git]
    facts = GitFacts(
        branches=git.branches,
        tags=git.tags,
        tags_at_head=git.tags_at_head,
        short_commit=git.short_commit,
    )

    def look(path: str) -> Folder | None:
        if path not in case.files:
            return None
        return Folder(names=case.files[path], commit=case.commit_txt.get(path))

    return interpret(
        case.argv,
        env=case.env,
        repository=Repository(
            root="/src/dynamo",
            git=facts,
            commit="a" * 40 if git.short_commit else "",
            describe=git.describe,
            has_epp=git.has_epp,
        ),
        look=look,
        host=HostFacts(uid=1234, gid=5678),
    )


@cache
def meanings() -> tuple[tuple[Case, Interpretation], ...]:
    """Every case with what the drop-in makes of it."""
    return tuple((case, meaning(case)) for case in corpus().case)


def shown(found: Interpretation) -> str:
    """Everything that a person would read."""
    if found.words.help:
        return help_text()
    problems = [f"{problem}\n{problem.hint}" for problem in found.problems]
    return "\n".join((*map(str, found.warnings), *problems, "" if problems else report(found)))


def differences(case: Case, found: Interpretation) -> list[str]:
    """What is not as recorded, in words."""
    wrong: list[str] = []

    def same(what: str, expected: object, actual: object) -> None:
        if expected != actual:
            wrong.append(f"{what}: expected {expected!r}, not {actual!r}")

    def matches(what: str, expressions: tuple[str, ...], text: str) -> None:
        wrong.extend(
            f"{what}: {expression!r} is not in {text!r}"
            for expression in expressions
            if not re.search(expression, text, re.MULTILINE)
        )

    same("status", case.status, found.status)
    same("help", case.help, found.words.help)
    _problems(case, found.problems, wrong)
    text = shown(found)
    wrong.extend(f"{word!r} is shown: {text}" for word in case.absent if word in text)
    if found.problems or found.words.help:
        return wrong
    if case.warnings != ANY:
        expected = sorted(case.warnings)
        same("warnings", expected, sorted(warning.id for warning in found.warnings))
    matches("warning", case.warning_text, "\n".join(map(str, found.warnings)))
    matches("report", case.out, report(found))
    wrong.extend(f"{word!r} in the report" for word in case.not_out if word in report(found))
    _values("parameter", case.params, found, -1, wrong)
    _values("parameter below", case.below, found, 0, wrong)
    for mode in case.modes:
        same(mode, expected=True, actual=getattr(found.words, mode))
    efa = tuple(tag for link in found.chain[1:] for tag in link.tags)
    pairs: tuple[tuple[str, object, object], ...] = (
        ("tags", case.tags, found.chain[0].tags),
        ("EFA tags", case.efa_tags or None, efa),
        ("architectures", case.archs or None, _archs(found)),
        ("output", case.output or None, found.output),
        ("secrets", case.secrets, tuple(secret.id for secret in found.secrets)),
        ("pickers", case.pickers, tuple(shlex.join(picker.argv) for picker in found.pickers)),
        ("version", case.version or None, found.version),
        ("Python version", case.python_version or None, found.python_version),
        ("intention", case.intention, str(found.wheel.intention) if found.wheel else ""),
    )
    for what, expected_value, actual in pairs:
        if expected_value is not None:
            same(what, expected_value, actual)
    for field, value in case.wheel.items():
        same(f"wheel's {field}", value, getattr(found.wheel, field, None))
    return wrong


def _problems(case: Case, problems: tuple[Problem, ...], wrong: list[str]) -> None:
    texts = [str(problem) for problem in problems]
    wrong.extend(
        f"no problem {expression!r} in {texts}"
        for expression in case.problems
        if not any(re.search(expression, text) for text in texts)
    )
    if case.count != ANY and len(case.problems) != len(texts):
        wrong.append(f"{len(case.problems)} problems expected, not {texts}")
    rules = sorted({problem.rule for problem in problems if problem.rule})
    if case.count != ANY and rules != sorted(case.rules):
        wrong.append(f"rules {sorted(case.rules)} expected, not {rules}")
    hints = "\n".join(problem.hint for problem in problems)
    wrong.extend(
        f"no hint {hint!r} in {hints}" for hint in case.hints if not re.search(hint, hints)
    )


def _values(
    what: str, expected: Mapping[str, str], found: Interpretation, link: int, wrong: list[str]
) -> None:
    params = found.chain[link].platforms[0]
    for name, text in expected.items():
        actual = parameters()[name].kind.show(params.values[name].value)
        if actual != text:
            wrong.append(f"{what} {name}: expected {text!r}, not {actual!r}")


def _archs(found: Interpretation) -> tuple[tuple[str, str], ...]:
    return tuple((params[ARCH].value, params[ARCH_ALT]) for params in found.chain[-1].platforms)
