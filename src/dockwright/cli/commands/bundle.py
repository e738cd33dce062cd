"""`dockwright bundle`: all that a build needs in one file, and back into the store."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dockwright.cli import host, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dockwright.cli.planned import Subject
    from dockwright.cli.run import Mode
    from dockwright.engines.bundle import Bundle
    from dockwright.engines.events import Emit
    from dockwright.engines.offline import Needs


@click.group("bundle", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Carry all that a build needs to a machine without a network.

    `create` here, `load` there, then `dockwright build --offline` with the same words.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("create", cls=options.ParamCommand)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.takes_secrets
@click.option("--again", is_flag=True, help="Record the packages again, though they are known.")
@click.option("--json", "as_json", is_flag=True, help="Say as JSON on stdout what is inside.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but failures.")
@click.option("-v", "--verbose", is_flag=True, help="Show every line that the steps print.")
def create(
    *, file: Path, passed: tuple[str, ...], again: bool, as_json: bool, **arguments: Any
) -> None:
    """Write FILE with sources, base images, packages and the lock of the image that is said.

    The packages are what its steps download: the image is built once from nothing, checks
    included, while a proxy on loopback keeps every answer.
    """
    from dockwright.cli import locks, offline, planned, run
    from dockwright.engines import bundle
    from dockwright.engines import offline as needed
    from dockwright.engines.recordings import covering
    from dockwright.errors import UserError
    from dockwright.model.plan import digest

    env = host.environment()
    mode = run.mode_of(arguments)
    if not file.absolute().parent.is_dir():
        raise UserError(
            f"{file}: there is no directory {file.parent}", hint="make it first, or name another"
        )
    found = planned.subjects(arguments, env)
    plans = [subject.planned.plan for subject in found]
    cache = host.places(env).cache
    wanted = needed.needs(plans)
    recording = None if again else covering(cache, wanted.steps)
    if recording is None or needed.problems(cache, msgspec.structs.replace(wanted, registry=())):
        _rehearse(found, env, mode, passed)
        recording = covering(cache, wanted.steps)
    _pull(wanted, found[0], env, mode)
    offline.check(plans, env)
    with shown(f"write {file.name}", env, mode) as emit:
        made = bundle.Bundle(
            version=bundle.VERSION,
            time=time.time(),
            cells=tuple(
                bundle.Cell(
                    name=plan.name, target=plan.target, platform=plan.platform, plan=digest(plan)
                )
                for plan in plans
            ),
            lock=offline.lock_text(locks.place(found[0].params)),
            items=needed.items(cache, wanted, recording),
        )
        bundle.create(cache, file.absolute(), made, emit)
    if as_json:
        run.show_json(_data(made))
    elif mode != "quiet":
        click.echo(f"{file}: {_told(made)}", err=True)


@command.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Say as JSON on stdout what came of it.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but failures.")
def load(*, file: Path, as_json: bool, quiet: bool) -> None:
    """Put everything of FILE into the store, verified.

    One that was stopped goes on where it was; what is there already is left alone.
    """
    from dockwright.cli import run
    from dockwright.engines import bundle

    env = host.environment()
    bundle.refuse_unreadable(file.absolute())
    with shown(f"load {file.name}", env, "quiet" if quiet else "auto") as emit:
        loaded = bundle.load(host.places(env).cache, file.absolute(), emit)
    if as_json:
        counts = {"new": loaded.new, "there": loaded.there, "lock": str(loaded.lock or "")}
        run.show_json({**_data(loaded.bundle), **counts})
    elif not quiet:
        click.echo(
            f"{file}: {_told(loaded.bundle)}\n{loaded.new} objects new, {loaded.there} there "
            "already; now: dockwright build --offline, with the words of `bundle create`"
            + (f" and --lock-file {loaded.lock}" if loaded.lock else ""),
            err=True,
        )


def _rehearse(
    found: Sequence[Subject], env: Mapping[str, str], mode: Mode, passed: tuple[str, ...]
) -> None:
    """Build it once behind the recording proxy."""
    from dockwright.catalog.parameters.build import ENGINE
    from dockwright.cli import offline
    from dockwright.cli.commands.build import execute_work
    from dockwright.cli.engines import choose
    from dockwright.cli.scheduling import work

    plans = [subject.planned.plan for subject in found]
    engine = choose(found[0].params[ENGINE].value, env, tuple(plan.platform for plan in plans))

    def log(line: str) -> None:
        if mode == "verbose":
            click.echo(line, err=True)

    with offline.recording(plans, env, log) as network:
        everything = work(found, engine, env, passed=passed, network=network, rehearsal=True)
        execute_work(everything, engine, env, "quiet" if mode == "quiet" else mode)


def _pull(wanted: Needs, subject: Subject, env: Mapping[str, str], mode: Mode) -> None:
    """Bring the images of registries into the store."""
    from dockwright.catalog.parameters.sources import SOURCE_LOGIN, SOURCE_MIRROR
    from dockwright.cli.network import policy as policy_of
    from dockwright.engines.images import Puller
    from dockwright.engines.logins import Logins, places
    from dockwright.engines.network import client
    from dockwright.engines.registry import Registry

    if not wanted.registry:
        return
    params = subject.params
    mirrors, logins_said = params[SOURCE_MIRROR], params[SOURCE_LOGIN]
    policy = policy_of(env, mirrors=mirrors, logins=logins_said)
    with shown("pull base images", env, mode) as emit, client(policy) as session:
        logins = Logins(files=places(env), env=env)
        registry = Registry(session=session, policy=policy, logins=logins)
        puller = Puller(cache=host.places(env).cache, registry=registry, emit=emit)
        for image, platform in wanted.registry:
            puller.pull(image.ref, platform)


@contextmanager
def shown(purpose: str, env: Mapping[str, str], mode: Mode) -> Iterator[Emit]:
    """A reporter around work that this process does itself."""
    from dockwright.engines.events import CommandFinished, CommandStarted
    from dockwright.report.terminal import terminal

    reporter = terminal((), env=env, mode=mode)
    began = time.time()
    code = 1
    try:
        reporter(CommandStarted(time=began, purpose=purpose))
        yield reporter
        code = 0
    finally:
        now = time.time()
        reporter(CommandFinished(time=now, purpose=purpose, seconds=now - began, exit_code=code))
        reporter.close()


def _told(made: Bundle) -> str:
    from dockwright.report.human import size

    counts: dict[str, int] = {}
    for item in made.items:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    parts = [
        f"{counts[kind]} {word if counts[kind] == 1 else plural}"
        for kind, word, plural in (
            ("base", "base image", "base images"),
            ("image", "image", "images"),
            ("source", "source", "sources"),
            ("blob", "answer for package steps", "answers for package steps"),
        )
        if kind in counts
    ]
    cells = ", ".join(f"{cell.name} {cell.target}" for cell in made.cells)
    return f"{cells}: {', '.join(parts) or 'nothing'}, {size(made.size)}"


def _data(made: Bundle) -> dict[str, Any]:
    return {
        "cells": made.cells,
        "size": made.size,
        "lock": bool(made.lock),
        "objects": [
            {"kind": item.kind, "name": item.name, "size": item.size} for item in made.items
        ],
    }
