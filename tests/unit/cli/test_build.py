"""`build` and `verify` in front of a pretended engine: what is printed where, kept, and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes import REPORT, Fakes
from tests.unit.cli.conftest import Call

STANDARD = ("--framework", "none", "--device", "cpu", "--engine", "buildah")


def runs(here: Path) -> list[Path]:
    return sorted((here.parent / "state" / "dockwright" / "runs").iterdir())


@pytest.mark.parametrize("engine", ["buildah", "buildkit"])
def test_words_go_to_stderr_and_data_to_stdout(call: Call, engines: Fakes, engine: str) -> None:
    words = (*STANDARD[:-1], engine, "--no-tag-latest")
    said = call("build", *words, "--tag", "team/image:1")
    assert (said.status, said.out) == (0, "")
    assert "team/image:1" in said.err
    assert "1 check of 1 component passed" in said.err
    found = json.loads(call("build", *words, "--json", "--tag", "team/image:1").out)
    assert found["names"] == ["team/image:1"]
    assert found["image"]["digest"] == "sha256:" + "1" * 64
    assert (found["image"]["size"], found["image"]["layers"]) == (1234, [1000, 234])
    assert found["checks"]["ok"]
    assert Path(found["run_directory"]).is_dir()
    assert engines.calls()


def test_quiet_says_nothing(call: Call, engines: Fakes) -> None:
    said = call("build", *STANDARD, "--quiet")
    assert (said.status, said.out, said.err) == (0, "", "")
    assert engines.calls()


def test_the_run_is_recorded(call: Call, engines: Fakes, here: Path) -> None:
    assert call("build", *STANDARD).status == 0
    (run,) = runs(here)
    names = {path.name for path in run.iterdir()}
    assert {"plan.json", "Dockerfile", "events.jsonl", "result.json"} <= names
    assert run.joinpath("Dockerfile").read_text() == call("render", *STANDARD).out
    for line in run.joinpath("events.jsonl").read_text().splitlines():
        assert json.loads(line)["event"]
    assert json.loads(run.joinpath("result.json").read_text())["checks"]
    assert engines.calls()


def test_a_failed_build_says_so_and_keeps_its_log(call: Call, engines: Fakes, here: Path) -> None:
    engines.behave(mode="fail")
    said = call("build", *STANDARD).refused(1)
    assert "no such thing" in said
    (run,) = runs(here)
    assert str(run) in said
    assert not run.joinpath("result.json").exists()
    # Nothing claims that there is an image.
    assert "no image was built" in call("verify").refused(2)
    engines.behave()
    assert call("build", *STANDARD).status == 0


def test_verify_shows_every_check(call: Call, engines: Fakes) -> None:
    assert call("build", *STANDARD, "--tag", "team/image:1").status == 0
    for words in ((), ("team/image:1",)):
        said = call("verify", *words)
        assert (said.status, said.out) == (0, "")
        assert "ucx" in said.err
        assert "it starts" in said.err
    assert json.loads(call("verify", "--json").out)["total"] == 1
    assert engines.calls()


def test_verify_fails_with_the_component(call: Call, engines: Fakes) -> None:
    assert call("build", *STANDARD).status == 0
    check = {"component": "ucx", "check": "it starts", "ok": False, "seconds": 1, "detail": "no"}
    engines.behave(report={**REPORT, "ok": False, "checks": [check]})
    said = call("verify")
    assert (said.status, said.out) == (1, "")
    assert "checks of ucx failed" in said.err
    assert said.err.count("error: ") == said.err.count("\nhint: ") == 1


def test_an_image_without_checks_cannot_be_verified(call: Call, engines: Fakes) -> None:
    engines.behave(report={"ok": True})
    assert "no readable report" in call("build", *STANDARD).refused(1)


@pytest.mark.parametrize("folder", ["cache", "state"])
def test_a_directory_that_is_none(call: Call, engines: Fakes, here: Path, folder: str) -> None:
    blocked = here.parent / folder / "dockwright"
    blocked.write_text("a file where a directory should be")
    said = call("build", *STANDARD).refused(1)
    assert str(blocked) in said
    assert f"XDG_{folder.upper()}_HOME" in said
    assert engines.calls() == []


def test_a_record_that_cannot_be_read_is_no_record(call: Call, engines: Fakes, here: Path) -> None:
    assert call("build", *STANDARD).status == 0
    for path in (here.parent / "state" / "dockwright" / "images").iterdir():
        path.write_text("{")
    assert "no image was built" in call("verify").refused(2)
    assert engines.calls()
