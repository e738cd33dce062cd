"""`plan --format bake`: what `buildx bake` needs to do what a build does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Call

STANDARD = ("--framework", "none", "--device", "cpu", "--target", "runtime")


def bake(call: Call, *words: str) -> dict[str, Any]:
    said = call("plan", *STANDARD, "--engine", "buildkit", "--format", "bake", *words)
    assert said.status == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def unescaped(text: str) -> str:
    """What bake makes of a text: `$${` and `%%{` are its way to say `${` and `%{`."""
    return text.replace("$${", "${").replace("%%{", "%{")


def test_the_target_is_the_request_of_a_build(call: Call) -> None:
    data = bake(call, "--tag", "a/b:c", "--no-tag-latest")
    assert data["group"]["default"]["targets"] == ["runtime-amd64"]
    target = data["target"]["runtime-amd64"]
    assert target["target"] == "runtime"
    assert target["platforms"] == ["linux/amd64"]
    assert target["tags"] == ["a/b:c"]
    assert "args" not in target
    (name, layout) = next(iter(target["contexts"].items()))
    assert name.startswith("dockwright.invalid/bootstrap/debian:bookworm-")
    assert layout.startswith("oci-layout:///")
    assert target["output"] == ["type=docker"]
    assert target["attest"] == ["type=provenance,disabled=true", "type=sbom,disabled=true"]


def test_the_time_of_the_image_travels_with_the_target_and_not_in_the_text(call: Call) -> None:
    words = ("--tag", "a/b:c", "--no-tag-latest")
    plain = bake(call, *words)["target"]["runtime-amd64"]
    timed = bake(call, *words, "--source-date-epoch", "1700000000")["target"]["runtime-amd64"]
    assert timed["args"] == {"SOURCE_DATE_EPOCH": "1700000000"}
    assert timed["output"] == ["type=docker,rewrite-timestamp=true"]
    assert timed["dockerfile-inline"] == plain["dockerfile-inline"]


def test_the_text_is_that_of_render(call: Call) -> None:
    text = bake(call)["target"]["runtime-amd64"]["dockerfile-inline"]
    assert unescaped(text) == call("render", *STANDARD).out
    assert "${" not in text.replace("$${", "")


def test_a_target_for_each_platform_and_for_the_checks(call: Call) -> None:
    data = bake(call, "--platform", "linux/amd64,linux/arm64", "--output", "oci:out")
    assert data["group"]["default"]["targets"] == ["runtime-amd64", "runtime-arm64"]
    assert data["group"]["verify"]["targets"] == ["evidence-amd64", "evidence-arm64"]
    assert set(data["target"]) == {
        name for group in data["group"].values() for name in group["targets"]
    }
    assert "verify" not in bake(call, "--no-verify")["group"]


def test_nothing_is_written_unless_asked(call: Call, here: Path) -> None:
    before = sorted(here.parent.rglob("*"))
    bake(call)
    assert sorted(here.parent.rglob("*")) == before


def test_written_files_are_all_that_the_text_copies(call: Call, here: Path) -> None:
    words = ("--engine", "buildkit", "--format", "bake", "--write", "out")
    said = call("plan", *STANDARD, *words)
    assert (said.status, said.out) == (0, "")
    assert "buildx bake" in said.err
    data = json.loads((here / "out" / "docker-bake.json").read_text())
    context = Path(data["target"]["runtime-amd64"]["context"])
    assert context == here / "out" / "runtime-amd64"
    copied = [
        line.split()[1]
        for line in call("render", *STANDARD).out.splitlines()
        if line.startswith("COPY ") and "--from" not in line
    ]
    assert copied
    assert all((context / name).is_file() for name in copied)


@pytest.mark.parametrize("words", [("--write", "out"), ("--write", "out", "--format", "json")])
def test_write_belongs_to_bake(call: Call, words: tuple[str, ...]) -> None:
    assert "--format bake" in call("plan", *STANDARD, *words).refused()


def test_a_directory_that_cannot_be_written(call: Call, here: Path) -> None:
    (here / "file").touch()
    words = ("--engine", "buildkit", "--format", "bake", "--write", "file")
    assert "--write" in call("plan", *STANDARD, *words).refused()
