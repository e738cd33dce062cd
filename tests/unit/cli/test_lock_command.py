"""`dockwright lock`, `preflight` and `inputs` as people call them, against one loopback server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockwright.config.lock_file import decode
from dockwright.model.inputs import PythonInput
from dockwright.model.values import Arch
from dockwright.planning.build import plan_image
from dockwright.planning.pin import Pinning
from tests.builders import params
from tests.fakes import Fakes
from tests.unit.cli.conftest import Call
from tests.world import World, world

# The stages of UCX need no package of an index that has to be resolved.
WORDS = ("--framework", "vllm", "--target", "wheel_builder", "--platform", "linux/amd64")
UCX = "https://github.com/openucx/ucx.git"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, here: Path) -> Iterator[World]:
    """A server that has everything which the cell wants, and git to ask it."""
    values = params({"FRAMEWORK": "vllm", "DEVICE": "cuda", "TARGET": "wheel_builder"})
    with world() as made:
        made.fill(plan_image(values, Arch.AMD64, pinning=Pinning.OPEN).inputs)
        monkeypatch.setenv("UV_DEFAULT_INDEX", made.index)
        monkeypatch.setenv("DOCKWRIGHT_SOURCE_MIRROR", ",".join(made.mirrors))
        git = shutil.which("git", path="/usr/local/bin:/usr/bin:/bin")
        assert git
        (here.parent / "empty" / "git").symlink_to(git)
        yield made


def test_a_lock_is_written_is_whole_and_stays(call: Call, there: World, here: Path) -> None:
    said = call("lock", *WORDS)
    assert said.status == 0, said.err
    lock = decode((here / "dockwright.lock").read_text())
    assert lock.commit(UCX, "v1.20.0") == "4b7a6ca8410f9cea0e15857233ecfeefdd863dde"
    assert {e.ref for e in lock.images} == {
        "nvcr.io/nvidia/cuda-dl-base:25.06-cuda12.9-devel-ubuntu24.04",
        "quay.io/pypa/manylinux_2_28_x86_64",
    }
    assert lock.cells == ("vllm-cuda12.9-amd64-wheel_builder",)
    assert f"+ git {UCX}#v1.20.0 4b7a6ca8410f9cea0e15857233ecfeefdd863dde" in said.out
    assert "dockwright.lock written: " in said.err
    asked = len(there.asked)
    again = call("lock", *WORDS)
    assert (again.status, again.out) == (0, "")
    assert "dockwright.lock is up to date" in again.err
    # Only refs are asked for again: they may have moved.
    assert all(path.endswith("/info/refs?service=git-upload-pack") for path in there.asked[asked:])


def test_with_its_lock_a_build_is_planned_by_digests(call: Call, there: World) -> None:
    assert (
        call("render", *WORDS, "--locked")
        .refused()
        .startswith("error: --locked: there is no lock dockwright.lock")
    )
    assert call("lock", *WORDS).status == 0
    text = call("render", *WORDS, "--locked").out
    assert text.count("@sha256:") == 2
    digest = decode(Path("dockwright.lock").read_text()).images[1].platforms["linux/amd64"]
    assert f"FROM quay.io/pypa/manylinux_2_28_x86_64@{digest} AS toolchain" in text
    other = call("render", *WORDS, "--locked", "--nixl-ucx-ref", "v1.19.0")
    assert other.refused() == (
        "error: git v1.19.0 of https://github.com/openucx/ucx.git is not in the lock [locked]\n\n"
        "hint: run `dockwright lock` with the words of this build, and review what it adds\n"
    )
    assert there.asked


def test_a_moved_tag_shows_both_commits_and_update_takes_the_new(call: Call, there: World) -> None:
    assert call("lock", *WORDS).status == 0
    refs = there.refs["github.com/openucx/ucx.git"]
    old, new = refs["refs/tags/v1.20.0"], "a" * 40
    refs["refs/tags/v1.20.0"] = new
    assert call("lock", *WORDS).refused() == (
        f"error: {UCX}: the ref v1.20.0 moved: the lock says {old}, today it is {new}\n\n"
        "hint: ask its project why; to take the new one: `dockwright lock --update ucx`\n"
    )
    check = call("lock", *WORDS, "--update", "ucx", "--check")
    assert (check.status, check.out) == (1, f"~ git {UCX}#v1.20.0 {old} → {new}\n")
    said = call("lock", *WORDS, "--update", "ucx", "--json")
    assert json.loads(said.out)["changes"] == [
        {"kind": "git", "key": f"{UCX}#v1.20.0", "before": old, "after": new}
    ]
    assert new in call("plan", *WORDS, "--locked", "--json", "--engine", "buildah").out


def test_a_tag_that_is_not_what_the_catalog_says(call: Call, there: World) -> None:
    there.refs["github.com/openucx/ucx.git"]["refs/tags/v1.20.0"] = "a" * 40
    commit = "4b7a6ca8410f9cea0e15857233ecfeefdd863dde"
    text = call("lock", *WORDS).refused()
    assert f"moved: the catalog says {commit}, today it is {'a' * 40}" in text


def test_refs_that_do_not_exist_name_the_candidates(call: Call, there: World) -> None:
    there.refs["github.com/openucx/ucx.git"] |= {"refs/tags/v1.21.0": "b" * 40}
    there.refs["github.com/ai-dynamo/nixl.git"] |= {"refs/tags/0.10.1": "c" * 40}
    text = call("lock", *WORDS, "--nixl-ucx-ref", "1.21.0", "--nixl-ref", "v0.10.1").refused()
    assert f"{UCX} has no ref 1.21.0" in text
    assert "https://github.com/ai-dynamo/nixl.git has no ref v0.10.1" in text
    assert "instead of 1.21.0 there is v1.21.0" in text
    assert "instead of v0.10.1 there is 0.10.1" in text
    assert not Path("dockwright.lock").exists()


def test_an_unknown_name_to_update(call: Call, there: World) -> None:
    text = call("lock", *WORDS, "--update", "ucxx").refused()
    assert "error: --update: no input of this build is named 'ucxx'" in text
    assert "hint: did you mean 'ucx'?" in text
    assert not there.asked


def test_a_second_cell_is_added_and_the_first_stays(call: Call, there: World) -> None:
    assert call("lock", *WORDS).status == 0
    before = decode(Path("dockwright.lock").read_text())
    words = {"FRAMEWORK": "vllm", "DEVICE": "cuda", "TARGET": "base"}
    there.fill(plan_image(params(words), Arch.AMD64, pinning=Pinning.OPEN).inputs)
    said = call("lock", *WORDS[:2], "--target", "base", *WORDS[4:])
    assert said.status == 0, said.err
    after = decode(Path("dockwright.lock").read_text())
    assert [entry for entry in before.entries() if entry not in [*after.entries()]] == []
    assert after.cells == (
        "vllm-cuda12.9-amd64-base",
        "vllm-cuda12.9-amd64-wheel_builder",
    )
    assert there.asked


@pytest.fixture
def ready(there: World, engines: Fakes, monkeypatch: pytest.MonkeyPatch) -> World:
    """The server, and an engine that only pretends."""
    git = shutil.which("git", path="/usr/local/bin:/usr/bin:/bin")
    assert git
    (engines.folder / "git").symlink_to(git)
    monkeypatch.delenv("DOCKWRIGHT_PREFLIGHT")
    return there


def test_preflight_finds_everything(call: Call, ready: World) -> None:
    said = call("preflight", *WORDS, "--engine", "buildah", "--json")
    assert said.status == 0, said.err
    found = json.loads(said.out)
    assert found["ok"]
    kinds = {finding["kind"] for finding in found["findings"]}
    assert kinds == {"image", "git", "archive", "python", "disk", "memory"}
    assert ready.asked


def test_preflight_names_all_that_is_missing(call: Call, ready: World) -> None:
    ready.images["quay.io/pypa/manylinux_2_28_x86_64"].pop("latest")
    ready.images["quay.io/pypa/manylinux_2_28_x86_64"]["2026.01"] = b"{}"
    ready.refs["github.com/openucx/ucx.git"] = {"refs/tags/v1.20.0": "a" * 40}
    ready.files = {name: body for name, body in ready.files.items() if "etcd" not in name}
    ready.projects.pop("hatchling")
    ready.projects["meson"] = [
        {**row, "hashes": {"sha256": "0" * 64}} for row in ready.projects["meson"]
    ]
    ready.projects["ninja"] = [
        {**row, "filename": str(row["filename"]).replace("none-any", "none-win_amd64")}
        for row in ready.projects["ninja"]
    ]
    said = call("preflight", *WORDS, "--engine", "buildah")
    assert said.status == 1
    lines = said.err.splitlines()
    assert len([line for line in lines if line.startswith("✗")]) >= 5
    text = " ".join(said.err.split())
    for words in (
        "the registry has no such image",
        "hint: tags there: 2026.01",
        "does not give the commit 4b7a6ca8410f9cea0e15857233ecfeefdd863dde (v1.20.0)",
        "hatchling is not at",
        "has no file with a hash of the lock",
        "has no file for Python 3.12 on x86_64 with glibc 2.28 where:",
        "hint: there is ninja-",
    ):
        assert words in text, said.err


def test_a_server_that_is_not_there_is_named_once(
    call: Call, ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors = [mirror for mirror in ready.mirrors if "github.com" not in mirror]
    closed = "https://github.com/=http://127.0.0.1:9/"
    monkeypatch.setenv("DOCKWRIGHT_SOURCE_MIRROR", ",".join((*mirrors, closed)))
    said = call("preflight", *WORDS, "--engine", "buildah")
    assert said.status == 1
    assert "127.0.0.1:9 cannot be reached: " in said.err
    assert "Traceback" not in said.err


def test_a_build_that_cannot_end_well_does_not_start(call: Call, ready: World) -> None:
    ready.images.clear()
    said = call("build", *WORDS, "--engine", "buildah")
    text = said.refused(status=1)
    assert text.startswith("error: preflight: 2 things that the build needs are not there:")
    assert "or build without looking first: --no-preflight" in text


def test_the_table_of_inputs(call: Call, there: World) -> None:
    said = call("inputs", *WORDS)
    rows = [line.split() for line in said.out.splitlines()]
    assert ["git", "v1.20.0", "BSD-3-Clause"] in [row[:3] for row in rows]
    data = json.loads(call("inputs", *WORDS, "--json").out)
    by_kind = {row["kind"] for row in data["inputs"]}
    assert by_kind == {"image", "git", "archive", "python", "package"}
    assert all(row["origin"] for row in data["inputs"])
    assert not there.asked


def test_what_is_locked_by_hash_needs_no_resolver(there: World) -> None:
    values = params({"FRAMEWORK": "vllm", "DEVICE": "cuda", "TARGET": "wheel_builder"})
    inputs = plan_image(values, Arch.AMD64, pinning=Pinning.OPEN).inputs
    assert all(wanted.hashed for wanted in inputs if isinstance(wanted, PythonInput))
    assert not there.asked
