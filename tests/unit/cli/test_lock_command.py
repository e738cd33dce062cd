"""`dockwright lock` and `inputs` as people call them, against one loopback server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dockwright.cli.every import subjects_of_all
from dockwright.config.lock_file import decode, encode
from dockwright.config.matrix import cells
from dockwright.engines.network import Mirror, Policy
from dockwright.errors import UserError
from dockwright.model.inputs import (
    ArchiveInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)
from dockwright.model.lock import Entry, Lock, LockedPackages, LockedPython, lock_of
from dockwright.model.values import Arch
from dockwright.planning.build import plan_image
from dockwright.planning.external import merged
from dockwright.planning.pin import Pinning
from dockwright.resolving.resolve import resolve
from dockwright.resolving.tools import tools
from tests.builders import params
from tests.unit.cli.conftest import WORDS, Call
from tests.world import World

UCX = "https://github.com/openucx/ucx.git"


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


# All cells


def everything() -> tuple[Input, ...]:
    """The inputs of every cell of the matrix, as nobody's words change them."""
    arguments = {"config_files": (), "profile": "", "said": []}
    found = subjects_of_all(arguments, {}, lock=Lock(), pinning=Pinning.OPEN)
    return merged(subject.planned.inputs for subject in found)


def test_one_lock_holds_the_inputs_of_every_cell(
    call: Call, there: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = everything()
    there.fill(inputs)
    monkeypatch.setenv("DOCKWRIGHT_SOURCE_MIRROR", ",".join(there.mirrors))
    # What uv and apt would have to say is there already: this index has no metadata.
    packages = (f"anything==1.0 --hash=sha256:{'0' * 64}",)
    sets: list[Entry] = [
        LockedPython(
            wants=wanted.asked,
            python=wanted.python,
            platform=wanted.platform,
            sha256=wanted.digest,
            packages=packages,
        )
        for wanted in inputs
        if isinstance(wanted, PythonInput) and not wanted.hashed
    ]
    sets += [
        LockedPackages(
            system=wanted.system,
            platform=wanted.platform,
            versions=dict.fromkeys(wanted.names, "1.0"),
        )
        for wanted in inputs
        if isinstance(wanted, PackagesInput) and wanted.bootstrapped
    ]
    place = Path("dockwright.lock")
    place.write_text(encode(lock_of(sets)))
    said = call("lock", "--all")
    assert said.status == 0, said.err
    lock = decode(place.read_text())
    assert lock.cells == tuple(sorted(map(str, cells())))
    assert [wanted.title for wanted in inputs if not lock.holds(wanted)] == []
    # A cell of it is planned by the same file.
    assert call("render", *WORDS, "--locked").out.count("@sha256:") == 2


def test_words_that_name_a_cell_do_not_go_with_all(call: Call, there: World) -> None:
    for command in ("lock", "inputs"):
        text = call(command, "--all", "--framework", "vllm").refused()
        assert "--framework: --all goes through every value of it" in text
    assert not there.asked


def test_a_lock_without_a_folder_is_refused_before_any_work(call: Call, there: World) -> None:
    text = call("lock", *WORDS, "--lock-file", "nowhere/x.lock").refused()
    assert text.startswith("error: --lock-file: there is no directory nowhere")
    assert not there.asked


def test_the_table_of_all_inputs(call: Call, there: World) -> None:
    rows = json.loads(call("inputs", "--all", "--json").out)["inputs"]
    names = {row["name"] for row in rows if row["kind"] == "image"}
    assert {name.rpartition(" ")[2] for name in names} == {"linux/amd64", "linux/arm64"}
    assert not there.asked


def test_hosts_that_cannot_be_reached_are_told_once_and_all_at_once(there: World) -> None:
    inputs = everything()
    there.fill(inputs)
    mirrors = [Mirror.parse(mirror) for mirror in there.mirrors if "nvcr.io" not in mirror]
    mirrors.append(Mirror(old="https://nvcr.io/", new="http://127.0.0.1:9/"))
    policy = Policy(mirrors=tuple(mirrors), tries=1)
    there.images["quay.io/pypa/manylinux_2_28_x86_64"].clear()
    wanted = tuple(found for found in inputs if isinstance(found, ImageInput | ArchiveInput))
    with (
        tools(policy, {}, index="", log=print) as made,
        pytest.raises(UserError) as caught,
    ):
        resolve(wanted, made, Lock(), frozenset())
    whats = [problem.what for problem in caught.value.problems]
    assert len([what for what in whats if "127.0.0.1:9 cannot be reached: " in what]) == 1
    assert len([what for what in whats if "manylinux_2_28_x86_64 (at" in what]) == 1
    assert len(whats) == 2
