"""`dockwright run`: start a built image, with what an inference stack needs of a container."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dockwright.catalog.parameters.axes import CUDA_VERSION, DEVICE, FRAMEWORK, PLATFORM, TARGET
from dockwright.catalog.parameters.features import MAKE_EFA
from dockwright.cli import host, options
from dockwright.errors import UserError
from dockwright.model.param import Params, Source
from dockwright.model.values import Device, Target

if TYPE_CHECKING:
    from dockwright.engines.api import Command

NAMING = (FRAMEWORK, TARGET, DEVICE, CUDA_VERSION, PLATFORM, MAKE_EFA)
"""What says which image: the axes of the variant."""

_ROOT = (Target.BASE, Target.WHEEL_BUILDER, Target.FRAMEWORK, Target.DEV)
"""Images whose user is root; all others are for `dynamo`."""


class RunCommand(options.ParamCommand):
    """Takes the axes; what stands behind `--` is the container's own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Cut off the container's command before anything of it can look like an option."""
        before, inside = args, tuple[str, ...]()
        if "--" in args:
            place = args.index("--")
            before, inside = args[:place], tuple(args[place + 1 :])
        try:
            left = super().parse_args(ctx, before)
        except click.NoSuchOption:
            raise
        except click.UsageError as error:
            if "extra argument" not in error.message:
                raise
            raise UserError(
                error.message.removeprefix("Got ").rstrip("."),
                hint="an image is named with --image; a command stands behind --, as in "
                "`dockwright run -- bash`",
            ) from error
        ctx.params["inside"] = inside
        return left


def _switch(
    flag: str, name: str, text: str, *, default: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A switch that takes a value, as the original's do: `--rm TRUE`; alone it means true."""
    return click.option(
        flag,
        name,
        type=click.BOOL,
        is_flag=False,
        flag_value="true",
        default=default,
        show_default=True,
        metavar="true|false",
        help=text,
    )


@click.command("run", cls=RunCommand, takes=NAMING, options_metavar="[OPTIONS] [-- COMMAND...]")
@click.option("--image", default="", help="Image to start, instead of the one that a build named.")
@click.option("--name", default="", help="Name of the container.")
@click.option("--entrypoint", default="", help="Program to start instead of the image's.")
@click.option(
    "--workdir",
    metavar="DIR",
    help="Working directory.  [default: /workspace; the image's for base and framework]",
)
@click.option(
    "--gpus",
    default="",
    metavar="all|none|NUMBER|device=0,1",
    help="GPUs that the container gets.  [default: all; none for --device cpu]",
)
@click.option(
    "--runtime",
    default="",
    metavar="NAME",
    help="Container runtime.  [default: nvidia for docker with GPUs; podman needs none]",
)
@click.option(
    "--network",
    default="host",
    show_default=True,
    metavar="host|bridge|none|container:NAME|NETWORK",
    help="Network; with host there can be one NATS (4222) and one etcd (2379) on the machine.",
)
@click.option(
    "--user",
    default="",
    metavar="UID[:GID]|NAME",
    help="User, with group 0 beside its own, which may write where the image lets anybody write."
    "  [default: the image's]",
)
@click.option(
    "--mount-workspace",
    is_flag=True,
    help="Mount the repository at /workspace, /tmp, /mnt and a Hugging Face cache; pass HF_TOKEN.",
)
@click.option(
    "--hf-home",
    "--hf-cache",
    "hf_home",
    metavar="DIR|none",
    help="Hugging Face cache of this machine; made when it is not there.  [default: $HF_HOME; with"
    " --mount-workspace one below dockwright's cache]",
)
@click.option(
    "--use-nixl-gds",
    is_flag=True,
    help="What NIXL's GPUDirect Storage needs: /run/udev, /tmp and IPC_LOCK.",
)
@click.option("-v", "--volume", "volumes", multiple=True, metavar="FROM:TO[:ro]", help="Mount.")
@click.option("-p", "--port", "ports", multiple=True, metavar="HOST:INSIDE", help="Publish a port.")
@click.option(
    "-e",
    "--env",
    "words",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="Variable; its value is in no argv and is never shown.",
)
@click.option(
    "--ulimit",
    "limits",
    multiple=True,
    metavar="NAME=SOFT[:HARD]",
    help="Limit of the container, instead of the usual one of that name.",
)
@click.option("-i", "--interactive", is_flag=True, help="Keep stdin open (-it for a shell).")
@click.option("-t", "--tty", is_flag=True, help="Give the container a terminal.")
@_switch("--rm", "remove", "Remove the container when it has ended.", default=True)
@_switch("--privileged", "privileged", "Let the container do what the host's root may.")
@click.option(
    "--with",
    "program",
    type=click.Choice(["auto", "docker", "podman"]),
    default="auto",
    show_default=True,
    help="Who starts the container.",
)
@click.option("--dry-run", is_flag=True, help="Print the exact command; touch nothing.")
def command(*, dry_run: bool, **arguments: Any) -> None:
    """Start a built image and run COMMAND in it, or what the image runs by itself.

    The image is the one that `dockwright build` names for the same framework, target and device, or
    for the same --config. Always given: 10 GB of shared memory, unlimited locked memory, a 64 MB
    stack, 65536 open files, the host's IPC, and SYS_PTRACE. The exit status is that of the command
    inside.
    """
    from dockwright.cli.containers import choose, highest, require_image
    from dockwright.cli.records import recall
    from dockwright.engines.containers import Launch, limits, variables
    from dockwright.engines.containers import command as start

    env = host.environment()
    params = _params(arguments, env)
    image = arguments["image"] or _named(params)
    record = recall(host.places(env), image)
    where = record.where if record else ""
    program = choose(arguments["program"], env, where=where)
    words = list(arguments["words"])
    mounts, folder = _mounts(arguments, params, env)
    if arguments["mount_workspace"] and not any(w.partition("=")[0] == "HF_TOKEN" for w in words):
        words.append("HF_TOKEN")
    by_name, values, environment = variables(words)
    held, lowered = limits(arguments["limits"], highest(program))
    if lowered:
        click.echo(f"note: podman cannot raise your limits: {', '.join(lowered)}", err=True)
    started = start(
        Launch(
            image=image,
            command=arguments["inside"],
            name=arguments["name"],
            entrypoint=arguments["entrypoint"],
            workdir=_workdir(arguments["workdir"], params),
            gpus=arguments["gpus"] or ("none" if params[DEVICE] is Device.CPU else "all"),
            runtime=arguments["runtime"],
            network=arguments["network"],
            user=arguments["user"],
            volumes=(*mounts, *arguments["volumes"]),
            ports=arguments["ports"],
            by_name=by_name,
            environment=environment,
            limits=held,
            capabilities=("IPC_LOCK",) if arguments["use_nixl_gds"] else (),
            interactive=arguments["interactive"],
            terminal=arguments["tty"],
            remove=arguments["remove"],
            privileged=arguments["privileged"],
        ),
        program,
    )
    if dry_run:
        _show(started, {**env, **values}, folder)
        return
    if not arguments["image"]:
        require_image(image, program, env, where=where)
    if folder:
        _make(folder)
    _become(started, {**env, **values})


