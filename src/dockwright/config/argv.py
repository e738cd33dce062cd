"""Flags → settings, without a command-line library: quick, and the same for every command.

`--nixl-ref 0.9.0`, `--nixl-ref=0.9.0`, `--enable-kvbm`, `--no-enable-kvbm`, `--build-arg N=V` and
`--set c.o=v` are understood; every other word is handed back for the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dockwright.config.derive import Option, options
from dockwright.config.names import nearest
from dockwright.config.setting import Setting
from dockwright.config.sources import from_build_args, from_sets
from dockwright.errors import Problem
from dockwright.model.param import Origin, Param, Source

_LISTS = {"--build-arg": from_build_args, "--set": from_sets}


def from_argv(
    words: Sequence[str], parameters: Mapping[str, Param[Any]]
) -> tuple[list[Setting], list[str]]:
    """The settings, and the words that are none (other flags, stray words) in their order."""
    by_flag = _by_flag(parameters)
    settings: list[Setting] = []
    rest: list[str] = []
    queue = list(words)[::-1]
    while queue:
        word = queue.pop()
        flag, equals, text = word.partition("=")
        if word == "--":
            rest += [word, *queue[::-1]]
            break
        if flag not in by_flag and flag not in _LISTS:
            rest.append(word)
            continue
        option, on = by_flag.get(flag, (None, True))
        name = option.name if option else ""
        origin = Origin(source=Source.FLAG, where=flag)
        if option and option.is_switch:
            settings.append(_switch(name, text if equals else None, origin, on=on))
            continue
        if not equals:
            # A value may begin with one dash (a path, a ref never does); two dashes are a flag.
            if not queue or queue[-1].startswith("--"):
                problem = Problem(what="needs a value", where=flag)
                settings.append(Setting(name=name, text="", origin=origin, problem=problem))
                continue
            text = queue.pop()
        if flag in _LISTS:
            settings += _LISTS[flag]([text], parameters)
        else:
            settings.append(Setting(name=name, text=text, origin=origin))
    return settings, rest


def unknown_flag(word: str, known: Sequence[str], parameters: Mapping[str, Param[Any]]) -> Problem:
    """What to say of a word that nobody understood; `known` are the caller's own flags."""
    flag = word.partition("=")[0]
    if not word.startswith("-"):
        return Problem(what=f"unexpected word {word!r}")
    near = nearest(flag, [*_by_flag(parameters), *_LISTS, *known])
    return Problem(what=f"unknown option {flag}", hint=f"did you mean {near}?" if near else "")


def _switch(name: str, text: str | None, origin: Origin, *, on: bool) -> Setting:
    if text is None:
        return Setting(name=name, text="true" if on else "false", origin=origin)
    problem = None if on else Problem(what="takes no value", where=origin.where)
    return Setting(name=name, text=text, origin=origin, problem=problem)


def _by_flag(parameters: Mapping[str, Param[Any]]) -> dict[str, tuple[Option, bool]]:
    found: dict[str, tuple[Option, bool]] = {}
    for option in options(parameters):
        found.update((flag, (option, True)) for flag in option.flags)
        found.update((flag, (option, False)) for flag in option.negations)
    return found
