"""How a built image is started: one description, and docker's or podman's argv for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from dockwright.engines.api import Command
from dockwright.errors import Problem, UserError

Program = Literal["docker", "podman"]

PROGRAMS: tuple[Program, ...] = ("docker", "podman")
"""In the order of preference."""

# NCCL and the engines' workers share memory in blocks of gigabytes and pin it.
SHARED_MEMORY = "10G"
LIMITS = {"memlock": "-1", "stack": "67108864", "nofile": "65536:65536"}
ALWAYS = ("--ipc", "host", "--cap-add", "SYS_PTRACE")
HOME = "/home/dynamo"
HF_FOLDER = ".cache/huggingface"

_LIMIT = re.compile(r"[a-z]+=(-1|[0-9]+)(:(-1|[0-9]+))?")
_NAME = re.compile(r"[^=\s]+")
_GPUS = re.compile(r"all|none|[1-9][0-9]*|(device=)?[A-Za-z0-9-]+(:[0-9]+)?(,[A-Za-z0-9:-]+)*")
_OF_CLIENT = re.compile(
    r"PATH|HOME|USER|TERM|TMPDIR|PWD|LISTEN_.*|NOTIFY_SOCKET|GO[A-Z]+|SSL_CERT_.*|REGISTRY_AUTH_FILE"
    r"|(LC|LD|DYLD|XDG|DOCKER|BUILDX|BUILDKIT|CONTAINERS?|PODMAN|STORAGE)_.*"
)
"""Variables that docker or podman would obey themselves if they stood in their environment."""


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A container that somebody wants. Texts are what docker takes for the option of that name.

    `gpus` is all, none, a count, or devices (`0,1`, `device=0,1`); `by_name` are variables that the
    container gets from the environment of docker or podman, so that their values are in no argv.
    """

    image: str
    command: tuple[str, ...] = ()
    name: str = ""
    entrypoint: str = ""
    workdir: str = "/workspace"
    gpus: str = "all"
    runtime: str = ""
    network: str = "host"
    user: str = ""
    volumes: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    by_name: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    limits: Mapping[str, str] = msgspec.field(default_factory=lambda: LIMITS)
    capabilities: tuple[str, ...] = ()
    interactive: bool = False
    terminal: bool = False
    remove: bool = True
    privileged: bool = False


def command(launch: Launch, program: Program) -> Command:
    """The process that starts the container. Raises UserError for what `program` cannot do."""
    _refuse(launch)
    runtime = launch.runtime
    if not runtime and program == "docker" and launch.gpus != "none":
        runtime = "nvidia"
    argv: list[str] = [program]
    if runtime and program == "podman":
        argv += ["--runtime", runtime]
    argv += ["run", *_switches(launch)]
    if runtime and program == "docker":
        argv += ["--runtime", runtime]
    argv += _gpus(launch.gpus, program)
    argv += ["--network", launch.network]
    if program == "docker":
        # podman refuses it beside the host's IPC, where the size is that of the host's /dev/shm.
        argv += ["--shm-size", SHARED_MEMORY]
    argv += ALWAYS
    for flag, values in (
        ("--ulimit", tuple(f"{name}={value}" for name, value in launch.limits.items())),
        ("--cap-add", launch.capabilities),
        ("--user", (launch.user,) if launch.user else ()),
        # What the image lets group 0 write stays writable for whoever the person chose.
        ("--group-add", ("0",) if launch.user and not is_root(launch.user) else ()),
        ("--workdir", (launch.workdir,) if launch.workdir else ()),
        ("--volume", launch.volumes),
        ("--publish", launch.ports),
        ("--env", (*launch.by_name, *launch.environment)),
        ("--name", (launch.name,) if launch.name else ()),
        ("--entrypoint", (launch.entrypoint,) if launch.entrypoint else ()),
    ):
        argv += [word for value in values for word in (flag, value)]
    return Command(
        argv=(*argv, launch.image, *launch.command),
        purpose=f"run {launch.image}",
        secret_env=launch.by_name,
    )


def is_root(user: str) -> bool:
    """Whether `--user` names the superuser, with a group or without."""
    return user.partition(":")[0] in {"root", "0"}


def variables(words: Iterable[str]) -> tuple[tuple[str, ...], dict[str, str], tuple[str, ...]]:
    """`-e NAME[=value]` as names, values for the client's environment, and words for its argv.

    Only a variable that the client would obey itself stays in the argv, unless it looks like a
    secret. Raises UserError for a word without a name.
    """
    from dockwright.config.secrets import looks_secret

    names: list[str] = []
    values: dict[str, str] = {}
    in_argv: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if not _NAME.fullmatch(name):
            raise UserError(
                "--env: a variable needs a name: NAME or NAME=value",
                hint="NAME alone takes the value of this environment",
            )
        if equals and _OF_CLIENT.fullmatch(name) and not looks_secret(name):
            in_argv.append(word)
            continue
        names.append(name)
        if equals:
            values[name] = value
    return tuple(dict.fromkeys(names)), values, tuple(in_argv)


def limits(words: Iterable[str], highest: Mapping[str, int]) -> tuple[dict[str, str], list[str]]:
    """The limits that always hold, overridden by `--ulimit NAME=SOFT[:HARD]`; what was lowered.

    `highest` are those that the caller may not raise. What a person says is never lowered. Raises
    UserError for a word of another form.
    """
    wanted = dict(LIMITS)
    lowered = []
    for name, most in highest.items():
        if name in wanted and any(not 0 <= int(part) <= most for part in wanted[name].split(":")):
            lowered.append(f"{name} is {most}, not {wanted[name].partition(':')[0]}")
            wanted[name] = f"{most}:{most}"
    said = {}
    for word in words:
        if not _LIMIT.fullmatch(word):
            raise UserError(
                f"--ulimit {word}: must be NAME=SOFT or NAME=SOFT:HARD",
                hint="such as memlock=-1 or nofile=65536:65536",
            )
        name, _, value = word.partition("=")
        said[name] = value
    return wanted | said, [text for text in lowered if text.partition(" ")[0] not in said]


def _refuse(launch: Launch) -> None:
    problems = []
    if not _GPUS.fullmatch(launch.gpus):
        problems.append(
            Problem(
                what=f"{launch.gpus!r} is no choice of GPUs",
                where="--gpus",
                hint="all, none, a count such as 2, or devices such as device=0,1",
            )
        )
    if launch.ports and launch.network.partition(":")[0] in {"host", "none", "container"}:
        problems.append(
            Problem(
                what=f"--port {launch.ports[0]} does nothing with --network {launch.network}",
                hint="with the host's network every port is open already: leave --port out, or "
                "use --network bridge",
            )
        )
    if problems:
        raise UserError(problems=problems)


def _switches(launch: Launch) -> Iterator[str]:
    for flag, wanted in (
        ("--rm", launch.remove),
        ("--interactive", launch.interactive),
        ("--tty", launch.terminal),
        ("--privileged", launch.privileged),
    ):
        if wanted:
            yield flag


def _gpus(wanted: str, program: Program) -> list[str]:
    if wanted == "none":
        return []
    if program == "docker":
        if wanted == "all" or wanted.isdigit():
            return ["--gpus", wanted]
        # docker reads the value as CSV, where a comma would begin the next field.
        return ["--gpus", f'"device={wanted.removeprefix("device=")}"']
    if wanted.isdigit():
        raise UserError(
            f"--gpus {wanted}: podman cannot choose GPUs by their count",
            hint="name them: --gpus device=0,1",
        )
    devices = wanted.removeprefix("device=").split(",")
    return [word for device in devices for word in ("--device", f"nvidia.com/gpu={device}")]