def _params(arguments: Mapping[str, Any], env: Mapping[str, str]) -> Params:
    """What was said about the variant. Only the cell is checked: nothing is built here."""
    from dockwright.cli import settings
    from dockwright.config import matrix

    params, *_ = settings.read(arguments, env, check=False)
    if arguments["image"]:
        # Target and device also say how to start it: whose home the cache is for, and GPUs.
        for param in (FRAMEWORK, CUDA_VERSION, PLATFORM, MAKE_EFA):
            if params.values[param.name].origin.source is Source.FLAG:
                raise UserError(
                    f"{param.flag} and --image both say which image", hint="say one of them"
                )
        return params
    if problems := matrix.check(params):
        raise UserError(problems=problems)
    return params


def _workdir(said: str | None, params: Params) -> str:
    """The working directory; podman refuses one that the image does not have."""
    if said is not None:
        return said
    return "" if params[TARGET] in {Target.BASE, Target.FRAMEWORK} else "/workspace"


def _named(params: Params) -> str:
    from dockwright.config.tags import usual

    return usual(params)


def _mounts(
    arguments: Mapping[str, Any], params: Params, env: Mapping[str, str]
) -> tuple[tuple[str, ...], Path | None]:
    """Volumes that options ask for, and the cache directory that must be there for them."""
    from dockwright.engines.containers import HF_FOLDER, HOME, is_root

    whole = arguments["mount_workspace"]
    found: list[str] = []
    if whole:
        found.append(f"{_repository()}:/workspace")
    if whole or arguments["use_nixl_gds"]:
        found.append("/tmp:/tmp")  # noqa: S108  # the host's own, as asked for
    if whole and Path("/mnt").is_dir():
        found.append("/mnt:/mnt")
    if arguments["use_nixl_gds"]:
        found.append("/run/udev:/run/udev:ro")
    wanted = arguments["hf_home"]
    if wanted is None:
        wanted = env.get("HF_HOME") or (
            str(host.places(env).cache / "huggingface") if whole else "none"
        )
    if wanted.lower() in {"none", ""}:
        return tuple(found), None
    folder = Path(wanted).expanduser().absolute()
    user = arguments["user"]
    root = is_root(user) if user else params[TARGET] in _ROOT
    found.append(f"{folder}:{'/root' if root else HOME}/{HF_FOLDER}")
    return tuple(found), folder


def _repository() -> Path:
    here = Path.cwd()
    root = next((place for place in (here, *here.parents) if (place / ".git").exists()), None)
    if root is None:
        raise UserError(
            f"--mount-workspace: {here} is in no git repository",
            hint="go to the repository, or mount any directory: -v DIR:/workspace",
        )
    return root


def _show(started: Command, env: Mapping[str, str], folder: Path | None) -> None:
    """The command on stdout; on stderr what it does not say."""
    click.echo(shlex.join(started.argv))
    for name in started.secret_env:
        click.echo(f"{name}={'***' if name in env else ' (not set here)'}", err=True)
    if folder and not folder.is_dir():
        click.echo(f"a real run makes the directory {folder}", err=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"--hf-home: cannot make {folder}: {error.strerror}",
            hint="name another directory, or --hf-home none",
        ) from error


def _become(started: Command, env: Mapping[str, str]) -> None:
    """Turn into the process that holds the container: its terminal, signals and exit status."""
    for name in started.secret_env:
        if name not in env:
            click.echo(f"warning: {name} is not set here, so the container has none", err=True)
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores it; what we become expects to be ended by it.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execvpe(started.argv[0], started.argv, dict(env))  # noqa: S606  # an argv, no shell
