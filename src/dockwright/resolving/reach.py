"""Which hosts an input is asked of; a host that is down is waited for once, not for each input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, assert_never

from dockwright.engines.registry_names import parse, place
from dockwright.errors import DockwrightError, EngineError
from dockwright.model.inputs import (
    ArchiveInput,
    GitInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)
from dockwright.resolving.tools import Tools

T = TypeVar("T")


def reach(wanted: Input, tools: Tools, down: dict[str, DockwrightError], ask: Callable[[], T]) -> T:
    """Ask for an input, unless a host of it could not be reached before; `down` are those hosts.

    Raises what `ask` raises; for all inputs of a host that nobody can reach the same error.
    """
    hosts = _hosts(wanted, tools)
    for host in hosts:
        if host in down:
            raise down[host]
    try:
        return ask()
    except DockwrightError as error:
        if (gone := _unreachable(error)) in hosts:
            reason = error.message.partition(f"{gone}")[2].partition(": ")[2]
            down[gone] = EngineError(f"{gone} cannot be reached: {reason}", hint=error.hint)
            raise down[gone] from error
        raise


def _unreachable(error: BaseException) -> str:
    """The host that no connection could be made to; empty when it was something else."""
    import httpx

    cause: BaseException | None = error
    while cause:
        if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout):
            return cause.request.url.netloc.decode()
        cause = cause.__cause__
    return ""


def _hosts(wanted: Input, tools: Tools) -> list[str]:
    match wanted:
        case ImageInput(ref=ref):
            return [place(parse(ref), tools.policy).registry]
        case PythonInput(indexes=indexes):
            return [_host(tools.policy.address(index)) for index in (tools.indexes.main, *indexes)]
        case GitInput(url=url) | ArchiveInput(url=url):
            return [_host(tools.policy.address(url))]
        case PackagesInput():
            return []
        case _:
            assert_never(wanted)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
