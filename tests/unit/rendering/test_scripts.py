"""A step's script reaches bash byte for byte, in every dialect; the rendered text is executed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dockwright.model.plan import Plan, RegistryImage, Run, SecretMount, Stage, Tag
from dockwright.rendering.dialect import BUILDAH, BUILDKIT, Dialect
from dockwright.rendering.dockerfile import render

_F = TypeVar("_F", bound=Callable[..., None])

HEAD = "#!/bin/bash\nset -euo pipefail\n"
PLAIN = Dialect(
    name="plain", heredoc=False, copy_link=False, run_network=True, prefixed_output=False
)
NASTY = [
    "printf '%s' 'single' \"double $HOME ${x:-y} \\$z\" \\\n  continued\n",
    "cat <<'EOF'\nEOF\necho EOF_\n",
    "EOF\nEOF_\nEOF__\n",
    "echo 'ends with a backslash \\\\'\n# comment \\\n",
    "printf 'tab\\t%%\\n'\t# real tab\t\n",
    "echo 'größer ≤ 漢字 🦭 \u2028 \u00a0'\n",
    "echo '::dockwright::end 2 0'\necho 'ucx| not mine'\n",
    '["looks", "like", "json"]\n',
    "echo no newline at the end",
    "\n\n  \necho after blank lines\n\n",
    'case $x in a) ;; esac <<<"$y"\n',
]


def text_of(script: str, dialect: Dialect, **changes: object) -> str:
    step = Run(title="the step", script=script, tags=(Tag.NETWORK,), **changes)  # type: ignore[arg-type]
    stage = Stage(name="one", base="image", summary="one", steps=(step,))
    plan = Plan(
        name="p",
        platform="linux/amd64",
        target="one",
        images={"image": RegistryImage(ref="registry.invalid/a:b")},
        stages=(stage,),
    )
    return render(plan, dialect).text


def heredoc(text: str) -> str:
    """The body of the only here-document, read as a front end reads it: up to its mark."""
    found = re.search(r"^RUN .*?<<'(EOF_*)'\n", text, re.MULTILINE | re.DOTALL)
    assert found
    lines = text[found.end() :].split("\n")
    return "".join(f"{line}\n" for line in lines[: lines.index(found[1])])


def argv(text: str) -> list[str]:
    # Not splitlines: for it, U+2028 ends a line as well.
    (line,) = [line for line in text.split("\n") if line.startswith("RUN [")]
    words = json.loads(line.removeprefix("RUN "))
    assert all(isinstance(word, str) for word in words)
    return list(words)


def ended(script: str) -> str:
    return script if script.endswith("\n") else f"{script}\n"


lines = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\x85\u2028\u2029"))
scripts = st.lists(lines | st.sampled_from(["EOF", "EOF_", "\\", '"', "'", "$", "`"])).map(
    "\n".join
)


def nasty(function: _F) -> _F:
    for script in NASTY:
        function = example(script=script)(function)
    return function


@nasty
@given(script=scripts)
def test_a_script_is_its_own_bytes_in_every_dialect(script: str) -> None:
    expected = f"# the step\n{ended(script)}"
    assert heredoc(text_of(script, BUILDKIT)) == HEAD + expected
    assert argv(text_of(script, PLAIN)) == ["/bin/bash", "-euo", "pipefail", "-c", expected]
    marked = argv(text_of(script, BUILDAH))
    assert marked[3:] == [expected, "one", "2", "online"]


@settings(max_examples=25)
@given(value=st.text(st.characters(codec="utf-8", exclude_characters="\0\r")))
@example(value="a'b\"c$d`e\\f\ng")
@example(value="EOF\nEOF_")
@example(value="")
def test_values_arrive_in_the_environment(value: str) -> None:
    """Executed for real: the shell that prints the variable gives back what the plan said."""
    script = "printf '%s' \"$VALUE\"\n"
    by_heredoc = heredoc(text_of(script, BUILDKIT, env={"VALUE": value}))
    by_argv = argv(text_of(script, PLAIN, env={"VALUE": value}))
    assert bash("/bin/bash", "-c", by_heredoc) == value
    assert bash(*by_argv) == value


@pytest.mark.parametrize("script", ["exit 3", "false; echo no", "echo $unset", "false | true"])
def test_scripts_are_strict_everywhere(script: str) -> None:
    for words in (
        ["/bin/bash", "-c", heredoc(text_of(script, BUILDKIT))],
        argv(text_of(script, PLAIN)),
        argv(text_of(script, BUILDAH)),
    ):
        done = subprocess.run(words, check=False, capture_output=True)
        assert done.returncode
        assert b"no" not in done.stdout.split()


def bash(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True).stdout.decode()


def test_mounts_and_network_are_flags_before_the_script() -> None:
    mounts = (SecretMount(id="ca", target="/run/ca"),)
    text = text_of("true", BUILDKIT, mounts=mounts)
    assert (
        "RUN --mount=type=secret,id=ca,target=/run/ca,mode=0444,required=false \\\n    <<'EOF'\n"
        in text
    )
    step = Run(title="offline", script="true")
    stage = Stage(name="one", base="scratch", summary="one", steps=(step,))
    plan = Plan(name="p", platform="linux/amd64", target="one", images={}, stages=(stage,))
    assert "RUN --network=none \\\n    <<'EOF'\n" in render(plan, BUILDKIT).text
    assert '"one","2","offline"]' in render(plan, BUILDAH).text
