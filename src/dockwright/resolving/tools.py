"""What looking at inputs needs: clients for each kind of server, and many lookups at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from dockwright.engines.git_refs import Refs
from dockwright.engines.logins import Logins, places
from dockwright.engines.network import Policy, client
from dockwright.engines.registry import Registry
from dockwright.engines.wheels import Indexes
from dockwright.model.inputs import PythonInput

AT_ONCE = 32
"""Lookups at once. They wait for servers; 50 ms away, 200 of them are done in half a second."""

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """Clients that share one policy and one pool of connections. `env` is what programs inherit."""

    policy: Policy
    env: Mapping[str, str]
    registry: Registry
    refs: Refs
    indexes: Indexes
    log: Callable[[str], None]
    done: Callable[[], None]
    """Called after each lookup: a person wants to know how far the work is."""


@contextmanager
def tools(
    policy: Policy,
    env: Mapping[str, str],
    *,
    index: str,
    log: Callable[[str], None],
    done: Callable[[], None] = lambda: None,
) -> Iterator[Tools]:
    """The clients. `index` is the address of the Python package index; empty when unknown."""
    with client(policy, connections=AT_ONCE) as session:
        yield Tools(
            policy=policy,
            env=env,
            registry=Registry(
                session=session, policy=policy, logins=Logins(files=places(env), env=env), log=log
            ),
            refs=Refs(policy=policy, env=env, log=log),
            indexes=Indexes(session=session, policy=policy, main=index, log=log),
            log=log,
            done=done,
        )


def at_once(work: Callable[[A], B], items: Sequence[A]) -> list[B]:
    """The results in the order of the items; an exception of one is raised when its turn comes."""
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(items))) as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def machine(wanted: PythonInput) -> str:
    """The kernel's name of the platform's processor."""
    return {"amd64": "x86_64", "arm64": "aarch64"}[wanted.platform.rpartition("/")[2]]
