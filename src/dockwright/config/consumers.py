"""Law 5: a value that a person set has at least one consumer, or it is an error that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.axes import ARCH, CUDA_VERSION, DEVICE, FRAMEWORK, PLATFORM
from dockwright.catalog.parameters.axes import TARGET as TARGET_AXIS
from dockwright.catalog.parameters.cache import SCCACHE_VERSION, USE_SCCACHE
from dockwright.config.names import ORIGINAL_VARIABLES
from dockwright.errors import Problem
from dockwright.model.param import Concern, Params

_AXES = {param.name for param in (FRAMEWORK, DEVICE, CUDA_VERSION, PLATFORM, ARCH, TARGET_AXIS)}
# The pair of ARCH is part of the axes: it can only agree with the platform.
_ALWAYS_READ = _AXES | {"ARCH_ALT"}


NOT_YET = frozenset(
    {
        "BUILDKIT_ARGS",
        "ECR_HOSTNAME",
    }
)
"""What nothing reads in this version; to set one of them is an error, not silence."""

CACHE = frozenset({"USE_SCCACHE", "CACHE_REQUIRED"})
"""What only steps that compile have a use for; the tool is in a plan exactly with such steps."""


def consumers(params: Params, ledger: Mapping[str, AbstractSet[str]]) -> dict[str, tuple[str, ...]]:
    """Parameter → who read it, directly or through a default that was computed from it."""
    found: dict[str, set[str]] = {}

    def note(name: str, readers: AbstractSet[str]) -> None:
        known = found.setdefault(name, set())
        if readers <= known and known:
            return
        known |= readers
        for source in params.values[name].inputs if name in params.values else ():
            note(source, readers)

    for name, readers in ledger.items():
        note(name, readers)
    return {name: tuple(sorted(readers)) for name, readers in sorted(found.items())}


def unconsumed(
    params: Params,
    ledger: Mapping[str, AbstractSet[str]],
    works_for: Callable[[str], tuple[str, ...]] | None = None,
) -> tuple[Problem, ...]:
    """Values that a person set and nobody read while planning; `ledger` says who read what.

    `works_for` names the frameworks or targets where a parameter does something.
    """
    read = consumers(params, ledger)
    known = parameters()
    found = []
    for name, value in sorted(params.values.items()):
        if value.origin.is_default or name in read or name in _ALWAYS_READ or name not in known:
            continue
        cache_for_nothing = (
            name in CACHE and params[USE_SCCACHE] and SCCACHE_VERSION.name not in read
        )
        only_how = known[name].concern is not Concern.IMAGE and name not in NOT_YET
        if only_how and not cache_for_nothing:
            continue
        # CI sets the original's variables for every build alike; they are no wish for this one.
        if value.origin.where in ORIGINAL_VARIABLES:
            continue
        places = works_for(name) if works_for else tuple(known[name].only)
        found.append(
            Problem(
                what=f"{name} has no consumer in this build, so it would silently do nothing",
                where=value.origin.where,
                hint=(
                    f"it works for {', '.join(places)}"
                    if places
                    else f"leave it out; `dockwright explain {name}` says where it works"
                ),
                rule="no-consumer",
            )
        )
    return tuple(found)
