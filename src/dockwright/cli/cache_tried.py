"""The compiler cache is tried before a build: a word in seconds, instead of a slow build."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from dockwright.cli.secrets import Offered
from dockwright.engines.cache_check import Untried, check
from dockwright.engines.cache_file import CacheOrder
from dockwright.errors import DockwrightError
from dockwright.model.cache import SECRETS, Backend, CacheSettings
from dockwright.resolving.probe import Finding
from dockwright.resolving.tools import at_once


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: `findings` as of any other input, and what a build does without."""

    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


def try_caches(orders: Iterable[CacheOrder], offered: Offered, env: Mapping[str, str]) -> Tried:
    """Write and read an object on each server, as `dockwright sccache check` does.

    Where the cache is not required, a server that does not work is a warning. The engine's own disk
    is not tried: only a step can.
    """
    from dockwright.cli.network import policy

    levels: dict[CacheSettings, CacheOrder] = {}
    for order in orders:
        levels |= {level: order for level in order.levels if level.backend is not Backend.DISK}
    if not levels:
        return Tried()
    network = policy(env)

    def one(level: CacheSettings) -> Finding:
        found = Finding(
            kind="cache",
            looked_for=f"compiler cache {level.backend}",
            where=level.url if level.backend is Backend.S3 else level.endpoint,
        )
        logins = {**levels[level].names, **_logins(offered)}
        try:
            check(level, logins, network)
        except Untried as reason:
            return msgspec.structs.replace(found, note=f"not tried: {reason.message}")
        except DockwrightError as error:
            return msgspec.structs.replace(found, problem=error.message, hint=error.hint)
        return found

    found = dict(zip(levels, at_once(one, list(levels)), strict=True))
    fatal = [
        finding for level, finding in found.items() if not finding.problem or levels[level].required
    ]
    warned = [finding for finding in found.values() if finding not in fatal]
    return Tried(findings=tuple(fatal), warnings=tuple(warned))


def _logins(offered: Offered) -> dict[str, str]:
    """The credentials that the steps get, by the variables that sccache knows."""
    found = {}
    for secret in offered.secrets:
        name = SECRETS.get(secret.id, "")
        if name.endswith("_FILE"):
            found[name] = secret.path
        elif name:
            found[name] = offered.value(secret).strip()
    return found
