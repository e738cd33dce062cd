"""`dockwright completion bash|zsh|fish`: the script that teaches a shell our words."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def command(shell: str) -> None:
    """Print the completion script of SHELL.

    bash: eval "$(dockwright completion bash)"; zsh the same; fish: dockwright completion fish
    | source. Commands, flags and the values of choices are completed.
    """
    from click.shell_completion import get_completion_class

    from dockwright.cli.app import app

    kind = get_completion_class(shell)
    if kind is not None:  # click knows the three
        click.echo(kind(app, {}, "dockwright", "_DOCKWRIGHT_COMPLETE").source())
