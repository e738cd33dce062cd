"""The group of commands. A command's module is imported when that command runs, not before."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "build": "Build an image, prove that it works, and name it.",
    "plan": "Show what a build would do: the stages and the exact commands.",
    "render": "Print the Dockerfile of a plan.",
    "lock": "Write down what every input of a build is today.",
    "preflight": "Look for everything that a build needs, without fetching it.",
    "inputs": "List what a build takes from elsewhere: origin, pin, licence.",
    "params": "List every parameter with value, default and origin.",
    "explain": "Explain one parameter: value, origin, readers, effect.",
    "matrix": "List the valid cells and what goes with them.",
    "verify": "Run the declared checks inside a built image.",
    "run": "Start a built image, with GPUs, shared memory and caches.",
    "wheel": "Build a framework's wheel from its sources.",
    "sccache": "Check the compiler cache, read its statistics, use it in a shell.",
    "doctor": "Say what this machine has and what is missing.",
    "bootstrap": "Make a base image from a distribution's archive.",
    "bundle": "Carry all that a build needs to a machine without a network.",
    "store": "List, verify and prune what this machine keeps for builds.",
    "completion": "Print the completion script of a shell.",
    "docs": "Generate the reference, or check it.",
}

HIDDEN = ("compat-build", "compat-sccache", "fetch", "index")
"""Commands that only scripts call (compat/build.sh), or a build's own schedule."""


class Commands(click.Group):
    """Finds commands by the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in COMMANDS and cmd_name not in HIDDEN:
            return None
        module = import_module(f"dockwright.cli.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a guess for a word that is no command."""
        known = (*COMMANDS, *HIDDEN)
        if args and args[0] not in known and not args[0].startswith("-"):
            from difflib import get_close_matches

            from dockwright.errors import UserError

            near = get_close_matches(args[0], COMMANDS, n=1)
            raise UserError(
                f"unknown command {args[0]!r}",
                hint=f"did you mean {near[0]!r}?" if near else f"known: {', '.join(COMMANDS)}",
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value:
        from importlib.metadata import PackageNotFoundError, version

        try:
            found = version("dockwright")
        except PackageNotFoundError:
            found = "from its sources, not installed"
        click.echo(f"dockwright {found}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=False,
    invoke_without_command=True,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def app(ctx: click.Context) -> None:
    """Build the container images of an LLM-inference stack from one typed source of truth.

    Data goes to stdout, words to stderr. Exit status: 0 well, 1 the build failed, 2 your mistake,
    130 interrupted.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
