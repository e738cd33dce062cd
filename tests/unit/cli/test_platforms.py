"""Several platforms: one plan for each, one index over all; what cannot run is said before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dockwright.engines import platforms
from dockwright.engines.buildkit_host import examine
from dockwright.engines.oci import read_layout
from dockwright.engines.oci_index import join_layouts
from dockwright.engines.process import Outcome
from dockwright.errors import EngineError, UserError
from tests.fakes import Fakes
from tests.unit.cli.conftest import Call

STANDARD = ("--framework", "none", "--device", "cpu", "--target", "runtime")
BOTH = (*STANDARD, "--platform", "linux/amd64,linux/arm64")
FOREIGN = "linux/arm64" if platforms.native() == "linux/amd64" else "linux/amd64"


def plan(call: Call, *words: str, engine: str = "buildkit") -> dict[str, Any]:
    said = call("plan", *words, "--engine", engine, "--format", "json")
    assert (said.status, said.err) == (0, ""), said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_each_platform_has_its_own_plan_and_values(call: Call) -> None:
    data = plan(call, *BOTH)
    first, second = data["images"]
    assert (first["platforms"], second["platforms"]) == (["linux/amd64"], ["linux/arm64"])
    assert data["parameters"]["ARCH"]["value"] == "amd64"
    assert data["parameters"]["ARCH_ALT"]["value"] == "x86_64"
    assert first["parameters"] == {}
    assert second["parameters"]["ARCH"]["value"] == "arm64"
    assert second["parameters"]["ARCH_ALT"]["value"] == "aarch64"
    assert first["dockerfile_sha256"] != second["dockerfile_sha256"]


def test_a_platform_among_several_is_the_plan_of_that_platform_alone(call: Call) -> None:
    both = plan(call, *BOTH)["images"]
    for image in both:
        (alone,) = plan(call, *STANDARD, "--platform", image["platforms"][0])["images"]
        assert alone["stages"] == image["stages"]
        assert alone["dockerfile_sha256"] == image["dockerfile_sha256"]


@pytest.mark.parametrize("engine", ["buildkit", "buildah"])
def test_the_last_command_joins_the_layouts(call: Call, engine: str, here: Path) -> None:
    words = (*BOTH, "--output", "oci:out", "--tag", "team/image:1", "--no-tag-latest")
    data = plan(call, *words, engine=engine)
    last = data["commands"][-1]
    assert last[1:4] == ["-m", "dockwright", "index"]
    assert last[last.index("--output") + 1] == str(here / "out")
    assert last[last.index("--ref") + 1] == "1"
    assert [part.rpartition("-")[2] for part in last[-2:]] == ["amd64", "arm64"]
    built = " ".join(" ".join(argv) for argv in data["commands"][:-1])
    assert "team/image:1-amd64" in built
    assert "team/image:1-arm64" in built
    assert {tuple(image["tags"]) for image in data["images"]} == {("team/image:1",)}


def test_pushed_images_are_joined_in_the_registry(call: Call) -> None:
    words = (*BOTH, "--output", "push", "--tag", "r.example/a:1", "--no-tag-latest")
    *_, last = plan(call, *words)["commands"]
    assert last[-5:] == ["create", "--tag", "r.example/a:1", "r.example/a:1-amd64", last[-1]]
    assert last[-1] == "r.example/a:1-arm64"
    commands = plan(call, *words, engine="buildah")["commands"]
    manifest = [argv[2:] for argv in commands if argv[:2] == ["buildah", "manifest"]]
    assert [words[0] for words in manifest] == ["create", "add", "add", "push", "rm"]
    assert manifest[3][-1] == "docker://r.example/a:1"


def test_a_store_of_one_machine_holds_one_platform(call: Call) -> None:
    error = call("plan", *BOTH, "--engine", "buildkit", "--output", "load").refused()
    assert "oci:DIRECTORY" in error


def test_nobody_sets_one_architecture_for_two_platforms(call: Call) -> None:
    assert "arch-of-platform" in call("plan", *BOTH, "--arch", "arm64").refused()


def test_the_text_names_both(call: Call) -> None:
    said = call("plan", *BOTH, "--engine", "buildkit")
    assert "none-cpu-amd64 runtime" in said.err
    assert "none-cpu-arm64 runtime" in said.err


def test_a_file_is_rendered_for_each(call: Call) -> None:
    said = call("render", *BOTH)
    assert said.status == 0
    assert said.out.count("written by dockwright") == 2
    for arch in ("amd64", "arm64"):
        alone = call("render", *STANDARD, "--platform", f"linux/{arch}").out
        assert alone in said.out


@pytest.mark.skipif(FOREIGN in platforms.runnable(), reason="this machine emulates it")
def test_a_build_that_cannot_run_is_refused_before_it_starts(call: Call, engines: Fakes) -> None:
    for words in (BOTH, (*STANDARD, "--platform", FOREIGN)):
        error = call("build", *words, "--engine", "buildah").refused(1)
        assert f"cannot execute {FOREIGN}" in error
        assert "binfmt" in error
        assert engines.calls() == []
        assert call("plan", *words, "--engine", "buildah").status == 0


def test_emulators_are_found_in_binfmt(tmp_path: Path) -> None:
    assert platforms.runnable(tmp_path) == (platforms.native(),)
    name = {"linux/amd64": "qemu-x86_64", "linux/arm64": "qemu-aarch64"}[FOREIGN]
    (tmp_path / name).write_text("disabled\n")
    assert FOREIGN not in platforms.runnable(tmp_path)
    (tmp_path / name).write_text("enabled\ninterpreter /usr/bin/qemu\n")
    assert FOREIGN in platforms.runnable(tmp_path)


def test_the_nodes_of_a_builder_say_what_they_execute() -> None:
    inspected = (
        "Name: b\nDriver: docker-container\n\nNodes:\nName: b0\nBuildKit version: v0.20.0\n"
        "Platforms: linux/amd64*, linux/amd64/v2\nName: b1\nPlatforms: linux/arm64\n"
    )

    def ask(argv: Any) -> Outcome:
        text = "buildx v0.20.0" if argv[-1] == "version" else inspected
        return Outcome(exit_code=0, output=text)

    _, probe = examine(ask)
    assert probe.platforms == ("linux/amd64", "linux/amd64/v2", "linux/arm64")
    platforms.refuse_foreign(("linux/amd64", "linux/arm64"), probe.platforms, "buildkit")
    platforms.refuse_foreign(("linux/arm64",), (), "an engine that does not say")
    with pytest.raises(EngineError, match="linux/arm64"):
        platforms.refuse_foreign(("linux/arm64",), probe.platforms[:1], "buildkit")


def test_layouts_are_joined_into_an_index(tmp_path: Path) -> None:
    parts = []
    for arch in ("amd64", "arm64"):
        tiny_layout(tmp_path / arch, arch)
        parts.append((tmp_path / arch, ""))
    digest = join_layouts(parts, tmp_path / "out", ref="1.0")
    assert digest.startswith("sha256:")
    for arch in ("amd64", "arm64"):
        layout = read_layout(tmp_path / "out", "1.0", platform=f"linux/{arch}", verify_layers=True)
        assert layout.digest == read_layout(tmp_path / arch).digest
    # Again into the same place: the same bytes, nothing left over.
    assert join_layouts(parts, tmp_path / "out", ref="1.0") == digest
    assert {path.name for path in tmp_path.iterdir()} == {"amd64", "arm64", "out"}


def test_two_images_of_one_platform_are_no_index(tmp_path: Path) -> None:
    tiny_layout(tmp_path / "a", "amd64")
    with pytest.raises(UserError, match="two images"):
        join_layouts([(tmp_path / "a", ""), (tmp_path / "a", "")], tmp_path / "out", ref="1")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    with pytest.raises(UserError, match="not empty"):
        join_layouts([(tmp_path / "a", "")], tmp_path / "mine", ref="1")


def tiny_layout(directory: Path, arch: str) -> None:
    """A layout whose only layer is an empty tar."""
    from dockwright.engines.oci import write_layout

    tar = directory.with_suffix(".tar")
    tar.write_bytes(b"\0" * 10240)
    write_layout(
        directory,
        tar,
        architecture=arch,
        config_env=(),
        cmd=(),
        ref="base",
        annotations={},
        created="1970-01-01T00:00:00Z",
        move=True,
    )
