"""Settings → `Params`: every value valid, with its origin and what it overrode.

A value is computed when it is first asked for, so a default may depend on any other value. All
problems are collected; a value that is wrong is replaced by its default until the end, so that
one mistake does not hide or cause others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from dockwright.catalog.parameters import parameters as all_parameters
from dockwright.catalog.parameters.axes import (
    ARCH,
    CUDA_VERSION,
    DEVICE,
    FRAMEWORK,
    PLATFORM,
    TARGET,
)
from dockwright.config.cells import cell_of
from dockwright.config.names import suggestion
from dockwright.config.setting import HostFacts, Setting
from dockwright.errors import Problem, UserError
from dockwright.model.param import Default, Origin, Param, Params, Source, Value
from dockwright.model.values import Arch

AXES = frozenset(axis.name for axis in (FRAMEWORK, DEVICE, CUDA_VERSION, PLATFORM, TARGET))
_STRENGTH = {source: strength for strength, source in enumerate(Source)}


def resolve(
    settings: Iterable[Setting],
    *,
    parameters: Mapping[str, Param[Any]] | None = None,
    facts: HostFacts | None = None,
    arch: Arch | None = None,
    check: bool = True,
    tolerate: Collection[str] = (),
) -> Params:
    """All values of one build for one platform: `arch`, or the first that was asked for.

    Raises one UserError with every problem. `check=False` leaves out the rules between values;
    `tolerate` names rules that the caller reports as warnings instead (`rules.check_all`).
    """
    known = all_parameters() if parameters is None else parameters
    values = _Values(list(settings), known, facts or HostFacts(), arch)
    complete = Params(values={name: values[name] for name in known})
    problems = list(values.problems)
    # What does not fit an axis that nobody can read would only be said of its default.
    if check and not values.broken & AXES:
        from dockwright.config.rules import check_all

        broken = {problem.where for problem in problems}
        problems += [
            problem
            for problem in check_all(complete, names=known)
            if problem.rule not in tolerate and not (problem.where and problem.where in broken)
        ]
    if problems:
        raise UserError(problems=problems)
    return complete


def resolve_platforms(
    settings: Iterable[Setting],
    *,
    parameters: Mapping[str, Param[Any]] | None = None,
    facts: HostFacts | None = None,
    check: bool = True,
    tolerate: Collection[str] = (),
) -> tuple[Params, ...]:
    """One `Params` per platform, in the order that was asked for; all problems of all at once."""
    said = list(settings)
    problems: dict[Problem, None] = {}
    found = []
    platforms = [
        setting for setting in said if setting.name == PLATFORM.name and not setting.problem
    ]
    archs: list[Arch | None] = []
    try:
        asked: tuple[Arch, ...] = resolve(platforms, parameters=parameters, check=False)[PLATFORM]
        archs.extend(asked)
    except UserError:
        # The whole resolution below says so too, together with everything else.
        archs.append(None)
    for arch in archs:
        try:
            found.append(
                resolve(
                    said,
                    parameters=parameters,
                    facts=facts,
                    arch=arch,
                    check=check,
                    tolerate=tolerate,
                )
            )
        except UserError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise UserError(problems=problems)
    return tuple(found)


class _Values(Mapping[str, Value[Any]]):
    """Values on demand. Only `resolve` uses it, while it works; it notes problems as it goes."""

    def __init__(
        self,
        settings: list[Setting],
        parameters: Mapping[str, Param[Any]],
        facts: HostFacts,
        arch: Arch | None,
    ) -> None:
        self.problems: list[Problem] = []
        self.broken: set[str] = set()
        self._parameters = parameters
        self._host = facts.defaults()
        self._arch = arch
        self._done: dict[str, Value[Any]] = {}
        self._said: dict[str, list[Setting]] = {}
        self._params = Params(values=self)
        self._names: frozenset[str] = frozenset()
        for setting in settings:
            if setting.problem:
                self.problems.append(setting.problem)
            elif setting.name in parameters:
                self._said.setdefault(setting.name, []).append(setting)
            else:
                self.problems.append(_unknown(setting, parameters))

    def __getitem__(self, name: str) -> Value[Any]:
        if name not in self._done:
            param = self._parameters[name]
            self._done[name] = self._from_people(param) or self._from_defaults(param)
        return self._done[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def _from_people(self, param: Param[Any]) -> Value[Any] | None:
        """The strongest source wins; every other one is kept to be shown."""
        said = _by_strength(
            setting
            for setting in self._said.get(param.name, ())
            if not setting.scope or setting.scope in self._scopes()
        )
        if not said:
            return None
        groups: dict[Source, list[Setting]] = {}
        for setting in said:
            groups.setdefault(setting.origin.source, []).append(setting)
        (source, strongest), *_ = groups.items()
        rest = [setting for setting in said if setting.origin.source is not source]
        if param.kind.separator:
            # A list that is said several times on one command line is one longer list.
            spoken = strongest[::-1]
            text = param.kind.separator.join(setting.text for setting in spoken)
            where = ", ".join(dict.fromkeys(setting.origin.where for setting in spoken))
        else:
            text, where = strongest[0].text, strongest[0].origin.where
            rest = [s for s in strongest[1:] if source is not Source.FLAG] + rest
            if source is Source.FLAG:
                self._refuse_contradiction(param, strongest)
        origin = Origin(source=source, where=where)
        try:
            value = param.kind.parse(text)
        except ValueError as error:
            self.broken.add(param.name)
            self.problems.append(
                Problem(what=f"{param.name} {_masked(param, error, text)}", where=where)
            )
            return None
        hide = (lambda _: "***") if param.secret else str
        overridden = tuple((hide(setting.text), setting.origin) for setting in rest)
        return Value(value=value, origin=origin, overridden=overridden)

    def _scopes(self) -> frozenset[str]:
        """The tables `[for.NAME]` that speak of this build. No axis may be set in one."""
        if not self._names:
            params = self._params
            axes = (params[FRAMEWORK].value, params[DEVICE].value, params[TARGET].value)
            self._names = frozenset(axes)
        return self._names

    def _refuse_contradiction(self, param: Param[Any], said: list[Setting]) -> None:
        different = {_canonical(param, setting.text): setting for setting in said}
        if len(different) > 1:
            self.broken.add(param.name)
            what = " and ".join(
                f"{'***' if param.secret else text!r} ({setting.origin.where})"
                for text, setting in sorted(different.items())
            )
            self.problems.append(
                Problem(
                    what=f"{param.name} is set to different values: {what}",
                    hint=f"say {param.name} once",
                )
            )

    def _from_defaults(self, param: Param[Any]) -> Value[Any]:
        if param.name == ARCH.name and self._arch is not None:
            return _default(self._arch, "from the platform", (PLATFORM.name,))
        if param.name in self._host:
            text, where = self._host[param.name]
            return _default(param.kind.parse(text), where)
        if not isinstance(param.default, Default):
            read: dict[str, set[str]] = {}
            value = param.default(self._params.track(param.name, read))
            origin = f"from {', '.join(read)}" if read else "default"
            return _default(value, origin, tuple(read))
        for case in param.default.cases:
            if case.matches(cell_of(self._params)):
                return _default(case.value, f"default for {case.conditions()}")
        return _default(param.default.otherwise, "default")


def _default(value: Any, where: str, inputs: tuple[str, ...] = ()) -> Value[Any]:
    return Value(value=value, origin=Origin(source=Source.DEFAULT, where=where), inputs=inputs)


def _by_strength(settings: Iterable[Setting]) -> list[Setting]:
    """Strongest source first; within one source the word that was read last comes first."""
    ordered = list(settings)
    ordered.reverse()
    ordered.sort(key=lambda setting: -_STRENGTH[setting.origin.source])
    return ordered


def _canonical(param: Param[Any], text: str) -> str:
    """Two spellings of one value do not contradict each other."""
    try:
        return param.kind.show(param.kind.parse(text))
    except ValueError:
        return text


def _masked(param: Param[Any], error: ValueError, text: str) -> str:
    return str(error).replace(repr(text), "***") if param.secret and text else str(error)


def _unknown(setting: Setting, parameters: Mapping[str, Param[Any]]) -> Problem:
    return Problem(
        what=f"unknown parameter {setting.name}",
        where=setting.origin.where,
        hint=suggestion(setting.name.upper(), parameters),
    )
