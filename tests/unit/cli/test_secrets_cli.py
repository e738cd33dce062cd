"""Law 7: no secret's value in argv, plan, text, events, logs or the run directory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dockwright.cli.secrets import offered
from dockwright.model.plan import Plan, Run, SecretMount, Stage
from tests.conftest import Directories
from tests.fakes import Fakes
from tests.unit.cli.conftest import Call

STANDARD = ("--framework", "none", "--device", "cpu", "--target", "runtime")
CANARY = "canary-1f9a7c"
FORMS = ("text", "json", "shell", "bake")


def plan(*ids: str) -> Plan:
    """A plan with one step that reads secrets."""
    mounts = tuple(SecretMount(id=name, target=f"/run/secrets/{name}") for name in ids)
    step = Run(title="fetch", script="true", mounts=mounts)
    stage = Stage(name="a", base="scratch", summary="a", steps=(step,))
    return Plan(name="p", platform="linux/amd64", target="a", images={}, stages=(stage,))


@pytest.fixture
def words(here: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return carriers(here, monkeypatch)


def carriers(here: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The canary in everything that may carry a secret; the words that pass it on."""
    (here / "bundle.pem").write_text(f"{CANARY}-file\n")
    for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "MY_TOKEN"):
        monkeypatch.setenv(name, f"{CANARY}-{name}")
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{CANARY}@proxy.example:1")
    words = ["--secret", "id=dockwright-ca,src=bundle.pem"]
    return [*words, "--build-arg", f"HTTP_PROXY=http://user:{CANARY}-arg@proxy.example:1"]


@pytest.mark.parametrize("engine", ["buildah", "buildkit"])
def test_no_plan_shows_it(call: Call, engine: str, words: list[str]) -> None:
    for form in FORMS:
        said = call("plan", *STANDARD, "--engine", engine, "--format", form, *words)
        assert said.status == 0, said.err
        assert CANARY not in said.out + said.err
        assert "dockwright-ca" in said.out + said.err


def test_rendered_text_does_not_depend_on_it(
    call: Call, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = call("render", *STANDARD).out
    said = carriers(here, monkeypatch)[2:]
    assert call("render", *STANDARD, *said).out == plain


@pytest.mark.parametrize("engine", ["buildah", "buildkit"])
def test_a_run_leaves_no_trace_of_it(
    call: Call, engines: Fakes, directories: Directories, engine: str, words: list[str]
) -> None:
    said = call("build", *STANDARD, "--engine", engine, "--json", *words)
    assert said.status == 0, said.err
    assert CANARY not in said.out + said.err
    assert engines.calls()
    assert CANARY not in json.dumps(engines.calls())
    files = [
        path
        for folder in (directories.state, directories.cache)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    assert any(path.name == "events.jsonl" for path in files)
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path


def test_tokens_go_only_to_steps_that_ask() -> None:
    env = {"GITHUB_TOKEN": CANARY, "GITLAB_TOKEN": CANARY, "SSL_CERT_FILE": "/nowhere"}
    assert "github_token" not in {s.id for s in offered([plan()], env).secrets}
    found = offered([plan("github_token")], env)
    assert {s.id: s.variable for s in found.secrets if s.source == "env"} == {
        "github_token": "GITHUB_TOKEN"
    }
    assert found.values["GITHUB_TOKEN"] == CANARY
    assert CANARY not in repr(found)


def test_a_persons_secret_wins_over_the_environments(here: Path) -> None:
    (here / "token").write_text(f"{CANARY}\n")
    env = {"GITHUB_TOKEN": "other"}
    found = offered([plan("github_token")], env, passed=["id=github_token,src=token"])
    (secret,) = [secret for secret in found.secrets if secret.id == "github_token"]
    assert (secret.source, secret.path) == ("file", str(here / "token"))
    assert f"{CANARY}\n" in found.values.values()
    assert "other" not in found.values.values()


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("id=nobody,env=MY_TOKEN", "no step of this build reads it"),
        ("id=dockwright-ca,env=NOT_SET", "NOT_SET is not set"),
        ("id=dockwright-ca,src=no.pem", "there is no file no.pem"),
        (f"id=dockwright-ca,value={CANARY}", "must be id=ID"),
        (CANARY, "must be id=ID"),
    ],
)
def test_a_wrong_secret_is_explained_and_not_repeated(
    call: Call, monkeypatch: pytest.MonkeyPatch, word: str, message: str
) -> None:
    monkeypatch.setenv("MY_TOKEN", CANARY)
    error = call("plan", *STANDARD, "--engine", "buildah", "--secret", word).refused()
    assert message in error
    assert CANARY not in error


def test_two_sources_for_one_secret(call: Call) -> None:
    words = ("--secret", "id=dockwright-ca,src=/etc/hosts")
    second = ("--secret", "id=dockwright-ca,src=/etc/passwd")
    error = call("plan", *STANDARD, "--engine", "buildah", *words, *second).refused()
    assert "two sources" in error
    assert call("plan", *STANDARD, "--engine", "buildah", *words, *words).status == 0


def test_a_build_argument_that_looks_like_a_secret_is_refused(call: Call) -> None:
    arg = f"GITHUB_TOKEN={CANARY}"
    error = call("plan", *STANDARD, "--build-arg", arg).refused()
    assert "--secret id=github_token" in error
    assert CANARY not in error


def test_the_environment_of_this_test_has_no_token() -> None:
    assert CANARY not in "".join(os.environ.values())
