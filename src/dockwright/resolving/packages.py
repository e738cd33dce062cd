"""Versions of a distribution's packages: what apt would install today, by a simulation."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from dockwright.engines import mmdebstrap
from dockwright.engines.bootstrap_spec import BootstrapSpec, parse_simulation, parse_spec
from dockwright.errors import DockwrightError, EngineError
from dockwright.model.inputs import PackagesInput
from dockwright.resolving.tools import Tools

VIRTUAL = "*"
"""Another package provides it: the name has no version of its own."""

_ALONE = threading.Lock()
"""Two simulations at once would read the same lists twice at half the speed."""


def versions(wanted: PackagesInput, tools: Tools) -> Mapping[str, str]:
    """Package → version in the archive. Raises EngineError for a name that is not there."""
    spec = parse_spec(
        wanted.system,
        architecture=wanted.platform.rpartition("/")[2],
        packages=tuple(wanted.names),
    )
    with _ALONE, tempfile.TemporaryDirectory(prefix="dockwright-packages-") as folder:
        try:
            lines = _simulated(spec, Path(folder), tools.env)
        except DockwrightError as error:
            # No image is made here, and no stage has a log.
            what = error.message.removeprefix(f"{mmdebstrap.FAILED}: ")
            hint = error.hint if error.hint != mmdebstrap.LOG else ""
            raise EngineError(
                f"{wanted.title}: {what}", hint=hint or f"is {spec.suite} there for that platform?"
            ) from error
    found = {}
    for line in lines:
        name, _, rest = line.partition("=")
        found[name] = rest.rpartition(":")[0]
    if not found:
        raise EngineError(
            f"{wanted.title}: the archive named no packages",
            hint="`dockwright bootstrap` says more about the archive",
        )
    return {name: found.get(name, VIRTUAL) for name in sorted(wanted.names)}


def _simulated(spec: BootstrapSpec, folder: Path, env: Mapping[str, str]) -> tuple[str, ...]:
    """The `name=version:arch` lines of what apt would install."""
    # apt's own user must be able to look into it.
    folder.chmod(0o755)
    root = os.geteuid() == 0
    said: list[str] = []
    pin = mmdebstrap.write_pin(spec, folder / "pin")
    argv = mmdebstrap.arguments(spec, mmdebstrap.find(env), root=root, simulate=True, pin=pin)
    with (folder / "alone").open("wb") as lock:
        mmdebstrap.run(
            argv,
            env=mmdebstrap.environment(
                spec,
                dict(env),
                temporary=folder if root else None,
                mirror="",
                security_mirror="",
            ),
            out=None,
            on_line=said.append,
            lock=lock.fileno(),
        )
    return parse_simulation(tuple(said))
