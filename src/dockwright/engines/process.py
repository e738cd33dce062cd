"""Asks a program of this host one short question. Never hangs, never raises."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

import msgspec

SECONDS = 20.0
"""A daemon that has not answered by then is taken for dead."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the program answered; `output` is its standard output and error, in order."""

    exit_code: int
    output: str
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.exit_code == 0


def inherited(env: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """What a child gets of the caller's environment: these variables, and proxies."""
    proxies = {name: value for name, value in env.items() if name.lower().endswith("_proxy")}
    return {name: env[name] for name in names if name in env} | proxies


def ask(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> Outcome:
    """Run `argv` without input. A missing program answers 127, a slow one is ended (124)."""
    import tempfile

    # A file, not a pipe: a grandchild (docker starts its plugins) that outlives its parent would
    # keep a pipe open, and reading it would wait for ever.
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,  # so that it can be ended together with its children
            )
        except OSError as error:
            return Outcome(exit_code=127, output=f"{argv[0]}: {error.strerror}")
        timed_out = False
        try:
            exit_code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            timed_out, exit_code = True, 124
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        output.seek(0)
        return Outcome(
            exit_code=exit_code,
            output=output.read().decode("utf-8", "replace"),
            timed_out=timed_out,
        )
