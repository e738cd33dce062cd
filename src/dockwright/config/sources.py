"""Words → settings: files, environment, build arguments and flags. Nothing is validated here.

Every reader is a function of what it is given; nothing looks at the machine. The caller passes the
text of the files, the environment and the argument list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dockwright.config.names import (
    ORIGINAL_VARIABLES,
    PREFIX,
    RESERVED_VARIABLES,
    nearest,
    of_option,
)
from dockwright.config.setting import Setting
from dockwright.errors import Problem
from dockwright.model.param import Origin, Param, Source

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")


def from_environment(
    environment: Mapping[str, str], parameters: Mapping[str, Param[Any]]
) -> list[Setting]:
    """Variables that belong to dockwright; everything else is not looked at."""
    found = []
    for variable in sorted(environment):
        text = environment[variable]
        origin = Origin(source=Source.ENVIRONMENT, where=variable)
        if variable in ORIGINAL_VARIABLES:
            # The original treats an empty variable as not set.
            if text:
                found.append(Setting(name=ORIGINAL_VARIABLES[variable], text=text, origin=origin))
        elif variable.startswith(PREFIX) and variable not in RESERVED_VARIABLES:
            name = variable.removeprefix(PREFIX)
            problem = None
            if name not in parameters:
                near = nearest(name, parameters)
                problem = Problem(
                    what="no parameter has this variable",
                    where=variable,
                    hint=f"did you mean {PREFIX}{near}?" if near else "see `dockwright params`",
                )
            found.append(Setting(name=name, text=text, origin=origin, problem=problem))
    # A prefixed variable is the more explicit one: it comes last and wins over the original's.
    return sorted(found, key=lambda setting: setting.origin.where.startswith(PREFIX))


def from_build_args(
    arguments: Iterable[str], parameters: Mapping[str, Param[Any]]
) -> list[Setting]:
    """`--build-arg NAME=VALUE` of docker: the value is a person's, whatever the name."""
    return [_build_arg(argument, parameters) for argument in arguments]


def _build_arg(argument: str, parameters: Mapping[str, Param[Any]]) -> Setting:
    name, equals, text = argument.partition("=")
    origin = Origin(source=Source.FLAG, where=f"--build-arg {name}")
    if name.upper() in _PROXIES:
        name = name.upper()
    if not equals or not name:
        problem = Problem(what=f"must be NAME=VALUE, not {argument!r}", where="--build-arg")
        return Setting(name=name, text=text, origin=origin, problem=problem)
    if name in parameters:
        return Setting(name=name, text=text, origin=origin)
    if name.startswith("BUILDKIT_"):
        return Setting(name="BUILDKIT_ARGS", text=argument, origin=origin)
    from dockwright.config.secrets import looks_secret, refusal

    if looks_secret(name):
        return Setting(name=name, text="***", origin=origin, problem=refusal(name, origin.where))
    near = nearest(name.upper(), parameters)
    problem = Problem(
        what=f"no stage reads a build argument {name}",
        where="--build-arg",
        hint=f"did you mean {near}?" if near else "see `dockwright params` for all names",
    )
    return Setting(name=name, text=text, origin=origin, problem=problem)


def from_sets(words: Iterable[str], parameters: Mapping[str, Param[Any]]) -> list[Setting]:
    """`--set component.option=value`; `--set NAME=VALUE` works too."""
    found = []
    for word in words:
        key, equals, text = word.partition("=")
        origin = Origin(source=Source.FLAG, where=f"--set {key}")
        component, dot, option = key.partition(".")
        if not equals or not key or (dot and not (component and option)):
            problem = Problem(what=f"must be component.option=value, not {word!r}", where="--set")
            found.append(Setting(name=key, text=text, origin=origin, problem=problem))
            continue
        name = of_option(component, option, parameters) if dot else _canonical(key)
        found.append(_checked_name(name, text, origin, parameters))
    return found


def from_flags(
    values: Mapping[str, str | bool | Sequence[str] | None],
    parameters: Mapping[str, Param[Any]],
) -> list[Setting]:
    """Values that a command-line library has collected, by canonical name; None is "not given"."""
    found = []
    for name, value in values.items():
        if value is None:
            continue
        flag = parameters[name].flag if name in parameters else "--" + name.lower()
        origin = Origin(source=Source.FLAG, where=flag)
        if isinstance(value, bool):
            text = "true" if value else "false"
            found.append(Setting(name=name, text=text, origin=origin))
        else:
            texts = [value] if isinstance(value, str) else value
            found += [Setting(name=name, text=text, origin=origin) for text in texts]
    return found


def _canonical(key: str) -> str:
    return key.upper().replace("-", "_")


def _checked_name(
    name: str, text: str, origin: Origin, parameters: Mapping[str, Param[Any]]
) -> Setting:
    if name in parameters:
        return Setting(name=name, text=text, origin=origin)
    near = nearest(name, parameters)
    problem = Problem(
        what=f"unknown parameter {name}",
        where=origin.where,
        hint=f"did you mean {near}?" if near else "see `dockwright params` for all names",
    )
    return Setting(name=name, text=text, origin=origin, problem=problem)
