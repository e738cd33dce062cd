"""Cross-cutting concerns as functions over steps. No recipe mentions any of them.

Nothing that is added here stays in an image or depends on a host: mounts are always declared and
optional, and whether they do anything is read inside the step (decision 5 of ARCHITECTURE.md).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

import dockwright.catalog
from dockwright.catalog.scripts import script
from dockwright.model.plan import Plan, Run, SecretMount, Stage, Step, Tag
from dockwright.planning import names


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The mounts and the shell prelude that a step gets."""

    mounts: tuple[SecretMount, ...]
    prelude: str


@cache
def network_offer() -> Offer:
    """CA bundle and proxy settings of the host, for one step at a time."""
    shell = Path(dockwright.catalog.__file__).parent / "shell" / "__init__.py"
    return Offer(
        mounts=(
            SecretMount(id=names.CA_SECRET, target=f"{names.SECRET_FOLDER}/ca.crt"),
            SecretMount(id=names.NETWORK_SECRET, target=f"{names.SECRET_FOLDER}/network.sh"),
        ),
        prelude=script(str(shell), "network.sh"),
    )


@cache
def jobs_offer() -> Offer:
    """How many compilers a step runs at once: asked of the machine inside, or a person's number."""
    shell = Path(dockwright.catalog.__file__).parent / "shell" / "__init__.py"
    return Offer(
        mounts=(SecretMount(id=names.JOBS_SECRET, target=f"{names.SECRET_FOLDER}/jobs.sh"),),
        prelude=script(str(shell), "jobs.sh"),
    )


def limit_jobs(plan: Plan) -> Plan:
    """Tell every step that compiles how much it may do at once. No number enters the text."""
    return _offer(plan, Tag.COMPILES, jobs_offer())


def wrap_all(plan: Plan) -> Plan:
    """Every wrapper."""
    return limit_jobs(offer_network(plan))


def offer_network(plan: Plan) -> Plan:
    """Give the host's CA bundle and proxy settings to every step that has the network."""
    return _offer(plan, Tag.NETWORK, network_offer())


def _offer(plan: Plan, tag: Tag, offer: Offer) -> Plan:
    def wrap(step: Step) -> Step:
        if isinstance(step, Run) and tag in step.tags:
            return msgspec.structs.replace(
                step, mounts=(*step.mounts, *offer.mounts), prelude=(*step.prelude, offer.prelude)
            )
        return step

    def stage(value: Stage) -> Stage:
        return msgspec.structs.replace(value, steps=tuple(wrap(step) for step in value.steps))

    return msgspec.structs.replace(plan, stages=tuple(stage(value) for value in plan.stages))
