"""Chooses the engine: what the person named, else the first that this machine has."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.engines.api import Engine, Probe
from dockwright.engines.platforms import refuse_foreign
from dockwright.errors import EngineError

NAMES = ("buildkit", "buildah")
"""In the order of preference: a daemon that is there is what people use."""


def make(name: str, env: Mapping[str, str]) -> Engine:
    """The engine of that name. Its module is imported only now."""
    if name == "buildah":
        from dockwright.engines.buildah import Buildah

        match env.get("BUILDAH_ISOLATION", ""):
            case "oci" | "chroot" | "rootless" as isolation:
                return Buildah(isolation=isolation)
            case _:
                return Buildah()
    from dockwright.engines.buildkit import BuildKit

    return BuildKit(env=env)


def choose(name: str, env: Mapping[str, str], platforms: tuple[str, ...] = ()) -> Engine:
    """The engine to use. Raises EngineError that says what is missing and how to get it.

    `platforms` are those whose steps it must execute; a plan that is only shown needs none.
    """
    probes: list[Probe] = []
    foreign: list[EngineError] = []
    for candidate in NAMES if name == "auto" else (name,):
        engine = make(candidate, env)
        probe = engine.probe()
        if not probe.available:
            probes.append(probe)
            continue
        try:
            refuse_foreign(platforms, probe.platforms, candidate)
        except EngineError as error:
            foreign.append(error)
            continue
        return engine
    if foreign:
        raise foreign[0]
    if name == "auto":
        reasons = "; ".join(f"{probe.engine}: {_reason(probe)}" for probe in probes)
        raise EngineError(
            f"no container engine works on this machine ({reasons})",
            hint="apt-get install buildah crun, or start Docker; `dockwright doctor` says more",
        )
    (probe,) = probes
    raise EngineError(
        f"--engine {name}: {_reason(probe)}",
        hint=probe.hint or "`dockwright doctor` says more",
    )


def _reason(probe: Probe) -> str:
    if probe.missing:
        return f"missing {', '.join(probe.missing)}"
    return probe.detail or "it is not available"
