"""docker and podman on this host: which of them starts a container, and whether it has an image."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from dockwright.engines.containers import PROGRAMS, Program
from dockwright.engines.process import ask
from dockwright.errors import EngineError, UserError

_SECONDS = 10.0
_SYS_RESOURCE = 24


def state(program: Program, env: Mapping[str, str]) -> str:
    """Why a program cannot start containers; empty when it can. Only questions are asked."""
    if not shutil.which(program, path=env.get("PATH")):
        return "not installed"
    if program == "podman":
        return ""
    answer = ask((program, "version", "--format", "{{.Server.Version}}"), env=env, seconds=_SECONDS)
    return "" if answer.ok else "its daemon does not answer"


def choose(wanted: str, env: Mapping[str, str], *, where: str = "") -> Program:
    """The program to use: the one that is named, that holds the image, or the first that works.

    `where` is the place of the image as the record of its build says it. Raises EngineError.
    """
    for program in PROGRAMS:
        if wanted == program:
            return program
    first: tuple[Program, ...] = PROGRAMS
    if where.startswith("containers-storage:"):
        first = ("podman", "docker")
    said = {}
    for program in first:
        said[program] = state(program, env)
        if not said[program]:
            return program
    reasons = "; ".join(f"{program}: {said[program]}" for program in PROGRAMS)
    raise EngineError(
        f"nothing here can start a container ({reasons})",
        hint="start Docker, or install podman: `apt-get install podman` (Debian, Ubuntu)",
    )


def highest(program: Program) -> dict[str, int]:
    """The limits that this process cannot raise for podman, which runs with its rights.

    docker's daemon has its own. Empty where everything may be raised, or where nobody knows.
    """
    if program == "docker" or _may_raise():
        return {}
    import resource

    named = {
        "memlock": resource.RLIMIT_MEMLOCK,
        "stack": resource.RLIMIT_STACK,
        "nofile": resource.RLIMIT_NOFILE,
    }
    found = {name: resource.getrlimit(number)[1] for name, number in named.items()}
    return {name: most for name, most in found.items() if most != resource.RLIM_INFINITY}


def _may_raise() -> bool:
    """Whether this process has CAP_SYS_RESOURCE (Linux; elsewhere podman is in a machine)."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return True
    effective = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) >> _SYS_RESOURCE & 1)


def require_image(image: str, program: Program, env: Mapping[str, str], *, where: str) -> None:
    """Refuse to start an image of our own naming that the store does not have.

    docker would look for it in its default registry, where somebody else's may be.
    """
    answer = ask((program, "image", "inspect", "--format", "{{.Id}}", image), env=env)
    if answer.ok:
        return
    if "no such image" not in answer.output.lower() and "not known" not in answer.output.lower():
        last = (answer.output.strip().splitlines() or ["it did not answer"])[-1]
        raise EngineError(f"{program} cannot be asked for {image}: {last}")
    hint = "build it with `dockwright build` and the same options, or name another with --image"
    if where.startswith("oci:"):
        hint = f"its build wrote {where}; build it again with --output load"
    elif where:
        hint = f"its build left it in {where}; --with chooses docker or podman"
    raise UserError(f"{program} has no image {image}", hint=hint)
