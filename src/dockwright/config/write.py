"""Settings → words: TOML, environment or flags that say the same (law 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockwright.model.kinds import BOOL
from dockwright.model.param import Param


def to_toml(texts: Mapping[str, str], parameters: Mapping[str, Param[Any]]) -> str:
    """A `dockwright.toml` with these values, by canonical name; every value as its own type."""
    lines = [
        f"{parameters[name].key} = {_toml(parameters[name], text)}\n"
        for name, text in sorted(texts.items())
    ]
    return "".join(lines)


def _toml(param: Param[Any], text: str) -> str:
    kind = param.kind.schema.get("type")
    if kind == "array":
        items = [item for item in text.split(param.kind.separator) if item.strip()]
        return f"[{', '.join(quoted(item) for item in items)}]"
    if kind in {"boolean", "integer"}:
        return param.kind.show(param.kind.parse(text))
    return quoted(text)


def quoted(text: str) -> str:
    """A basic string: what TOML does not allow in one is written as an escape."""
    escapes = {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escapes.get(char, _printable(char)) for char in text) + '"'


def _printable(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04X}" if code < 0x20 or code == 0x7F else char


def to_environment(
    texts: Mapping[str, str], parameters: Mapping[str, Param[Any]]
) -> dict[str, str]:
    """Variables with these values."""
    return {parameters[name].variable: text for name, text in sorted(texts.items())}


def to_argv(texts: Mapping[str, str], parameters: Mapping[str, Param[Any]]) -> list[str]:
    """Flags with these values. A secret has no flag and is left out: argv is public."""
    words: list[str] = []
    for name, text in sorted(texts.items()):
        param = parameters[name]
        if param.secret:
            continue
        if param.kind is BOOL:
            on = param.kind.parse(text)
            words.append(param.flag if on else _off(param))
        else:
            # With "=" a value may be empty or begin with dashes.
            words.append(f"{param.flag}={text}")
    return words


def _off(param: Param[Any]) -> str:
    from dockwright.config.derive import option_of

    return option_of(param).negations[0]
