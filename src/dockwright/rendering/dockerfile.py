"""Writes a plan as a Dockerfile, in the dialect that an engine reads.

A script is one value: where the dialect has here-documents it stands readable in the text, else it
is the last word of a JSON argv. Both run the same bytes under `bash -euo pipefail`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from shlex import quote
from typing import assert_never

import msgspec

from dockwright.catalog.scripts import shared
from dockwright.model.plan import (
    CacheMount,
    Cmd,
    Copy,
    CopyContext,
    Entrypoint,
    Env,
    Label,
    Mount,
    Plan,
    Run,
    SecretMount,
    Stage,
    StageMount,
    Step,
    Tag,
    User,
    Workdir,
    Write,
)
from dockwright.planning.names import from_name
from dockwright.rendering.dialect import Dialect

MARKER = "::dockwright::"
"""Lines that begin with it are for dockwright, not for people."""


@cache
def _marked_step() -> str:
    """The shell around a step where output must be marked: rendering/step.sh."""
    text = shared("offline.sh") + Path(__file__).with_name("step.sh").read_text(encoding="utf-8")
    return "".join(
        f"{line}\n" for line in text.splitlines() if line and not line.lstrip().startswith("# ")
    )


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A Dockerfile and the small files that it copies from its context, by relative path."""

    text: str
    files: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Of the text, 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def render(plan: Plan, dialect: Dialect) -> Rendered:
    """The Dockerfile of a plan. Every input of a step appears in its text."""
    files: dict[str, str] = {}
    head = f"# {plan.name} for {plan.platform}, written by dockwright; change the plan, not this.\n"
    body = [_stage(stage, plan, dialect, files) for stage in plan.stages]
    return Rendered(text=head + "\n" + "\n".join(body), files=files)


def _stage(stage: Stage, plan: Plan, dialect: Dialect, files: dict[str, str]) -> str:
    base = from_name(plan.images[stage.base]) if stage.base in plan.images else stage.base
    lines = [f"# {stage.summary}", f"FROM {base} AS {stage.name}"]
    for number, step in enumerate(stage.steps, start=2):
        lines.append(_step(step, stage, number, dialect, files))
    return "\n".join(lines) + "\n"


def _step(step: Step, stage: Stage, number: int, dialect: Dialect, files: dict[str, str]) -> str:
    match step:
        case Run():
            return _run(step, stage, number, dialect)
        case Copy(stage=source, source=path, target=target):
            link = "--link " if dialect.copy_link else ""
            return f"COPY {link}--from={source} {path} {target}"
        case CopyContext(context=context, source=path, target=target):
            return f"COPY --from={context} {path} {target}"
        case Write(path=path, text=text):
            name = f"{hashlib.sha256(text.encode()).hexdigest()[:16]}/{path.rsplit('/', 1)[-1]}"
            files[name] = text
            # No --chmod: it would also apply to the directories that the copy makes.
            return f"COPY {name} {path}"
        case Env():
            return _env(step)
        case Workdir(path=path):
            return f"WORKDIR {path}"
        case User(name=name):
            return f"USER {name}"
        case Label(values=values):
            pairs = (f"{key}={_word(value)}" for key, value in sorted(values.items()))
            return "LABEL " + " \\\n      ".join(pairs)
        case Entrypoint(argv=argv):
            return f"ENTRYPOINT {_json(argv)}"
        case Cmd(argv=argv):
            return f"CMD {_json(argv)}"
        case _:
            assert_never(step)


def _env(step: Env) -> str:
    pairs = [f"{key}={_word(value)}" for key, value in sorted(step.values.items())]
    for key, parts in sorted(step.prepend.items()):
        front = ":".join(parts)
        # An empty element would mean the working directory, hence the colon only with a value.
        rest = f":${{{key}}}" if key == "PATH" else f"${{{key}:+:${key}}}"
        pairs.append(f'{key}="{front}{rest}"')
    return "ENV " + " \\\n    ".join(pairs)


def _word(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def _run(step: Run, stage: Stage, number: int, dialect: Dialect) -> str:
    flags = [_mount(mount) for mount in step.mounts]
    offline = Tag.NETWORK not in step.tags and not step.epilogue
    if dialect.run_network and offline:
        flags.append("--network=none")
    script = _script(step)
    head = "RUN " + "".join(f"{flag} \\\n    " for flag in flags)
    if dialect.heredoc:
        mark = _mark("EOF", script)
        return f"{head}<<'{mark}'\n#!/bin/bash\nset -euo pipefail\n{script}{mark}"
    if not dialect.prefixed_output:
        argv = ["/bin/bash", "-euo", "pipefail", "-c", script]
    else:
        network = "offline" if offline and not dialect.run_network else "online"
        argv = ["/bin/bash", "-c", _marked_step(), script, stage.name, str(number), network]
    return head + _json(argv)


def _json(argv: Sequence[str]) -> str:
    return msgspec.json.encode(argv).decode()


def _script(step: Run) -> str:
    exports = [f"export {key}={quote(value)}\n" for key, value in sorted(step.env.items())]
    parts = [f"# {step.title}\n", *exports, *step.prelude]
    if step.epilogue:
        parts += [*_framed(step), *step.epilogue, 'exit "$status"\n']
    else:
        parts.append(step.script)
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)


def _framed(step: Run) -> list[str]:
    """The script as a process of its own, offline unless it needs the network; then `status`.

    The prelude has brought `online` and `offline` (catalog/shell/offline.sh).
    """
    mark = _mark("SCRIPT", step.script)
    inner = step.script if step.script.endswith("\n") else f"{step.script}\n"
    frame = f"script=$(cat <<'{mark}'\n{inner}{mark}\n)\nstatus=0\n"
    network = "online" if Tag.NETWORK in step.tags else "offline"
    return [f'{frame}{network} "$script" || status=$?\n']


def _mark(word: str, text: str) -> str:
    """A word that is no line of the text, to end a here-document with."""
    while f"\n{word}\n" in f"\n{text}":
        word += "_"
    return word


def _mount(mount: Mount) -> str:
    match mount:
        case SecretMount(id=id_, target=target):
            # Readable for every user that a step may run as; engines default to root alone.
            return f"--mount=type=secret,id={id_},target={target},mode=0444,required=false"
        case CacheMount(id=id_, target=target, locked=locked):
            sharing = "locked" if locked else "shared"
            return f"--mount=type=cache,id={id_},target={target},sharing={sharing}"
        case StageMount(stage=stage, source=source, target=target):
            return f"--mount=type=bind,from={stage},source={source},target={target}"
        case _:
            assert_never(mount)
