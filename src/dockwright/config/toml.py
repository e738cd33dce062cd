"""`dockwright.toml` → settings: each with its file and line.

    framework = "vllm"            # a parameter by its key
    [nixl]                        # or component.option, as with --set
    ref = "0.9.0"
    [for.sglang]                  # only for builds with that framework, device or target
    enable_kvbm = false
    [profile.ci]                  # chosen with --profile ci; wins over the lines above
    use_sccache = true

Nothing is read from disk here: the caller passes the text and the name to show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dockwright.catalog.parameters.axes import ARCH, CUDA_VERSION, DEVICE, FRAMEWORK, PLATFORM
from dockwright.catalog.parameters.axes import TARGET as TARGET_AXIS
from dockwright.config.names import nearest, of_option, suggestion
from dockwright.config.positions import line_of
from dockwright.config.setting import Setting
from dockwright.errors import Problem
from dockwright.model.param import Origin, Param, Source

_PROFILE = "profile"
_FOR = "for"
_AXES = frozenset(
    param.name for param in (FRAMEWORK, DEVICE, CUDA_VERSION, PLATFORM, ARCH, TARGET_AXIS)
)
_SCOPES = (*FRAMEWORK.kind.choices, *DEVICE.kind.choices, *TARGET_AXIS.kind.choices)


class TomlFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its text, the name that people know it by, and how strong it is."""

    text: str
    name: str
    source: Source


def from_files(
    files: Sequence[TomlFile], parameters: Mapping[str, Param[Any]], *, profile: str = ""
) -> list[Setting]:
    """The settings of several files; the profile must be in at least one that can be read."""
    found: list[Setting] = []
    there: dict[str, None] = {}
    readable = True
    for file in files:
        reader = _Reader(file, parameters)
        settings, profiles = reader.read(profile)
        found += settings
        readable = readable and profiles is not None
        there.update(dict.fromkeys(profiles or ()))
    if profile and readable and profile not in there:
        found.append(_no_profile(profile, files, tuple(there)))
    return found


def from_toml(
    text: str,
    *,
    name: str,
    source: Source,
    parameters: Mapping[str, Param[Any]],
    profile: str = "",
) -> list[Setting]:
    """The settings of one file; of its profiles only the named one, if the file has it."""
    return from_files([TomlFile(text=text, name=name, source=source)], parameters, profile=profile)


def _no_profile(profile: str, files: Sequence[TomlFile], there: tuple[str, ...]) -> Setting:
    names = " and ".join(file.name for file in files) or "no file"
    has = f"{names} has {', '.join(there)}" if there else f"{names} has no profiles"
    near = nearest(profile, there)
    problem = Problem(
        what=f"no profile {profile!r}",
        where="--profile",
        hint=f"did you mean {near}? ({has})" if near else has,
    )
    origin = Origin(source=Source.PROFILE, where="--profile")
    return Setting(name="", text="", origin=origin, problem=problem)


