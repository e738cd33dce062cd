"""Cross-cutting concerns as functions over steps. No recipe mentions any of them.

Nothing that is added here stays in an image or depends on a host: mounts are always declared and
optional, and whether they do anything is read inside the step (decision 5 of ARCHITECTURE.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import msgspec

from dockwright.catalog.components import sccache
from dockwright.catalog.scripts import shared
from dockwright.model.plan import (
    BuildKind,
    CacheMount,
    Mount,
    Plan,
    Run,
    SecretMount,
    Stage,
    StageMount,
    Step,
    Tag,
)
from dockwright.planning import names


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The mounts that a step gets, and the shell before and after its script."""

    mounts: tuple[Mount, ...]
    prelude: str
    epilogue: str = ""


def _network_mounts() -> tuple[Mount, ...]:
    return (
        SecretMount(id=names.CA_SECRET, target=f"{names.SECRET_FOLDER}/ca.crt"),
        SecretMount(id=names.NETWORK_SECRET, target=f"{names.SECRET_FOLDER}/network.sh"),
    )


@cache
def network_offer() -> Offer:
    """CA bundle and proxy settings of the host, for one step at a time."""
    return Offer(mounts=_network_mounts(), prelude=shared("network.sh"))


@cache
def jobs_offer() -> Offer:
    """How many compilers a step runs at once: asked of the machine inside, or a person's number."""
    return Offer(
        mounts=(SecretMount(id=names.JOBS_SECRET, target=f"{names.SECRET_FOLDER}/jobs.sh"),),
        prelude=shared("jobs.sh"),
    )


CACHE_LOGINS = (
    "aws-key-id",
    "aws-secret-id",
    "aws-session-token",
    "aws-role-arn",
    "aws-web-identity-token",
    "aws-profile",
    "sccache-redis-password",
    "sccache-webdav-password",
    "sccache-webdav-token",
    "actions-runtime-token",
    "sccache-dist-token",
)
"""Ids of secrets that a place of the compiler cache may want; catalog/shell/cache.sh knows them."""


@cache
def cache_offer(kind: BuildKind) -> Offer:
    """The compiler cache. Its server has the network, the script of the step has none."""
    logins = f"{names.SECRET_FOLDER}/cache"
    return Offer(
        mounts=(
            StageMount(stage=names.SCCACHE, source=sccache.FOLDER, target=sccache.MOUNTED),
            CacheMount(id="dockwright-sccache", target=names.CACHE_FOLDER),
            SecretMount(id=names.CACHE_SECRET, target=f"{names.SECRET_FOLDER}/cache.sh"),
            *(SecretMount(id=login, target=f"{logins}/{login}") for login in CACHE_LOGINS),
            *_network_mounts(),
        ),
        # What is mounted has its digest in the text: not every engine looks into a mount.
        prelude=(
            f"# sha256 {sccache.digest()}\n"
            f"export BUILD_KIND='{kind}'\n"
            f". {sccache.MOUNTED}/cache.sh\n"
        ),
        epilogue="cache_end\n",
    )


def offer_cache(plan: Plan) -> Plan:
    """Give the compiler cache to every step that compiles, in a plan that has the program."""
    if not any(stage.name == names.SCCACHE for stage in plan.stages):
        return plan
    return _offer(plan, Tag.COMPILES, lambda step: cache_offer(step.build) if step.build else None)


def limit_jobs(plan: Plan) -> Plan:
    """Tell every step that compiles how much it may do at once. No number enters the text."""
    return _offer(plan, Tag.COMPILES, lambda _: jobs_offer())


def wrap_all(plan: Plan) -> Plan:
    """Every wrapper."""
    return offer_cache(limit_jobs(offer_network(plan)))


def offer_network(plan: Plan) -> Plan:
    """Give the host's CA bundle and proxy settings to every step that has the network."""
    return _offer(plan, Tag.NETWORK, lambda _: network_offer())


def _offer(plan: Plan, tag: Tag, offer_for: Callable[[Run], Offer | None]) -> Plan:
    def wrap(step: Step) -> Step:
        if isinstance(step, Run) and tag in step.tags and (offer := offer_for(step)):
            return msgspec.structs.replace(
                step,
                mounts=tuple(dict.fromkeys((*step.mounts, *offer.mounts))),
                prelude=(*step.prelude, offer.prelude),
                epilogue=(*((offer.epilogue,) if offer.epilogue else ()), *step.epilogue),
            )
        return step

    def stage(value: Stage) -> Stage:
        return msgspec.structs.replace(value, steps=tuple(wrap(step) for step in value.steps))

    return msgspec.structs.replace(plan, stages=tuple(stage(value) for value in plan.stages))
