"""The JSON schema of `dockwright.toml`, for editors and CI. Derived; nobody writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockwright.catalog.parameters.axes import DEVICE, FRAMEWORK, TARGET
from dockwright.model.param import Param

VERSION = 1
"""Goes up when a file that was valid may no longer be."""

ID = f"https://dockwright.example/schema/dockwright.toml/v{VERSION}.json"
_AXES = frozenset({"FRAMEWORK", "DEVICE", "CUDA_VERSION", "PLATFORM", "ARCH", "TARGET"})


def schema(parameters: Mapping[str, Param[Any]]) -> dict[str, Any]:
    """The schema as plain JSON values."""
    keys = {param.key: {"$ref": f"#/$defs/{param.key}"} for param in parameters.values()}
    scoped = {
        param.key: {"$ref": f"#/$defs/{param.key}"}
        for param in parameters.values()
        if param.name not in _AXES
    }
    scopes = [*FRAMEWORK.kind.choices, *DEVICE.kind.choices, *TARGET.kind.choices]
    # A table that is no parameter is a component with its options: `[nixl] ref = "0.9.0"`.
    component = {"type": "object"}
    properties: dict[str, Any] = {**keys, "for": {"$ref": "#/$defs/for"}}
    settings = {
        "type": "object",
        "properties": properties,
        "additionalProperties": component,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "dockwright.toml",
        "type": "object",
        "properties": {
            **properties,
            "profile": {
                "type": "object",
                "description": "Settings that --profile NAME chooses.",
                "additionalProperties": {"$ref": "#/$defs/settings"},
            },
        },
        "additionalProperties": component,
        "$defs": {
            **{param.key: _entry(param) for param in parameters.values()},
            "settings": settings,
            "scoped": {
                "type": "object",
                "properties": scoped,
                "additionalProperties": component,
            },
            "for": {
                "type": "object",
                "description": "Settings for builds with that framework, device or target only.",
                "properties": {
                    scope: {"$ref": "#/$defs/scoped"} for scope in dict.fromkeys(scopes)
                },
                "additionalProperties": False,
            },
        },
    }


def _entry(param: Param[Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": param.help}
    own = dict(param.kind.schema)
    if own.get("type") in {"boolean", "integer", "array"}:
        # Text is accepted for every type, as in the environment.
        described["anyOf"] = [own, {"type": "string"}]
    elif "enum" in own:
        # Words are understood in any case of letters, so the list is help and not a limit.
        described |= {"type": "string", "examples": own["enum"]}
    else:
        described |= own
    if param.example and own.get("type") == "string" and "enum" not in own:
        described["examples"] = [param.example]
    return described
