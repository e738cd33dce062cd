"""From a command's arguments to valid parameters: reads the files and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.build import FLEET
from dockwright.cli import host
from dockwright.config.resolve import resolve, resolve_platforms
from dockwright.config.setting import HostFacts, Setting
from dockwright.config.sources import from_environment
from dockwright.config.toml import TomlFile, from_files
from dockwright.errors import UserError
from dockwright.model.param import Origin, Params, Source

PROJECT_FILE = "dockwright.toml"


def read(
    arguments: Mapping[str, Any], env: Mapping[str, str], *, commit: str = "", check: bool = True
) -> tuple[Params, ...]:
    """One set of parameters per platform. Raises UserError with every problem.

    `commit` is HEAD of the source repository, where the graph wants to know it.
    """
    return resolve_platforms(settings(arguments, env), facts=host_facts(commit), check=check)


def settings(arguments: Mapping[str, Any], env: Mapping[str, str]) -> list[Setting]:
    """Everything that was said, weakest source first."""
    known = parameters()
    files = [_file(path, Source.PROFILE) for path in arguments["config_files"]]
    if Path(PROJECT_FILE).is_file():
        files.insert(0, _file(PROJECT_FILE, Source.PROJECT))
    found = from_files(files, known, profile=arguments["profile"])
    found += from_environment(env, known)
    found += arguments["said"]
    return found + _fleets(found)


def defaults_of(params: Params) -> Params:
    """What all values would be for the same cell if nobody had said anything else."""
    from dockwright.catalog.parameters.axes import ARCH
    from dockwright.config.matrix import cell_of

    origin = Origin(source=Source.FLAG, where="the same cell")
    said = [
        Setting(name=name, text=text, origin=origin)
        for name, text in cell_of(params).settings().items()
    ]
    return resolve(said, facts=host_facts(), arch=params[ARCH], check=False)


def host_facts(commit: str = "") -> HostFacts:
    """What defaults may know of the caller. Root is nobody whose files an image could be for."""
    uid, gid = host.caller()
    return HostFacts(uid=uid or None, gid=gid if uid else None, commit=commit)


def _fleets(said: list[Setting]) -> list[Setting]:
    """The oldest driver of the fleet file that was named last."""
    names = [setting.text for setting in said if setting.name == FLEET.name and setting.text]
    if not names:
        return []
    from dockwright.config.drivers import from_fleet

    return from_fleet(_text(names[-1], FLEET.flag), name=names[-1])


def _file(path: str, source: Source) -> TomlFile:
    flag = "" if source is Source.PROJECT else "--config "
    return TomlFile(text=_text(path, flag.strip()), name=path, source=source)


def _text(path: str, flag: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UserError(
            f"{flag} {path}: cannot read it: {reason}".lstrip(),
            hint="name a TOML file that dockwright can read",
        ) from error
