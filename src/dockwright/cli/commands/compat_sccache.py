"""`compat/use-sccache.sh`: the original's management script of the compiler cache, by its words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from dockwright.cli import host
from dockwright.errors import DockwrightError

PLACE = Path("/usr/local/bin")
"""Where the original put the program."""

USAGE = """\
usage: use-sccache.sh COMMAND

  install             put sccache into /usr/local/bin
  show-stats [NAME]   print sccache's statistics, under a heading with NAME
  setup-env [cmake]   print shell exports: CC, CXX and RUSTC_WRAPPER, or cmake's launchers
  generate-env        the same as setup-env
  help                print this

Handed over to `dockwright sccache`; differences from the original: docs/migration.md
"""

_IGNORE = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.command("compat-sccache", context_settings=_IGNORE, add_help_option=False)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def command(words: tuple[str, ...]) -> int:
    """Do what the original script did for these words. Exits 1 where it did."""
    env = host.environment()
    match words:
        case () | ("help" | "--help" | "-h", *_):
            click.echo(USAGE, nl=False)
            return 0
        case ("install",):
            return _one(lambda: _install(env))
        case ("show-stats", *names) if len(names) <= 1:
            return _show_stats(names[0] if names else "", env)
        case ("setup-env" | "generate-env",):
            return _one(lambda: _setup(("autotools", "cargo"), env))
        case ("setup-env" | "generate-env", "cmake"):
            return _one(lambda: _setup(("cmake", "cargo"), env))
        case _:
            click.echo(USAGE, nl=False, err=True)
            return 1


def _one(work: Callable[[], None]) -> int:
    """Whatever goes wrong, the original's status is 1."""
    try:
        work()
    except DockwrightError as error:
        error.exit_code = 1
        raise
    return 0


def _install(env: Mapping[str, str]) -> None:
    from dockwright.engines.sccache import install

    for path in install(PLACE, env):
        click.echo(path)


def _setup(kinds: tuple[str, ...], env: Mapping[str, str]) -> None:
    from dockwright.cli.commands.sccache import show_exports

    show_exports(kinds, None, env)


def _show_stats(name: str, env: Mapping[str, str]) -> int:
    program = shutil.which("sccache", path=env.get("PATH", os.defpath))
    if program is None:
        click.echo("sccache is not installed: no statistics")
        return 0
    click.echo(f"=== sccache statistics{name and f': {name}'} ===")
    sys.stdout.flush()  # the program writes to the same place
    done = subprocess.run([program, "--show-stats"], check=False, env=dict(env))
    return min(done.returncode, 1)
