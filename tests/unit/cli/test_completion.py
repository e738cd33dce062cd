"""Shell completion: commands, flags and the values of choices."""

from __future__ import annotations

import pytest
from click.shell_completion import BashComplete

from dockwright.cli.app import app
from tests.unit.cli.conftest import Call


def completed(words: list[str], incomplete: str) -> list[str]:
    shell = BashComplete(app, {}, "dockwright", "_DOCKWRIGHT_COMPLETE")
    return [item.value for item in shell.get_completions(words, incomplete)]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_every_shell(call: Call, shell: str) -> None:
    said = call("completion", shell)
    assert said.status == 0
    assert "_DOCKWRIGHT_COMPLETE" in said.out
    assert "powershell" in call("completion", "powershell").refused()


def test_commands_and_flags() -> None:
    assert completed([], "ma") == ["matrix"]
    flags = completed(["build"], "--nixl-")
    assert "--nixl-ref" in flags
    assert "--nixl-ucx-ref" in flags
    assert "--config" in completed(["build"], "--con")
    assert "--no-enable-kvbm" in completed(["plan"], "--no-enable")


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        (["build", "--framework"], "s", ["sglang"]),
        (["build", "--framework"], "", ["none", "vllm", "trtllm", "sglang"]),
        (["plan", "--device"], "c", ["cuda", "cpu"]),
        (["plan", "--platform"], "linux/ar", ["linux/arm64"]),
        (["plan", "--platform"], "linux/amd64,linux/ar", ["linux/amd64,linux/arm64"]),
        (["plan", "--format"], "b", ["bake"]),
    ],
)
def test_values_of_choices(words: list[str], incomplete: str, expected: list[str]) -> None:
    assert completed(words, incomplete) == expected
