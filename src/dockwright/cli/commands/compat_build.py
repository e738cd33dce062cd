"""`dockwright compat-build`: what compat/build.sh calls; words and exit status of the original."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dockwright.cli import host
from dockwright.config.compat import EPP_FOLDER, Folder, Interpretation, Link, Repository
from dockwright.errors import DockwrightError, EngineError, Interrupted, UserError

if TYPE_CHECKING:
    from dockwright.cli.planned import Subject
    from dockwright.cli.scheduling import Work
    from dockwright.engines.api import Command, Engine

FORMATS = ("", "text", "json")


class Words(click.Command):
    """A command whose words click must not touch: the original has its own rules for them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep every word as it is."""
        ctx.params["words"] = tuple(args)
        return []


@click.command("compat-build", cls=Words, hidden=True, add_help_option=False)
def command(words: tuple[str, ...]) -> int:
    """Build an image by the original's command line.

    Exits 0 for success, dry run and help, 1 for every invalid input, else with the engine's code.
    """
    from dockwright.cli.show import words as show
    from dockwright.report.failure import failure_text

    try:
        return _run(words, host.environment())
    except DockwrightError as error:
        if isinstance(error, UserError):
            error.hint = error.hint or "--help lists the options and their values"
        show(failure_text, error)
        if isinstance(error, Interrupted):
            return error.exit_code
        # Only an engine has a code of its own; a usage error is 1 here, not 2.
        return error.engine_code if error.engine_code > 0 else 1


def _run(words: Sequence[str], env: Mapping[str, str]) -> int:
    from dockwright.cli.settings import host_facts
    from dockwright.config.compat import interpret

    form = env.get("DOCKWRIGHT_FORMAT", "")
    if form not in FORMATS:
        raise UserError(
            f"DOCKWRIGHT_FORMAT must be text or json, not {form!r}", hint="leave it out for text"
        )
    found = interpret(
        words, env=env, repository=repository(words, env), look=folder, host=host_facts()
    )
    if found.words.help:
        from dockwright.config.compat_report import help_text

        click.echo(help_text(), nl=False)
        return 0
    for warning in found.warnings:
        click.echo(str(warning), err=True)
    if found.problems:
        raise UserError(problems=found.problems)
    _build(found, env, as_json=form == "json")
    return 0


def repository(words: Sequence[str], env: Mapping[str, str]) -> Repository:
    """What git says about the working directory; a description only for a frontend's picker."""
    from dockwright.cli import git
    from dockwright.engines.process import ask

    quiet = {**env, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

    def say(*argv: str) -> str:
        answer = ask(("git", *argv), env=quiet, seconds=git.SECONDS)
        return answer.output.strip() if answer.ok else ""

    known = git.repository(env)
    root = say("rev-parse", "--show-toplevel") or str(Path.cwd())
    frontend = "frontend" in {word.lower() for word in words}
    return Repository(
        root=root,
        git=known.facts,
        commit=known.dynamo_commit,
        describe=say("describe", "--tags", "--dirty", "--always") if frontend else "",
        has_epp=frontend and (Path(root) / EPP_FOLDER).is_dir(),
    )


def folder(path: str) -> Folder | None:
    """The files of a folder with a wheel; None when it cannot be read."""
    place = Path(path).expanduser()
    try:
        names = tuple(sorted(file.name for file in place.iterdir()))
        file = place / "commit.txt"
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None
    except OSError:
        return None
    return Folder(names=names, commit=text)


def _build(found: Interpretation, env: Mapping[str, str], *, as_json: bool) -> None:
    from dockwright.catalog.parameters.build import ENGINE
    from dockwright.config.compat_report import report

    subjects = [_subjects(link) for link in found.chain]
    for warning in dict.fromkeys(_unread(found, subjects[-1])):
        click.echo(warning, err=True)
    dry = found.words.dry_run
    engine = _engine(found.params[ENGINE].value, env, subjects[-1], dry=dry)
    from dockwright.cli.scheduling import work

    chain = [work(of_link, engine, env) for of_link in subjects]
    # What people read goes to stdout as it always did, unless a program reads there.
    click.echo(report(found), nl=False, err=as_json)
    if not dry:
        _carry_out(found, chain, engine, env, as_json=as_json)
    elif as_json:
        from dockwright.cli.run import show_json

        show_json(plan_json(found, chain, engine.name))
    else:
        for argv in commands(found, chain):
            click.echo(shlex.join(argv))


def _subjects(link: Link) -> tuple[Subject, ...]:
    from dockwright.cli.planned import plan_of

    return tuple(plan_of(params, check=False) for params in link.platforms)


def _unread(found: Interpretation, subjects: Sequence[Subject]) -> Iterator[str]:
    """Warnings of values that nothing in the graph reads, unless a rule has said so, and better."""
    from dockwright.config.compat import warned
    from dockwright.config.consumers import unconsumed

    told = " ".join(warning.text for warning in found.warnings if warning.id == "no-effect")
    for subject in subjects:
        params, ledger = subject.params, subject.planned.ledger
        if all(problem.where in told for problem in unconsumed(params, ledger)):
            continue
        # Asks every cell of the matrix, so only when there is something to say.
        from dockwright.cli.elsewhere import works_for

        for problem in unconsumed(params, ledger, works_for):
            if problem.where not in told:
                yield str(warned(problem))


def _engine(name: str, env: Mapping[str, str], subjects: Sequence[Subject], *, dry: bool) -> Engine:
    from dockwright.cli.engines import choose, make

    if not dry:
        return choose(name, env, tuple(subject.planned.plan.platform for subject in subjects))
    try:
        return choose(name, env)
    except EngineError:
        # Commands can be shown on a machine that cannot run them.
        engine = make("buildkit" if name == "auto" else name, env)
        engine.probe()
        return engine


def commands(found: Interpretation, chain: Sequence[Work]) -> tuple[tuple[str, ...], ...]:
    """Every argv of the chain in order; what two images both need runs once."""
    argvs = [picker.argv for picker in found.pickers]
    argvs += [command_.argv for link in chain for command_ in link.commands]
    return tuple(dict.fromkeys(argvs))


def plan_json(found: Interpretation, chain: Sequence[Work], engine: str) -> Any:
    """The plan of the whole chain in the form of `dockwright plan --format json`."""
    import msgspec

    from dockwright.cli.plan_data import plan_data

    *below, last = [plan_data(link, engine) for link in chain]
    images = [
        msgspec.structs.replace(
            image,
            parameters={
                name: row for name, row in part.parameters.items() if row != last.parameters[name]
            }
            | image.parameters,
        )
        for part in below
        for image in part.images
    ]
    return msgspec.structs.replace(
        last, images=(*images, *last.images), commands=commands(found, chain)
    )


def _carry_out(
    found: Interpretation,
    chain: Sequence[Work],
    engine: Engine,
    env: Mapping[str, str],
    *,
    as_json: bool,
) -> None:
    from dockwright.cli import run
    from dockwright.cli.commands.build import execute_work
    from dockwright.report.summary import summary_json

    mode: run.Mode = "verbose" if found.words.verbose else "auto"
    if found.pickers:
        _make(found, env, mode)
    summaries = [
        summary
        for link in chain
        # An old command line that led to an image still does, whatever a server says of itself.
        for summary in execute_work(link, engine, env, mode, look=False)
    ]
    if as_json:
        run.show_json({"images": [summary_json(summary) for summary in summaries]})


def _make(found: Interpretation, env: Mapping[str, str], mode: Any) -> None:
    """Build the endpoint pickers, which the frontend image copies from."""
    import time

    from dockwright.cli import run
    from dockwright.engines.api import Command
    from dockwright.engines.session import new_run_directory

    steps: tuple[Command, ...] = tuple(
        Command(argv=picker.argv, purpose=f"make the endpoint picker for {picker.platform}")
        for picker in found.pickers
    )
    directory = new_run_directory(host.places(env), time.time(), os.getpid())
    directory.mkdir(parents=True, exist_ok=True)
    run.join(steps, env, directory, mode=mode)
