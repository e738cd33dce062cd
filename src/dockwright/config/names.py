"""Names of parameters in every spelling, and what to suggest for a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dockwright.model.param import Param

PREFIX = "DOCKWRIGHT_"

ORIGINAL_VARIABLES = {
    "DYNAMO_COMMIT_SHA": "DYNAMO_COMMIT_SHA",
    "SCCACHE_S3_KEY_PREFIX": "SCCACHE_S3_KEY_PREFIX",
    "SOURCE_DATE_EPOCH": "SOURCE_DATE_EPOCH",
    "ECR_HOSTNAME": "ECR_HOSTNAME",
    "commit_id": "COMMIT_ID",
    "current_tag": "CURRENT_TAG",
    "latest_tag": "LATEST_TAG",
}
"""The only variables without the prefix that are read: those that the original documents."""

RESERVED_VARIABLES = frozenset(
    {
        "DOCKWRIGHT_CONFIG",
        "DOCKWRIGHT_PROFILE",
        "DOCKWRIGHT_FORMAT",
        "DOCKWRIGHT_HOME",
        "DOCKWRIGHT_STORE",
        "DOCKWRIGHT_MIRRORS",
    }
)
"""Variables of the tool itself; they are no parameters."""


_TELLING = 3
_FEW = 8


def nearest(word: str, names: Iterable[str]) -> str:
    """The most similar name, or empty when none is close."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(names), n=1, cutoff=0.7)
    return found[0] if found else ""


def suggestion(word: str, parameters: Mapping[str, Param[Any]], *, lower: bool = False) -> str:
    """A hint for a name that does not exist: the nearest one, or those that contain it.

    `lower` writes names as TOML keys.
    """
    show = str.lower if lower else str
    if near := nearest(word, parameters):
        return f"did you mean {show(near)}?"
    parts = [part for part in word.split("_") if len(part) >= _TELLING]
    inside = [name for name in parameters if any(part in name.split("_") for part in parts)]
    if 0 < len(inside) <= _FEW:
        return f"names with it: {', '.join(map(show, inside))}"
    return "`dockwright params` lists all names"


def of_option(component: str, option: str, parameters: Mapping[str, Param[Any]]) -> str:
    """The parameter that `component.option` means: `ucx.ref` is NIXL_UCX_REF.

    It is the parameter COMPONENT_OPTION, else the only one whose name ends so. Without one the
    plain joined name is returned, which then is refused as unknown.
    """
    name = f"{component}_{option}".upper().replace("-", "_")
    if name in parameters:
        return name
    ending = [known for known in parameters if known.endswith("_" + name)]
    return ending[0] if len(ending) == 1 else name
