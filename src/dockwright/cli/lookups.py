"""What commands about inputs have in common: the clients of this host, and progress for people."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from dockwright.catalog.parameters.sources import SOURCE_LOGIN, SOURCE_MIRROR
from dockwright.cli import network
from dockwright.model.inputs import Input, PythonInput
from dockwright.model.param import Params
from dockwright.resolving.sets import index_of
from dockwright.resolving.tools import Tools, tools

_SILENT = 2.0
"""Seconds that a person waits without a word."""


@contextmanager
def lookups(
    params: Params,
    env: Mapping[str, str],
    inputs: Sequence[Input],
    *,
    what: str,
    patient: bool = True,
) -> Iterator[Tools]:
    """Clients with the network policy of the parameters. `what` names the work in its progress.

    Without patience a server that does not answer is asked twice, not five times.
    """
    mirrors: tuple[str, ...] = params[SOURCE_MIRROR]
    logins: tuple[str, ...] = params[SOURCE_LOGIN]
    policy = network.policy(env, mirrors=mirrors, logins=logins)
    if not patient:
        policy = replace(policy, tries=2, connect=5, silence=15)
    python = any(isinstance(wanted, PythonInput) for wanted in inputs)
    index = index_of(env) if python else ""
    index, log = policy.address(index), _say if patient else _nothing
    with _progress(what) as done, tools(policy, env, index=index, log=log, done=done) as made:
        yield made


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _nothing(_line: str) -> None:
    """What failed twice is a finding; the tries in between are not worth a line."""


@contextmanager
def _progress(what: str) -> Iterator[_Counter]:
    """Says once in a while how far the work is, when it takes longer than a moment."""
    counter = _Counter()
    over = threading.Event()

    def tell() -> None:
        while not over.wait(_SILENT):
            seconds = time.monotonic() - counter.began
            _say(f"{what}: {counter.count} done after {seconds:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield counter
    finally:
        over.set()
        teller.join()


class _Counter:
    """Counts what is done; threads call it."""

    def __init__(self) -> None:
        self.count = 0
        self.began = time.monotonic()
        self._guard = threading.Lock()

    def __call__(self) -> None:
        with self._guard:
            self.count += 1
