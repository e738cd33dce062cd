"""Law 8: a dry run prints the argv that a real run executes, and touches nothing."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.engines.tiny import tiny_layout
from tests.fakes import Fakes
from tests.unit.cli.conftest import Call

STANDARD = ("--framework", "none", "--device", "cpu")
ENGINES = ("buildah", "buildkit")
VARIANTS: dict[str, tuple[str, ...]] = {
    "the standard image": (),
    "names and no proof": ("--tag", "one/a:1", "--tag", "two/b:2", "--no-verify"),
    "anew, with caches and jobs": (
        *("--no-cache", "--pull", "--jobs", "3"),
        *("--cache-from", "registry.invalid/c", "--cache-to", "registry.invalid/c"),
    ),
    "a registry's image": ("--base-image", "registry.invalid/x", "--base-image-tag", "bookworm"),
    "nothing but the cache": ("--output", "none"),
    "a push": ("--output", "push", "--tag", "registry.invalid/team/image:1"),
}


def tree(*roots: Path) -> dict[str, tuple[int, int]]:
    """Every file below some folders, with its size and the time of its last change."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for root in roots
        for path in sorted(root.rglob("*"))
    }


def ran(engines: Fakes) -> list[list[str]]:
    """What was started, with the interpreter's path as the plan says it."""
    return [
        [str(engines.python) if name == "python" else name, *words]
        for name, *words in engines.calls()
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_real_run_executes_what_the_plan_says(
    call: Call, engines: Fakes, engine: str, variant: str
) -> None:
    words = (*STANDARD, "--engine", engine, *VARIANTS[variant])
    said = call("plan", "--format", "json", *words)
    assert (said.status, said.err) == (0, "")
    commands = json.loads(said.out)["commands"]
    shell = call("plan", "--format", "shell", *words)
    assert [shlex.split(line) for line in shell.out.splitlines()] == commands
    dry = call("build", "--dry-run", "--json", *words)
    assert dry.out == said.out
    assert engines.calls() == []

    built = call("build", *words)
    assert (built.status, built.out) == (0, "")
    assert ran(engines) == commands
    # And after a build the plan is still the same: it looks at words, not at what is there.
    assert call("plan", "--format", "json", *words).out == said.out


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wheel_from_source_is_built_first(call: Call, engines: Fakes, engine: str) -> None:
    source = ("--tensorrtllm-git-url", "https://git.invalid/x.git", "--tensorrtllm-commit", "abc")
    words = ("--framework", "trtllm", "--target", "runtime", "--engine", engine, *source)
    commands = json.loads(call("plan", "--format", "json", *words).out)["commands"]
    built = call("build", *words)
    assert built.status == 0, built.err
    assert ran(engines) == commands
    assert commands[0][1:5] == ["-m", "dockwright", "wheel", "trtllm"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_layout_as_base_image(call: Call, engines: Fakes, engine: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        layout = tiny_layout(tmp_path / "bookworm")
    words = (*STANDARD, "--engine", engine, "--base-image", f"oci:{layout.directory}:1")
    said = call("plan", "--format", "json", *words)
    assert said.status == 0, said.err
    assert call("build", *words).status == 0
    assert ran(engines) == json.loads(said.out)["commands"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("plan", "--format", "json"),
        ("plan", "--format", "shell"),
        ("build", "--dry-run"),
        ("render",),
    ],
    ids=" ".join,
)
def test_a_dry_run_touches_nothing(
    call: Call, engines: Fakes, here: Path, engine: str, words: tuple[str, ...]
) -> None:
    before = tree(here.parent)
    said = call(*words, *STANDARD, "--engine", engine)
    assert said.status == 0
    assert tree(here.parent) == before
    assert engines.calls() == []
    # Data on stdout, words on stderr, never both.
    assert bool(said.out) != bool(said.err)


def test_a_plan_is_made_without_its_engine(call: Call) -> None:
    for engine in ENGINES:
        said = call("plan", *STANDARD, "--engine", engine, "--format", "shell")
        assert (said.status, said.err) == (0, "")
        assert "build" in said.out


def test_the_plan_as_data(call: Call) -> None:
    said = call("plan", *STANDARD, "--engine", "buildah", "--format", "json")
    data: dict[str, Any] = json.loads(said.out)
    assert set(data) == {"version", "engine", "parameters", "images", "commands"}
    assert data["parameters"]["DEVICE"] == {
        "value": "cpu",
        "origin": "--device",
        "default": "cuda",
        "source": "command line",
    }
    (image,) = data["images"]
    assert image["platforms"] == ["linux/amd64"]
    assert [stage["name"] for stage in image["stages"]][:1] == ["base"]
    assert all(len(stage["digest"]) == 64 for stage in image["stages"])
    assert all(isinstance(word, str) for command in data["commands"] for word in command)


def test_the_plan_for_people_says_what_was_set_and_where(call: Call, here: Path) -> None:
    (here / "dockwright.toml").write_text('framework = "none"\ndevice = "cpu"\n')
    said = call("plan", "--engine", "buildah", "--tag", "a/b:c")
    assert said.out == ""
    assert "DEVICE = cpu  (dockwright.toml:2)" in said.err
    assert "TAG = a/b:c  (--tag)" in said.err
    assert "nothing was touched" in said.err


@pytest.mark.parametrize("engine", ENGINES)
def test_two_renderings_are_the_same(call: Call, engine: str) -> None:
    first, second = (call("render", *STANDARD, "--engine", engine) for _ in range(2))
    assert first.status == 0
    assert first == second


def test_secrets_of_the_network_are_in_no_plan(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = call("plan", *STANDARD, "--engine", "buildah", "--format", "json")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary-7f3a@proxy.invalid:1")
    for form in ("json", "shell", "text"):
        said = call("plan", *STANDARD, "--engine", "buildah", "--format", form)
        assert said.status == 0
        assert "canary" not in said.out + said.err
    offered = json.loads(call("plan", *STANDARD, "--engine=buildah", "--format=json").out)
    (before,), (after,) = json.loads(plain.out)["images"], offered["images"]
    assert after["secrets"][-1:] == ["dockwright-network"]
    assert before["stages"] == after["stages"]
    assert before["dockerfile_sha256"] == after["dockerfile_sha256"]
