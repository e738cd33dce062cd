"""From a command's arguments to valid parameters: reads the files and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.catalog.parameters import parameters
from dockwright.cli import options

from dockwright.config.resolve import resolve_platforms
from dockwright.config.setting import HostFacts, Setting
from dockwright.config.sources import (
    from_build_args,
    from_environment,
    from_flags,
    from_sets,
)
from dockwright.config.toml import TomlFile, from_files
from dockwright.errors import UserError
from dockwright.model.param import Params, Source

PROJECT_FILE = "dockwright.toml"


def read(arguments: Mapping[str, Any], env: Mapping[str, str]) -> tuple[Params, ...]:
    """One set of parameters per platform. Raises UserError with every problem."""
    return resolve_platforms(settings(arguments, env), facts=host_facts())


def settings(arguments: Mapping[str, Any], env: Mapping[str, str]) -> list[Setting]:
    """Everything that was said, weakest source first."""
    known = parameters()
    found: list[Setting] = []
    files = [_file(path, Source.PROFILE) for path in arguments.get("config_files", ())]
    project = Path(PROJECT_FILE)
    if project.is_file():
        files.insert(0, _file(project, Source.PROJECT))
    found += from_files(files, known, profile=arguments.get("profile", ""))
    found += from_environment(env, known)
    found += from_sets(arguments.get("sets", ()), known)
    found += from_build_args(arguments.get("build_args", ()), known)
    found += from_flags(options.said(arguments), known)
    return found


def host_facts() -> HostFacts:
    """What defaults may know of the caller."""
    return HostFacts(uid=os.getuid(), gid=os.getgid())


def _file(path: Path, source: Source) -> TomlFile:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UserError(
            f"--config {path}: cannot read it: {reason}", hint="name a TOML file of parameters"
        ) from error
    return TomlFile(text=text, name=str(path), source=source)
