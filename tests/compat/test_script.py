"""compat/build.sh itself: it finds dockwright and changes no word on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT

SCRIPT = ROOT / "compat" / "build.sh"
BASH = "/bin/bash"


def programs(folder: Path, *, python: bool = True) -> str:
    """A PATH with what the script needs; its Python is the one that runs these tests."""
    folder.mkdir()
    for name in ("readlink", "dirname", "env", "bash"):
        (folder / name).symlink_to(Path("/usr/bin") / name)
    if python:
        text = f'#!{BASH}\n# the interpreter of the tests\nexec "{sys.executable}" "$@"\n'
        (folder / "python3").write_text(text)
        (folder / "python3").chmod(0o755)
    return str(folder)


def run(
    *words: str, path: str, cwd: Path, script: Path = SCRIPT, **env: str
) -> subprocess.CompletedProcess[str]:
    """The script in a small environment."""
    return subprocess.run(
        [BASH, str(script), *words],
        check=False,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": path, "HOME": str(cwd), "COLUMNS": "200", **env},
    )


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Programs of a machine without engines."""
    return programs(tmp_path / "bin")


def test_help(path: str, tmp_path: Path) -> None:
    said = run("--help", path=path, cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("usage: build.sh")


def test_a_mistake_is_status_one(path: str, tmp_path: Path) -> None:
    said = run("--framework", "nothing", path=path, cwd=tmp_path)
    assert said.returncode == 1
    assert "FRAMEWORK must be one of none, vllm, trtllm, sglang, not 'nothing'" in said.stderr


def test_words_arrive_as_they_are(path: str, tmp_path: Path) -> None:
    said = run("--target", "a  $b *", "", path=path, cwd=tmp_path)
    assert said.returncode == 1
    assert "not 'a  $b *'" in said.stderr
    assert "unexpected word ''" in said.stderr


def test_a_dry_run_through_a_link_from_another_folder(path: str, tmp_path: Path) -> None:
    link = tmp_path / "link.sh"
    link.symlink_to(SCRIPT)
    words = ("--framework", "TRTLLM", "--tensorrtllm-pip-wheel", "tensorrt-llm==1.2.0", "--dry-run")
    names = {"commit_id": "commit_id", "current_tag": "current_tag", "latest_tag": "latest_tag"}
    said = run(*words, path=path, cwd=tmp_path, script=link, **names)
    assert said.returncode == 0, said.stderr
    assert "Intent to Download TRTLLM: true\n" in said.stdout
    assert "Image tag: dynamo:vcurrent_tag-trtllm-dev\n" in said.stdout


def test_the_installed_command_comes_first(path: str, tmp_path: Path) -> None:
    command = Path(path) / "dockwright"
    command.write_text(f'#!{BASH}\n# pretends\nprintf "<%s>" "$@"\nexit 7\n')
    command.chmod(0o755)
    said = run("--tag", "a b", path=path, cwd=tmp_path)
    assert (said.returncode, said.stdout) == (7, "<compat-build><--tag><a b>")


def test_the_run_helper_is_the_same_script_by_another_name(path: str, tmp_path: Path) -> None:
    helper = SCRIPT.with_name("run.sh")
    words = ("--framework", "VLLM", "--rm", "TRUE", "--gpus", "none", "--with", "docker")
    said = run(*words, "--dry-run", path=path, cwd=tmp_path, script=helper)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("docker run --rm --network host ")
    assert said.stdout.endswith(" dynamo:latest-vllm\n")


def test_without_dockwright_it_says_what_to_do(tmp_path: Path) -> None:
    copy = tmp_path / "somewhere" / "build.sh"
    copy.parent.mkdir()
    copy.write_text(SCRIPT.read_text())
    said = run(path=programs(tmp_path / "bin", python=False), cwd=tmp_path, script=copy)
    assert said.returncode == 1
    assert "error: dockwright is not installed" in said.stderr


def test_it_may_be_executed() -> None:
    assert os.access(SCRIPT, os.X_OK)
