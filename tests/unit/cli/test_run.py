"""`dockwright run`: the image's name, the argv of a real run, and what is never shown."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import Fakes, fakes
from tests.tree import ROOT
from tests.unit.cli.conftest import Call
from tests.unit.cli.test_same_commands import tree

DOCKER = ("--with", "docker", "--dry-run")


@pytest.fixture
def docker(here: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """A pretended docker, alone on PATH."""
    made = fakes(here.parent / "bin", "docker")
    monkeypatch.setenv("PATH", str(made.folder))
    monkeypatch.delenv("HF_HOME", raising=False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return made


without_others = pytest.mark.usefixtures("docker")


def image(call: Call, *words: str) -> str:
    said = call("run", *DOCKER, *words)
    assert said.status == 0, said.err
    return shlex.split(said.out)[-1]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ((), "dynamo:latest-vllm"),
        (("--framework", "SGLANG"), "dynamo:latest-sglang"),
        (("--framework", "VLLM", "--target", "dev"), "dynamo:latest-vllm"),
        (("--framework", "trtllm", "--target", "runtime"), "dynamo:latest-trtllm-runtime"),
        (("--target", "local-dev"), "dynamo:latest-vllm-local-dev"),
        (("--target", "runtime", "--make-efa"), "dynamo:latest-vllm-runtime-aws"),
        (("--cuda-version", "13.0"), "dynamo:latest-vllm-cuda13.0"),
        (("--framework", "none", "--device", "cpu"), "dynamo:latest-none-runtime-cpu"),
        (("--image", "x:1"), "x:1"),
    ],
)
@without_others
def test_the_image_is_the_one_that_a_build_names(
    call: Call, words: tuple[str, ...], name: str
) -> None:
    assert image(call, *words) == name
    if "--image" not in words:
        plan = call("plan", "--format", "json", "--engine", "buildah", *words)
        assert f'"{name}"' in plan.out


@without_others
def test_a_file_names_the_image_too(call: Call) -> None:
    config = str(ROOT / "examples" / "quickstart.toml")
    assert image(call, "--config", config) == "dockwright/quickstart:latest"


@without_others
def test_an_image_for_cpu_asks_for_no_gpu(call: Call) -> None:
    said = call("run", *DOCKER, "--framework", "none", "--device", "cpu")
    assert said.out.startswith("docker run --rm --network host --shm-size 10G")
    said = call("run", *DOCKER, "--framework", "none", "--device", "cpu", "--gpus", "all")
    assert "--runtime nvidia --gpus all" in said.out


@pytest.mark.parametrize(
    ("words", "kept"),
    [(("--rm", "TRUE"), True), (("--rm", "FALSE"), False), (("--rm",), True), ((), True)],
)
@without_others
def test_the_originals_spelling_of_rm(call: Call, words: tuple[str, ...], *, kept: bool) -> None:
    said = call("run", *DOCKER, *words, "--privileged", "true")
    assert (" --rm " in said.out) is kept
    assert " --privileged " in said.out


@without_others
def test_a_workspace_brings_mounts_cache_and_token_by_name(
    call: Call, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / ".git").mkdir()
    (here / "deep").mkdir()
    monkeypatch.chdir(here / "deep")
    monkeypatch.setenv("HF_TOKEN", "hf_s3cret")
    before = tree(here.parent)
    said = call("run", *DOCKER, "--mount-workspace", "--target", "runtime", "--use-nixl-gds")
    cache = here.parent / "cache" / "dockwright" / "huggingface"
    assert (
        f"--cap-add IPC_LOCK --workdir /workspace --volume {here}:/workspace --volume /tmp:/tmp "
        "--volume /mnt:/mnt --volume /run/udev:/run/udev:ro "
        f"--volume {cache}:/home/dynamo/.cache/huggingface --env HF_TOKEN dynamo"
    ) in said.out
    assert said.err == f"HF_TOKEN=***\na real run makes the directory {cache}\n"
    assert tree(here.parent) == before


@pytest.mark.parametrize(
    ("words", "target"),
    [
        (("--target", "runtime"), "/home/dynamo"),
        (("--target", "dev"), "/root"),
        (("--target", "dev", "--user", "1000"), "/home/dynamo"),
        (("--target", "runtime", "--user", "root"), "/root"),
    ],
)
@without_others
def test_the_cache_of_hugging_face_is_the_users(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    target: str,
) -> None:
    monkeypatch.setenv("HF_HOME", "/models")
    said = call("run", *DOCKER, *words)
    assert f"--volume /models:{target}/.cache/huggingface" in said.out
    assert "/models" not in call("run", *DOCKER, *words, "--hf-home", "none").out
    assert "/other:" in call("run", *DOCKER, *words, "--hf-cache", "/other").out


@without_others
def test_values_are_never_shown(call: Call) -> None:
    said = call("run", *DOCKER, "-e", "API_KEY=s3cret", "-e", "PLAIN=s3cret", "-e", "ABSENT")
    assert "--env API_KEY --env PLAIN --env ABSENT" in said.out
    assert said.err == "API_KEY=***\nPLAIN=***\nABSENT= (not set here)\n"


def start(*words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A real run: the process becomes docker, so it needs one of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dockwright", "run", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **env},
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_real_run_is_what_the_dry_run_printed(call: Call, docker: Fakes, here: Path) -> None:
    words = ("--with", "docker", "-e", "A_TOKEN=s3cret", "--hf-home", str(here / "made" / "hf"))
    dry = call("run", *words, "--dry-run", "--", "serve", "--rm", "x y")
    assert not (here / "made").exists()
    done = start(*words, "--", "serve", "--rm", "x y", env={})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert docker.calls() == [shlex.split(dry.out)]
    assert docker.calls()[0][-4:] == ["dynamo:latest-vllm", "serve", "--rm", "x y"]
    assert (here / "made" / "hf").is_dir()


def test_the_container_gets_values_and_gives_its_status(here: Path) -> None:
    program = here / "docker"
    text = '#!/bin/sh\n[ "$1" = run ] || exit 0\necho "$A_TOKEN:$PLAIN"\nexit 7\n'
    program.write_text(text)
    program.chmod(0o755)
    done = start("-e", "A_TOKEN=s3cret", "-e", "PLAIN", env={"PATH": str(here), "PLAIN": "2"})
    assert (done.returncode, done.stdout, done.stderr) == (7, "s3cret:2\n", "")


@without_others
def test_a_variable_that_is_not_set_is_said() -> None:
    done = start("-e", "ABSENT", env={})
    assert done.stderr == "warning: ABSENT is not set here, so the container has none\n"


def test_nothing_to_start_a_container_with(call: Call) -> None:
    assert call("run").refused(1) == (
        "error: nothing here can start a container (docker: not installed; podman: not installed)"
        "\n\nhint: start Docker, or install podman: `apt-get install podman` (Debian, Ubuntu)\n"
    )


def test_an_image_that_is_not_there(here: Path) -> None:
    program = here / "podman"
    program.write_text('#!/bin/sh\necho "Error: $5: image not known" >&2\nexit 125\n')
    program.chmod(0o755)
    done = start("--framework", "sglang", env={"PATH": str(here)})
    assert done.returncode == 2
    assert "error: podman has no image dynamo:latest-sglang\n" in done.stderr
    assert "hint: build it with `dockwright build` and the same options" in done.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("bash",), "error: unexpected extra argument (bash)\n\nhint: an image is named with"),
        (("--rm", "maybe"), "'--rm': 'maybe' is not a valid boolean"),
        (("--framwork", "vllm"), "hint: did you mean --framework?"),
        (("--image", "x", "--framework", "vllm"), "--framework and --image both say which image"),
        (("--framework", "vllm", "--target", "frontend"), "vllm has no target frontend"),
        (("--mount-workspace",), "--mount-workspace: "),
        (("--nixl-ref", "x"), "unknown option --nixl-ref"),
    ],
)
@without_others
def test_mistakes(call: Call, words: tuple[str, ...], text: str) -> None:
    assert text in call("run", *words).refused()
