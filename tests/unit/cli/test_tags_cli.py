"""Names of images: a person's as written, else from the repository; git is asked only then."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dockwright.cli.git import DYNAMO_FILE, repository
from dockwright.config.tags import GitFacts
from tests.unit.cli.conftest import Call

GIT = shutil.which("git")
STANDARD = ("--framework", "none", "--device", "cpu", "--engine", "buildkit")
CPU = "none-runtime-cpu"
# What makes a folder a tree of Dynamo, as far as a plan looks at it.
FILES = (
    *("LICENSE", "README.md", "hatch_build.py", "pyproject.toml", "Cargo.toml", "Cargo.lock"),
    *("components/x", "lib/x", "launch/x", "deploy/x", ".cargo/x", "rust-toolchain.toml"),
)
needs_git = pytest.mark.skipif(GIT is None, reason="git is not installed")


def names(call: Call, *words: str) -> list[str]:
    said = call("plan", *STANDARD, *words, "--format", "json")
    assert said.status == 0, said.err
    data: dict[str, Any] = json.loads(said.out)
    tags: list[str] = data["images"][0]["tags"]
    return tags


@pytest.fixture
def git(here: Path) -> Callable[..., str]:
    """A repository with one commit in the working directory, and git on PATH."""
    assert GIT is not None
    (here.parent / "empty" / "git").symlink_to(GIT)

    def run(*words: str) -> str:
        env = {
            "PATH": str(Path(GIT).parent),
            "HOME": str(here),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_DATE": "2026-01-29T00:00:00Z",
            "GIT_COMMITTER_DATE": "2026-01-29T00:00:00Z",
        }
        who = ("-c", "user.name=n", "-c", "user.email=e@x.example", "-c", "tag.gpgsign=false")
        argv = [GIT, *who, *words]
        return subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout

    run("init", "-q")
    run("commit", "-q", "--allow-empty", "-m", "one")
    return run


def test_without_a_repository(call: Call) -> None:
    assert names(call) == [f"dynamo:v0.0.1.dev.unknown-{CPU}", f"dynamo:latest-{CPU}"]


def test_what_a_person_says_is_used_as_written(call: Call) -> None:
    assert names(call, "--tag", "a/b:c-dev") == ["a/b:c-dev", f"dynamo:latest-{CPU}"]
    assert names(call, "--tag", "a/b:c", "--tag", "d:e", "--no-tag-latest") == ["a/b:c", "d:e"]


def test_variables_of_the_original(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("commit_id", "abc1234")
    monkeypatch.setenv("latest_tag", "1.2.3")
    assert names(call)[0] == f"dynamo:v1.2.3.dev.abc1234-{CPU}"
    monkeypatch.setenv("current_tag", "v9.9.9")
    assert names(call)[0] == f"dynamo:v9.9.9-{CPU}"


@needs_git
def test_the_version_comes_from_the_repository(call: Call, git: Callable[..., str]) -> None:
    short = git("rev-parse", "--short", "HEAD").strip()
    assert names(call)[0] == f"dynamo:v0.0.1.dev.{short}-{CPU}"
    git("tag", "v0.3.0")
    git("commit", "-q", "--allow-empty", "-m", "two")
    short = git("rev-parse", "--short", "HEAD").strip()
    assert names(call)[0] == f"dynamo:v0.3.0.dev.{short}-{CPU}"
    for version in ("0.9.0", "0.10.0", "0.10.0.1"):
        git("update-ref", f"refs/remotes/origin/release/{version}", "HEAD")
    assert names(call)[0] == f"dynamo:v0.10.0.dev.{short}-{CPU}"
    git("tag", "-a", "v0.11.0", "-m", "annotated")
    assert names(call)[0] == f"dynamo:v0.11.0-{CPU}"


@needs_git
def test_a_tree_of_this_machine_says_its_commit(
    call: Call, here: Path, git: Callable[..., str]
) -> None:
    head = git("rev-parse", "HEAD").strip()
    for name in (*FILES, DYNAMO_FILE):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).touch()

    def commit(*words: str) -> tuple[str, str]:
        cell = ("--framework", "none", "--target", "runtime", "--engine", "buildkit")
        said = call("plan", *cell, *words, "--format", "json")
        assert said.status == 0, said.err
        row = json.loads(said.out)["parameters"]["DYNAMO_COMMIT_SHA"]
        return row["value"], row["origin"]

    assert commit()[0] == ""
    assert commit("--dynamo-source", ".") == (head, "HEAD of the source repository")
    other = "1" * 40
    assert commit("--dynamo-source", ".", "--dynamo-commit-sha", other)[0] == other


@needs_git
def test_the_commit_of_another_project_is_not_dynamos(
    here: Path, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    head = git("rev-parse", "HEAD").strip()
    assert repository(os.environ).dynamo_commit == ""
    (here / DYNAMO_FILE).parent.mkdir(parents=True)
    (here / DYNAMO_FILE).touch()
    assert repository(os.environ).dynamo_commit == head
    (here / "below").mkdir()
    monkeypatch.chdir(here / "below")
    assert repository(os.environ).dynamo_commit == head


@pytest.mark.usefixtures("here")
def test_no_git_and_no_repository_say_nothing() -> None:
    assert repository(os.environ).facts == GitFacts()


def test_a_slow_git_is_not_waited_for(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dockwright.cli.git.SECONDS", 0.05)
    (here / ".git").mkdir()
    slow = here.parent / "empty" / "git"
    slow.write_text("#!/bin/sh\nexec /bin/sleep 20\n")
    slow.chmod(0o755)
    assert repository(os.environ).facts == GitFacts()


def test_git_is_not_asked_when_the_image_has_a_name(call: Call, here: Path) -> None:
    called = here.parent / "called"
    script = here.parent / "empty" / "git"
    script.write_text(f"#!/bin/sh\n: > {called}\n")
    script.chmod(0o755)
    assert names(call, "--tag", "a/b:c")[0] == "a/b:c"
    assert call("render", *STANDARD).status == 0
    assert not called.exists()
    assert names(call)
    assert not called.exists()
    (here / ".git").mkdir()
    assert names(call)
    assert called.exists()


def test_a_tag_that_no_registry_takes_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("current_tag", "x" * 200)
    assert "not an image tag" in call("plan", *STANDARD).refused()
