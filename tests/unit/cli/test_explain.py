"""`dockwright explain`: who said a value, who reads it, what another one would change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dockwright.catalog.parameters import parameters
from dockwright.cli.effects import others
from tests.unit.cli.conftest import Call

STANDARD = ("--framework", "none", "--device", "cpu")


def explained(call: Call, *words: str) -> dict[str, Any]:
    said = call("explain", "--json", *words)
    assert (said.status, said.err) == (0, ""), said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


@pytest.mark.parametrize("word", ["NATS_PROVIDER", "nats_provider", "--nats-provider"])
def test_a_name_in_any_spelling(call: Call, word: str) -> None:
    # `--` because a flag is also a parameter that could be set here.
    said = call("explain", *STANDARD, "--json", "--", word)
    assert json.loads(said.out)["name"] == "NATS_PROVIDER"
    assert explained(call, *STANDARD, "nats.provider")["name"] == "NATS_PROVIDER"


def test_an_unknown_name_is_guessed(call: Call) -> None:
    assert "did you mean NIXL_REF?" in call("explain", "NIXEL_REF").refused()


def test_every_value_that_lost_is_shown(
    call: Call, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "dockwright.toml").write_text('framework = "none"\ndevice = "cpu"\nnixl_ref = "0.7.0"')
    (here / "more.toml").write_text('[nixl]\nref = "0.7.1"')
    monkeypatch.setenv("DOCKWRIGHT_NIXL_REF", "0.7.2")
    found = explained(call, "NIXL_REF", "--config", "more.toml", "--nixl-ref", "0.8.0")
    assert (found["value"], found["where"], found["default"]) == ("0.8.0", "--nixl-ref", "0.9.0")
    assert [(lost["value"], lost["where"]) for lost in found["overridden"]] == [
        ("0.7.2", "DOCKWRIGHT_NIXL_REF"),
        ("0.7.1", "more.toml:2"),
        ("0.7.0", "dockwright.toml:3"),
    ]


def test_who_reads_it_and_what_would_change(call: Call) -> None:
    found = explained(call, *STANDARD, "--base-image", "bootstrap:debian/trixie", "nats.provider")
    assert found["consumers"] == ["nats"]
    changed = found["effect"]["changed"]
    assert changed[0] == "nats"
    assert {"runtime", "verify"} <= set(changed)
    assert "etcd" not in changed
    assert found["effect"]["tried"] in {"package", "wheel"}


def test_what_only_concerns_the_build_changes_no_stage(call: Call) -> None:
    found = explained(call, *STANDARD, "JOBS")
    assert (found["concern"], found["effect"]["changed"]) == ("build", [])
    assert "never the image" in call("explain", *STANDARD, "JOBS").out


def test_an_explanation_is_given_for_a_build_that_is_refused(call: Call) -> None:
    said = call("explain", "CUDA_VERSION", "--framework", "trtllm", "--cuda-version", "11.0")
    assert said.status == 0
    assert "11.0" in said.out


def test_a_secret_is_never_shown(call: Call) -> None:
    arg = "HTTP_PROXY=http://u:canary@p.example"
    said = call("explain", *STANDARD, "HTTP_PROXY", "--build-arg", arg)
    assert "***" in said.out
    assert "canary" not in said.out + said.err


@pytest.mark.parametrize("name", sorted(parameters()))
def test_every_parameter_is_explained_and_has_another_value(call: Call, name: str) -> None:
    said = call("explain", name, *STANDARD)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"{name}: ")
    param = parameters()[name]
    value = param.kind.parse(param.example) if param.example else None
    texts = list(others(param, value)) if value is not None else []
    for text in texts:
        assert param.kind.parse(text) != value
