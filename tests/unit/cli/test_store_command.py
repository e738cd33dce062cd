"""`store`, `bundle` and `--offline` as people say them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dockwright.engines import objects
from dockwright.engines.objects import Manifest, describe, seal
from dockwright.engines.sources import normalise
from tests.conftest import Directories
from tests.unit.cli.conftest import Call

CELL = ("--framework", "none", "--device", "cpu", "--base-image", "bootstrap:debian/bookworm")


@pytest.fixture
def source(directories: Directories) -> Path:
    """One source in the store."""
    place = directories.cache / "dockwright" / "sources" / "archive-1"
    (place / "tree").mkdir(parents=True)
    (place / "tree/a.c").write_text("code")
    normalise(place / "tree")
    seal(
        place,
        Manifest(
            kind="archive",
            version="v1",
            origin="https://a.example/a",
            identity="a" * 64,
            time=1,
            files=describe(place / "tree"),
        ),
    )
    return place


def test_offline_names_everything_that_is_missing(call: Call) -> None:
    for words in (("plan",), ("build",), ("build", "--dry-run")):
        text = call(*words, *CELL, "--offline", "--engine", "buildah").refused()
        assert "--offline: base image debian/bookworm: it is not in the store [offline]" in text
        assert "'runtime: install the runtime libraries': nothing of them is recorded" in text
        assert "hint: `dockwright bundle create` on a machine with network" in text


def test_offline_and_a_question_to_the_network_contradict_each_other(call: Call) -> None:
    text = call("plan", *CELL, "--offline", "--pull").refused()
    assert "--pull: asks the network, and --offline forbids it" in text


def test_a_bundle_needs_a_place_before_any_work(call: Call) -> None:
    text = call("bundle", "create", "none/x.bundle", *CELL).refused()
    assert "none/x.bundle: there is no directory none" in text
    text = call("bundle", "load", "x.bundle", "--quiet").refused()
    assert "x.bundle: No such file or directory" in text


@pytest.mark.usefixtures("source")
def test_the_store_is_listed(call: Call) -> None:
    said = call("store", "list")
    assert said.out.splitlines()[1].split()[:2] == ["source", "archive-1"]
    assert "v1 https://a.example/a" in said.out
    assert said.err == "1 object, 4 B\n"
    (thing,) = json.loads(call("store", "list", "--json").out)
    assert (thing["kind"], thing["size"], thing["used"], thing["by"]) == ("source", 4, 1.0, [])


def test_what_is_damaged_is_told_and_set_aside(call: Call, source: Path) -> None:
    whole = call("store", "verify", "--json")
    assert (whole.status, json.loads(whole.out)["damaged"]) == (0, {})
    file = source / "tree/a.c"
    file.write_text("cod3")
    os.utime(file, (objects.EPOCH, objects.EPOCH))
    assert objects.look(source) == ""
    said = call("store", "verify")
    assert said.status == 1
    assert "damaged: source archive-1: a.c has another content; set aside\n" in said.err
    assert not source.exists()
    again = call("store", "verify")
    assert (again.status, "0 damaged" in again.err) == (0, True)


def test_the_old_is_pruned_and_what_a_lock_names_is_not(call: Call, source: Path) -> None:
    lock = Path("dockwright.lock")
    lock.write_text(f'sha256 = "{"a" * 64}"\n')
    assert call("store", "prune").err == "0 objects removed, 0 B\n"
    lock.unlink()
    assert call("store", "prune", "--dry-run").out == "source archive-1  4 B\n"
    assert source.exists()
    assert call("store", "prune").err == "1 object removed, 4 B\n"
    assert not source.exists()
    assert "'20X' is not a size" in call("store", "prune", "--max-size", "20X").refused()
