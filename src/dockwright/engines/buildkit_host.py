"""What this host has for BuildKit: buildx, a builder, a daemon that answers.

Asking never hangs and never raises: a daemon that says nothing is an answer too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from dockwright.engines.api import Probe
from dockwright.engines.process import SECONDS, Outcome

MINIMUM_BUILDX = (0, 13, 0)
"""The first release whose `--progress=rawjson` is not mixed with text meant for people."""

MINIMUM_BUILDKIT = (0, 11, 0)
"""The first release with OCI layouts as named contexts and as output (`tar=false`)."""

Ask: TypeAlias = Callable[[Sequence[str]], Outcome]


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """What a command line depends on. The defaults serve a dry run on a machine without an engine.

    `docker`: a docker daemon answers, so a finished image can be put there.
    """

    buildx: tuple[str, ...] = ("docker", "buildx")
    buildx_version: str = ""
    builder: str = ""
    driver: str = ""
    buildkit_version: str = ""
    docker: bool = True


def examine(ask: Ask) -> tuple[Host | None, Probe]:
    """Look at this host: what there is, and what `doctor` says about it."""
    buildx, version = _find_buildx(ask)
    if not buildx:
        return None, _without_buildx(ask)
    if _numbers(version) < MINIMUM_BUILDX:
        return None, _unavailable(
            f"buildx {version or 'of unknown version'} is too old",
            missing=(f"buildx {_dotted(MINIMUM_BUILDX)} or newer",),
            hint="upgrade the buildx plugin of docker",
        )
    # Without a name: the builder that BUILDX_BUILDER or `buildx use` selected.
    answer = ask((*buildx, "inspect"))
    facts = _facts(answer.output)
    driver, error = facts.get("Driver", ""), facts.get("Error", "")
    if error or not answer.ok or not driver:
        return None, _silent(
            error or _last_line(answer.output), driver, buildx, timed_out=answer.timed_out
        )
    # "Buildkit:" before buildx 0.15.
    buildkit = facts.get("BuildKit version", facts.get("Buildkit", "")).removeprefix("v")
    if driver == "remote" and not buildkit:
        # Only "Status: inactive" says so here: there is nothing that buildx could start.
        return None, _silent(facts.get("Endpoint", ""), driver, buildx, timed_out=False)
    if buildkit and (0, 0, 0) < _numbers(buildkit) < MINIMUM_BUILDKIT:
        return None, _unavailable(
            f"BuildKit {buildkit} of builder {facts['Name']} is too old",
            missing=(f"BuildKit {_dotted(MINIMUM_BUILDKIT)} or newer",),
            hint=f"upgrade docker, or make a newer builder: `{' '.join(buildx)} create --use`",
        )
    host = Host(
        buildx=buildx,
        buildx_version=version,
        builder=facts.get("Name", ""),
        driver=driver,
        buildkit_version=buildkit,
        docker=driver in ("docker", "docker-container") or _docker_answers(ask),
    )
    # A container driver starts its BuildKit with the first build: not running is not missing.
    return host, Probe(
        engine="buildkit",
        available=True,
        version=buildkit,
        detail=f"builder {host.builder} ({driver}), buildx {version}"
        + ("" if buildkit else ", BuildKit starts with the first build"),
        platforms=_platforms(answer.output),
        store=_store(ask, driver, facts.get("Endpoint", "")),
    )


def _find_buildx(ask: Ask) -> tuple[tuple[str, ...], str]:
    for argv in (("buildx",), ("docker", "buildx")):
        answer = ask((*argv, "version"))
        if answer.ok:
            return argv, _version(answer.output)
    return (), ""


def _store(ask: Ask, driver: str, endpoint: str) -> str:
    """Where layers are kept, as far as that is on this machine."""
    if driver in ("docker", "docker-container"):
        answer = ask(("docker", "info", "--format", "{{.DockerRootDir}}"))
        return answer.output.strip() if answer.ok else ""
    # What buildkitd does when nobody says --root.
    return "/var/lib/buildkit" if driver == "remote" and endpoint.startswith("unix://") else ""


def _docker_answers(ask: Ask) -> bool:
    return ask(("docker", "version", "--format", "{{.Server.Version}}")).ok


def _without_buildx(ask: Ask) -> Probe:
    if ask(("docker", "--version")).ok and not _docker_answers(ask):
        return _unavailable(
            "the docker daemon does not answer, and buildx is not installed",
            missing=("buildx", "a docker daemon"),
            hint="start docker and install its buildx plugin, or use buildah",
        )
    return _unavailable(
        "buildx is not installed",
        missing=("buildx",),
        hint="install docker with its buildx plugin, or put `buildx` on PATH",
    )


def _silent(error: str, driver: str, buildx: tuple[str, ...], *, timed_out: bool) -> Probe:
    """A builder is selected, but nobody answers: say whose daemon it is."""
    command = " ".join(buildx)
    if driver == "docker" or "docker API" in error or "Docker daemon" in error:
        return _unavailable(
            "the docker daemon does not answer",
            hint=f"start docker, or select another builder with `{command} use NAME`",
        )
    reason = f"nothing in {SECONDS:g} s" if timed_out else error or "nothing"
    return _unavailable(
        f"the selected builder{f' (driver {driver})' if driver else ''} does not answer: {reason}",
        hint=f"`{command} ls` shows the builders, `{command} use NAME` selects another one",
    )


def _unavailable(detail: str, *, hint: str, missing: tuple[str, ...] = ()) -> Probe:
    return Probe(engine="buildkit", available=False, detail=detail, missing=missing, hint=hint)


def _facts(text: str) -> dict[str, str]:
    """`Name: value` lines of `buildx inspect`; the first of each name, so the builder's own."""
    facts: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and not line.startswith((" ", "\t")):
            facts.setdefault(name, value.strip())
    return facts


def _platforms(text: str) -> tuple[str, ...]:
    """What the nodes of a builder execute together; a star marks what a person put first."""
    found = [
        word.strip().rstrip("*")
        for line in text.splitlines()
        if line.startswith("Platforms:")
        for word in line.partition(":")[2].split(",")
    ]
    return tuple(dict.fromkeys(word for word in found if word))


def _version(text: str) -> str:
    found = re.search(r"\bv?(\d+\.\d+\.\d+\S*)", text)
    return found[1] if found else ""


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return tuple(int(number) for number in found.groups()) if found else (0, 0, 0)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
