"""Cross-cutting concerns as functions over steps. No recipe mentions any of them.

Nothing that is added here stays in an image or depends on a host: mounts are always declared and
optional, and whether they do anything is read inside the step (decision 5 of ARCHITECTURE.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

import dockwright.catalog
from dockwright.catalog.scripts import script
from dockwright.model.plan import Plan, Run, SecretMount, Stage, Step, Tag
from dockwright.planning import names


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkOffer:
    """The mounts and the shell prelude of a step that may use the network."""

    mounts: tuple[SecretMount, ...]
    prelude: str


@cache
def network_offer() -> NetworkOffer:
    """CA bundle and proxy settings of the host, for one step at a time."""
    shell = Path(dockwright.catalog.__file__).parent / "shell" / "__init__.py"
    return NetworkOffer(
        mounts=(
            SecretMount(id=names.CA_SECRET, target=f"{names.SECRET_FOLDER}/ca.crt"),
            SecretMount(id=names.NETWORK_SECRET, target=f"{names.SECRET_FOLDER}/network.sh"),
        ),
        prelude=script(str(shell), "network.sh"),
    )


def offer_network(plan: Plan) -> Plan:
    """Give the host's CA bundle and proxy settings to every step that has the network."""
    offer = network_offer()

    def wrap(step: Step) -> Step:
        if isinstance(step, Run) and Tag.NETWORK in step.tags:
            return msgspec.structs.replace(
                step, mounts=(*step.mounts, *offer.mounts), prelude=(*step.prelude, offer.prelude)
            )
        return step

    def stage(value: Stage) -> Stage:
        return msgspec.structs.replace(value, steps=tuple(wrap(step) for step in value.steps))

    return msgspec.structs.replace(plan, stages=tuple(stage(value) for value in plan.stages))
