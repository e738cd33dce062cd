"""`dockwright params`: everything that can be set, with who set it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dockwright.catalog.parameters import parameters
from tests.unit.cli.conftest import Call

STANDARD = ("--framework", "none", "--device", "cpu")


def listed(call: Call, *words: str) -> dict[str, Any]:
    said = call("params", "--json", *words)
    assert (said.status, said.err) == (0, "")
    found: dict[str, Any] = json.loads(said.out)["parameters"]
    return found


def test_every_parameter_is_listed(call: Call) -> None:
    assert list(listed(call)) == list(parameters())
    said = call("params")
    assert said.out.splitlines()[0].split() == ["NAME", "VALUE", "DEFAULT", "ORIGIN", "GROUP"]
    assert len(said.out.splitlines()) == len(parameters()) + 1


def test_a_row_has_value_default_and_origin(call: Call) -> None:
    row = listed(call, "--nixl-ref", "0.8.0")["NIXL_REF"]
    assert (row["value"], row["default"], row["origin"]) == ("0.8.0", "0.9.0", "--nixl-ref")
    assert row["source"] == "command line"
    assert not row["is_default"]


def test_defaults_are_those_of_the_same_cell(call: Call) -> None:
    rows = listed(call, "--framework", "vllm", "--cuda-version", "13.0")
    assert rows["TORCH_BACKEND"]["value"] == rows["TORCH_BACKEND"]["default"] == "cu130"


def test_only_what_was_changed(call: Call, here: Path) -> None:
    (here / "dockwright.toml").write_text('framework = "none"\ndevice = "cpu"\n')
    rows = listed(call, "--changed", "--nixl-ref", "1.0.0")
    assert {name: row["origin"] for name, row in rows.items()} == {
        "FRAMEWORK": "dockwright.toml:1",
        "DEVICE": "dockwright.toml:2",
        "NIXL_REF": "--nixl-ref",
    }


def test_one_group(call: Call) -> None:
    rows = listed(call, "--group", "axes")
    assert {"FRAMEWORK", "DEVICE", "CUDA_VERSION", "TARGET"} <= set(rows) < set(parameters())
    assert "groups: " in call("params", "--group", "xyzzy").refused()


def test_values_that_contradict_each_other_are_shown(call: Call) -> None:
    rows = listed(call, "--framework", "trtllm", "--cuda-version", "12.9")
    assert rows["CUDA_VERSION"]["value"] == "12.9"


def test_a_secret_is_never_shown(call: Call) -> None:
    said = call("params", "--json", "--build-arg", "HTTP_PROXY=http://u:canary@p.example")
    assert "canary" not in said.out + said.err
    assert json.loads(said.out)["parameters"]["HTTP_PROXY"]["value"] == "***"
    text = call("params", "--build-arg", "HTTP_PROXY=http://u:canary@p.example")
    assert "canary" not in text.out + text.err


def test_a_value_that_is_none_is_refused(call: Call) -> None:
    assert "--jobs" in call("params", "--jobs", "many").refused()
