"""Runs the click application and turns every outcome into an exit status."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from types import FrameType

import click

from dockwright.cli.app import app
from dockwright.errors import DockwrightError, Interrupted, UserError


def run(argv: list[str]) -> int:
    """The exit status of one invocation. A traceback is only for our own defects."""
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        return _run(argv)
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(argv: list[str]) -> int:
    try:
        result = app.main(args=argv, prog_name="dockwright", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        return _say(_usage(error), argv)
    except (click.Abort, KeyboardInterrupt):
        return interrupted(argv)
    except DockwrightError as error:
        return _say(error, argv)
    except BrokenPipeError:
        # The reader of our output has left (`| head`); Python would complain once more at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0


def interrupted(argv: list[str]) -> int:
    """Say that the person stopped it; the exit status of that."""
    hint = "what was built is kept; run it again"
    return _say(Interrupted("interrupted", hint=hint), argv)


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _usage(error: click.ClickException) -> DockwrightError:
    context = getattr(error, "ctx", None)
    hint = f"see `{context.command_path} --help`" if context is not None else ""
    if isinstance(error, click.NoSuchOption):
        near = _near(error, context) or error.possibilities
        if near:
            hint = f"did you mean {' or '.join(sorted(near)[:3])}?"
        return UserError(f"unknown option {error.option_name}", hint=hint)
    # click lists choices below each other.
    message = " ".join(error.format_message().split()).rstrip(".")
    return UserError(message[:1].lower() + message[1:], hint=hint)


def _near(error: click.NoSuchOption, context: click.Context | None) -> list[str]:
    from difflib import get_close_matches

    from dockwright.cli.options import ParamCommand

    if context is None:
        return []
    command = context.command
    if isinstance(command, ParamCommand):
        known = command.flags()
    else:
        known = [option for param in command.params for option in param.opts]
    return get_close_matches(error.option_name, known, n=2, cutoff=0.7)


def _say(error: DockwrightError, argv: list[str]) -> int:
    from dockwright.report.failure import failure_text
    from dockwright.report.human import style_of

    sys.stdout.flush()
    style = style_of(sys.stderr, os.environ)
    error.hint = error.hint or _hint(error, argv)
    sys.stderr.write(failure_text(error, width=_width(), style=style))
    return error.exit_code


def _hint(error: DockwrightError, argv: list[str]) -> str:
    """Every error comes with something to do; this is for those that know nothing better."""
    if isinstance(error, UserError):
        command = next((word for word in argv if not word.startswith("-")), "")
        return f"see `{' '.join(filter(None, ('dockwright', command)))} --help`"
    return "`dockwright doctor` says what this machine has and what is missing"


def _width() -> int:
    import shutil

    return min(shutil.get_terminal_size().columns, 120)