class _Reader:
    """One file while it is read: knows how to say where a key is."""

    def __init__(self, file: TomlFile, parameters: Mapping[str, Param[Any]]) -> None:
        self._file = file
        self._lines = file.text.splitlines()
        self._parameters = parameters

    def read(self, profile: str) -> tuple[list[Setting], tuple[str, ...] | None]:
        """The settings, and the names of the profiles (None: the file is not TOML)."""
        import tomllib

        try:
            data = tomllib.loads(self._file.text)
        except tomllib.TOMLDecodeError as error:
            return [self._syntax(str(error))], None
        except (RecursionError, ValueError) as error:
            # Deep nesting, and numbers with thousands of digits, which Python refuses to read.
            what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            return [self._syntax(f"{what} (at line 1, column 1)")], None
        profiles = data.pop(_PROFILE, {})
        found = self._tables(data, (), self._file.source)
        if not isinstance(profiles, dict):
            return [*found, self._problem((_PROFILE,), "must be a table: [profile.NAME]")], ()
        chosen = profiles.get(profile)
        if isinstance(chosen, dict):
            # A profile is asked for, so it is stronger than the project's own lines.
            found += self._tables(chosen, (_PROFILE, profile), Source.PROFILE)
        elif profile in profiles:
            found.append(self._problem((_PROFILE, profile), f"profile.{profile} must be a table"))
        return found, tuple(profiles)

    def _tables(
        self, data: Mapping[str, Any], path: tuple[str, ...], source: Source
    ) -> list[Setting]:
        scoped = data.get(_FOR, {})
        found = self._table(
            {key: value for key, value in data.items() if key != _FOR}, path, source, ""
        )
        if not isinstance(scoped, dict):
            return [*found, self._problem((*path, _FOR), "must be a table: [for.NAME]")]
        for scope, table in scoped.items():
            inner = (*path, _FOR, scope)
            if scope not in _SCOPES:
                near = nearest(scope, _SCOPES)
                hint = f"did you mean {near}?" if near else f"valid: {', '.join(_SCOPES)}"
                what = f"no framework, device or target {scope!r}"
                found.append(self._problem(inner, what, hint))
            elif not isinstance(table, dict):
                found.append(self._problem(inner, "must be a table: [for.NAME]"))
            else:
                found += self._table(table, inner, source, scope)
        return found

    def _table(
        self, table: Mapping[str, Any], path: tuple[str, ...], source: Source, scope: str
    ) -> list[Setting]:
        """Every key of a table; a table inside it is a component with its options."""
        found: list[Setting] = []
        for key, value in table.items():
            if isinstance(value, dict):
                for option, inner in value.items():
                    name = of_option(key, option, self._parameters)
                    found.append(self._setting((*path, key, option), name, inner, source, scope))
            else:
                found.append(self._setting((*path, key), key.upper(), value, source, scope))
        return found

    def _setting(
        self, path: tuple[str, ...], name: str, value: object, source: Source, scope: str
    ) -> Setting:
        param = self._parameters.get(name)
        if param is None or path[-1] != path[-1].lower():
            return self._unknown(path, name)
        if scope and name in _AXES:
            what = f"{path[-1]} chooses what is built, so it cannot depend on it"
            return self._problem(path, what, f"set it outside of [for.{scope}]")
        try:
            text = _text(value, param)
        except ValueError as error:
            return self._problem(path, f"{'.'.join(path)} {error}")
        return Setting(
            name=name, text=text, origin=Origin(source=source, where=self._where(path)), scope=scope
        )

    def _unknown(self, path: tuple[str, ...], name: str) -> Setting:
        hint = suggestion(name.replace(".", "_"), self._parameters, lower=True)
        return self._problem(path, f"unknown key {'.'.join(path)!r}", hint)

    def _problem(self, path: tuple[str, ...], what: str, hint: str = "") -> Setting:
        where = self._where(path)
        return self._refused(where, Problem(what=what, where=where, hint=hint))

    def _refused(self, where: str, problem: Problem) -> Setting:
        origin = Origin(source=self._file.source, where=where)
        return Setting(name="", text="", origin=origin, problem=problem)

    def _where(self, path: tuple[str, ...]) -> str:
        line = line_of(self._lines, path)
        return f"{self._file.name}:{line}" if line else self._file.name

    def _syntax(self, message: str) -> Setting:
        """The parser says "… (at line 3, column 5)" or "… (at end of document)"."""
        what, _, position = message.rpartition(" (at ")
        words = position.rstrip(")").replace(",", "").split()
        if words[:1] == ["line"]:
            where = f"{self._file.name}:{words[1]}:{words[3]}"
        else:
            lines = self._lines or [""]
            where = f"{self._file.name}:{len(lines)}:{len(lines[-1]) + 1}"
        what = f"not valid TOML: {what or message}"
        keys = ", ".join(param.key for param in self._parameters.values())
        hint = f'text stands in quotes, as in device = "cpu"; valid keys: {keys}'
        return self._refused(where, Problem(what=what, where=where, hint=hint))


def _text(value: object, param: Param[Any]) -> str:
    """The text that the parameter's kind parses. Raises ValueError with a phrase."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return _number(value)
        case float():
            # 3.10 would arrive as 3.1: a version is text.
            raise ValueError(f'must be in quotes: {param.key} = "…"')
        case list():
            return _list(value, param.kind.separator)
        case _:
            raise ValueError(f"must be text, a number, true or false, not {value}")


def _list(value: list[Any], separator: str) -> str:
    if not separator:
        raise ValueError("must be a single value, not a list")
    for item in value:
        if not isinstance(item, str):
            # One exception type for all phrases: the caller shows them, nobody else sees them.
            raise ValueError("must be a list of texts in quotes")
        if separator in item:
            raise ValueError(f"has an item with {separator!r}: {item!r}")
    return separator.join(value)


def _number(value: int) -> str:
    # Python refuses to print absurdly long numbers; no parameter takes one.
    if abs(value) >= 10**18:
        raise ValueError("is a number that is too large")
    return str(value)
