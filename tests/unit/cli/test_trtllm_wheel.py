"""TensorRT-LLM's wheel on the command line: what is refused before a build, and what is printed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from dockwright.config.trtllm import REPOSITORY
from tests.unit.cli.conftest import Call

PLAN = ("plan", "--engine", "buildah", "--framework", "trtllm", "--target", "runtime")
COMMIT = ("--tensorrtllm-commit", "1.2.0")
WHEEL = "tensorrt_llm-1.2.0-cp312-cp312-linux_x86_64.whl"
BUILD_IT = (
    "put the fitting wheel there, or build it: `dockwright wheel trtllm --commit v1.2.0 "
    "--output wheels`"
)


@pytest.mark.parametrize(
    ("files", "said", "hint"),
    [
        (
            None,
            "the directory wheels of TensorRT-LLM's wheel is not there",
            "name a directory that holds the wheel with --tensorrtllm-pip-wheel-dir",
        ),
        ((), "no wheel fits tensorrt_llm for Python 3.12 on x86_64 in wheels: no wheel", BUILD_IT),
        (
            (WHEEL, "tensorrt_llm-1.2.0-py3-none-any.whl"),
            "several wheels fit tensorrt_llm for Python 3.12 on x86_64 in wheels: " + WHEEL,
            "leave exactly one fitting wheel in the directory",
        ),
        ((WHEEL.replace("x86_64", "aarch64"),), "(for linux_aarch64)", BUILD_IT),
        ((WHEEL.replace("cp312", "cp310"),), "(for Python cp310)", BUILD_IT),
        ((WHEEL.replace("1.2.0", "1.1.0"),), "(version 1.1.0)", BUILD_IT),
        (
            (WHEEL, "commit.txt"),
            "wheels/commit.txt says 'arm64_1.2.0', but the wheel should be 'amd64_1.2.0'",
            "use the directory of that commit, or the commit of that directory",
        ),
    ],
)
def test_a_directory_that_does_not_hold_the_wheel(
    call: Call, here: Path, files: tuple[str, ...] | None, said: str, hint: str
) -> None:
    if files is not None:
        (here / "wheels").mkdir()
    for name in files or ():
        (here / "wheels" / name).write_text("arm64_1.2.0\n")
    text = call(*PLAN, "--tensorrtllm-pip-wheel-dir", "wheels", *COMMIT).refused()
    assert said in text
    assert f"hint: {hint}\n" in text


def test_a_wheel_in_a_directory_is_all_of_it_that_enters_the_build(call: Call, here: Path) -> None:
    (here / "wheels").mkdir()
    (here / "wheels" / WHEEL).write_text("wheel")
    (here / "wheels" / "commit.txt").write_text("amd64_v1.2.0")
    words = ("--tensorrtllm-pip-wheel-dir", "wheels", *COMMIT, "--format", "json")
    commands = json.loads(call(*PLAN, *words).out)["commands"]
    words_of_all = [word for argv in commands for word in argv]
    (source,) = (json.loads(word) for word in words_of_all if '"directory"' in word)
    assert (source["path"], source["paths"]) == ("wheels", [WHEEL])


def test_a_build_from_source_comes_first_and_its_wheel_enters_the_store(call: Call) -> None:
    url = "https://git.example/fork.git"
    words = ("--tensorrtllm-git-url", url, "--tensorrtllm-commit", "abc123")
    mirror = ("--source-mirror", "https://git.example/=https://near/")
    said = call(*PLAN, *words, *mirror, "--format", "shell")
    commands = said.out.splitlines()
    assert shlex.split(commands[0])[1:] == [
        *("-m", "dockwright", "wheel", "trtllm", "--events", "--git-url", url),
        *("--commit", "abc123", "--arch", "amd64"),
        *("--mirror", "https://git.example/=https://near/", "--output", "/tmp/trtllm_wheel/"),
    ]
    assert any('"type":"wheel"' in command for command in commands)
    # The stage's text says which wheel: another commit is another text.
    other = ("--tensorrtllm-git-url", url, "--tensorrtllm-commit", "def456")
    texts = {call("render", *PLAN[1:], *words).out for words in (words, other)}
    assert len(texts) == 2


def test_a_plan_explains_where_the_wheel_comes_from(call: Call) -> None:
    index = ("--tensorrtllm-index-url", "https://index.example/simple")
    said = call(*PLAN, "--tensorrtllm-pip-wheel", "tensorrt-llm==1.2.0", *index).err
    assert (
        "\nTensorRT-LLM's wheel:\n"
        "  download: true\n"
        "  install: false\n"
        "  build: false\n"
        "  because TENSORRTLLM_PIP_WHEEL was set\n"
        "  wheel: tensorrt-llm==1.2.0\n"
        "  index: https://index.example/simple\n"
        "  commit: v1.2.0\n"
    ) in said
    # Said where it matters only.
    words = ("plan", "--engine", "buildah", "--target", "wheel_builder")
    assert "TensorRT-LLM's wheel" not in call(*words, "--framework", "trtllm").err
    assert "TensorRT-LLM's wheel" not in call(*words, "--framework", "vllm").err


def test_the_commands_of_the_wheel_are_shown_and_nothing_is_touched(call: Call, here: Path) -> None:
    said = call("wheel", "trtllm", "-c", "1.3.0rc1", "--with", "docker", "--dry-run")
    assert said.status == 0
    assert f" config remote.origin.url {REPOSITORY}\n" in said.out
    assert " origin +v1.3.0rc1:refs/dockwright/wanted\n" in said.out
    assert said.out.splitlines()[-1] == (
        "# check the wheel; put it, the rest of the build directory and commit.txt into "
        "/tmp/trtllm_wheel"
    )
    assert list((here.parent / "cache").iterdir()) == []
    near = ("--mirror", "https://github.com/=https://near/")
    mirrored = call("wheel", "trtllm", "-c", "x", "--with", "docker", "--dry-run", *near)
    assert "remote.origin.url https://near/NVIDIA/TensorRT-LLM.git\n" in mirrored.out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("trtllm",), "missing option '-c' / '--commit'"),
        (("vllm", "-c", "x"), "'vllm' is not 'trtllm'"),
        (("trtllm", "-c", "--dry-run"), "'--dry-run' is no commit, tag or branch"),
        (("trtllm", "-c", ""), "'' is no commit, tag or branch"),
        (
            ("trtllm", "-c", "x", "-u", "https://me:s3cret@git.example/x.git"),
            "the git URL holds a password, which every user of the machine could read",
        ),
    ],
)
def test_mistakes(call: Call, words: tuple[str, ...], text: str) -> None:
    said = call("wheel", *words).refused()
    assert text in said
    assert "s3cret" not in said


def test_programs_that_are_missing(call: Call) -> None:
    text = call("wheel", "trtllm", "-c", "x").refused(1)
    assert "error: git and make are not installed\n" in text
    assert "hint: apt-get install git make (Debian, Ubuntu)\n" in text
