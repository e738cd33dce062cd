"""`dockwright wheel trtllm`: a framework's wheel from its sources, for a build to install."""

from __future__ import annotations

import contextlib
import os
import platform
import shlex
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dockwright.cli import host, network_options
from dockwright.errors import EngineError, UserError
from dockwright.model.values import Arch

if TYPE_CHECKING:
    from dockwright.cli.run import Mode
    from dockwright.engines.events import Emit
    from dockwright.engines.network import Policy
    from dockwright.engines.wheel import Holder, Order

_MACHINES = {arch.alt: arch for arch in Arch} | {"arm64": Arch.ARM64}


@click.command("wheel")
@click.argument("framework", type=click.Choice(["trtllm"]), metavar="FRAMEWORK")
@click.option("-c", "--commit", required=True, metavar="REF", help="Commit, tag or branch.")
@click.option(
    "-u",
    "--git-url",
    "url",
    metavar="URL",
    help="Repository.  [default: TensorRT-LLM's own]",
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    help="Where the wheel, commit.txt and the rest of the build directory go.  [default: "
    "/tmp/trtllm_wheel]",
)
@click.option(
    "-a",
    "--arch",
    type=click.Choice(["amd64", "arm64"]),
    help="Architecture; the make targets build for this machine's only.  [default: this machine's]",
)
@click.option(
    "--with",
    "holder",
    type=click.Choice(["auto", "docker", "podman", "buildah"]),
    default="auto",
    show_default=True,
    help="What the make targets build their image with.",
)
@network_options.takes_mirrors
@network_options.takes_logins
@click.option("--offline", is_flag=True, help="Take only a wheel that is in DIR already.")
@click.option("--dry-run", is_flag=True, help="Print the exact commands; touch nothing.")
@click.option("--events", is_flag=True, help="Print events as JSON lines instead of the path.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but failures.")
@click.option("-v", "--verbose", is_flag=True, help="Show every line that make prints.")
def command(
    *,
    framework: str,
    commit: str,
    url: str | None,
    output: str | None,
    arch: str | None,
    holder: str,
    mirrors: tuple[str, ...],
    logins: tuple[str, ...],
    offline: bool,
    dry_run: bool,
    events: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Build the wheel of FRAMEWORK with its repository's own make targets, which takes hours.

    Prints the wheel's path. The clone is dockwright's own, below its cache. The package's version
    gets `+dev` and the commit. A second call finds a full commit's wheel there; one after an
    interruption goes on with what the container engine has in its cache.
    """
    from dockwright.cli import run
    from dockwright.cli.emitting import emitter
    from dockwright.cli.network import policy
    from dockwright.config.trtllm import BUILD_DIRECTORY, REPOSITORY, source_problem, tag_of
    from dockwright.engines.sources_git import configuration
    from dockwright.engines.wheel import Order, home

    assert framework == "trtllm"  # noqa: S101  # the only one that is built like this
    mode = run.mode_of({"quiet": quiet, "verbose": verbose})
    env = host.environment()
    url, commit = url or REPOSITORY, tag_of(commit)
    if problem := source_problem(url, commit):
        raise UserError(problems=[problem])
    network = policy(env, mirrors=mirrors, logins=logins)
    order = Order(
        url=network.address(url),
        commit=commit,
        arch=_arch(arch),
        home=home(host.places(env).cache, url),
        output=Path(output or BUILD_DIRECTORY).expanduser().absolute(),
        holder=_holder(holder, env),
        lfs=shutil.which("git-lfs", path=env.get("PATH")) is not None,
        config=configuration(network),
    )
    if dry_run:
        _show(order)
        return
    _require(env)
    emit = emitter(events=True) if events else None
    made = _build(order, env, network, emit=emit, mode=mode, offline=offline)
    if not events:
        click.echo(made)


def _arch(said: str | None) -> Arch:
    machine = _MACHINES.get(platform.machine())
    if said is None:
        return machine or Arch.AMD64
    if machine is not Arch(said):
        raise UserError(
            f"--arch {said}: this machine is {platform.machine()}, and TensorRT-LLM's make targets "
            "build for the machine that they run on",
            hint=f"run the same command on a machine with {Arch(said).alt}, then install from the "
            "directory: --tensorrtllm-pip-wheel-dir",
        )
    return machine


def _holder(said: str, env: Mapping[str, str]) -> Holder:
    """Who holds the wheel's image: what is named, else the first that works here."""
    from dockwright.cli.containers import state
    from dockwright.engines.wheel import HOLDERS

    for name in HOLDERS:
        if said == name:
            return name
    if not state("docker", env):
        return "docker"
    for name in HOLDERS[1:]:
        if shutil.which(name, path=env.get("PATH")):
            return name
    # The commands can be shown; a real run says what is missing.
    return "docker"


def _require(env: Mapping[str, str]) -> None:
    missing = [name for name in ("git", "make") if not shutil.which(name, path=env.get("PATH"))]
    if missing:
        raise EngineError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed",
            hint=f"apt-get install {' '.join(missing)} (Debian, Ubuntu)",
        )


def _show(order: Order) -> None:
    from dockwright.engines.api import Command
    from dockwright.engines.wheel import steps

    for step in steps(order):
        click.echo(shlex.join(step.argv) if isinstance(step, Command) else f"# {step.text}")


def _build(
    order: Order,
    env: Mapping[str, str],
    network: Policy,
    *,
    emit: Emit | None,
    mode: Mode,
    offline: bool,
) -> Path:
    """Build it; without `emit` on the person's own screen."""
    from dockwright.engines.session import new_run_directory
    from dockwright.engines.wheel import STAGE
    from dockwright.engines.wheel_run import build
    from dockwright.report.state import StageInfo
    from dockwright.report.terminal import terminal

    directory = new_run_directory(host.places(env), time.time(), os.getpid())
    with contextlib.ExitStack() as stack:
        if emit is None:
            info = StageInfo(name=STAGE, component="trtllm", steps=0)
            emit = stack.enter_context(terminal((info,), env=env, mode=mode))
        return build(
            order, emit=emit, env=env, policy=network, run_directory=directory, offline=offline
        )
