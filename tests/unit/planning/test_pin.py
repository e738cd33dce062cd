"""Plans and locks: what a lock holds enters the plan, what it lacks is named."""

from __future__ import annotations

import pytest

from dockwright.catalog.parameters.axes import ARCH
from dockwright.errors import UserError
from dockwright.model.inputs import (
    ArchiveInput,
    GitInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)
from dockwright.model.lock import (
    Entry,
    Lock,
    LockedArchive,
    LockedGit,
    LockedImage,
    LockedPackages,
    LockedPython,
    lock_of,
)
from dockwright.model.plan import Plan, Run
from dockwright.model.source import Git
from dockwright.planning.build import Planned, plan_image
from dockwright.planning.pin import Pinning
from dockwright.rendering.dialect import BUILDKIT
from dockwright.rendering.dockerfile import render
from tests.builders import params

VLLM = {"FRAMEWORK": "vllm", "DEVICE": "cuda"}
DIGEST = f"sha256:{'e' * 64}"


def planned(
    words: dict[str, str], lock: Lock | None = None, pinning: Pinning = Pinning.STRICT
) -> Planned:
    values = params(words)
    return plan_image(values, values[ARCH], lock=lock, pinning=pinning)


def full(inputs: tuple[Input, ...]) -> Lock:
    """A lock that holds everything, with made-up contents where nothing is known."""
    return lock_of(entry(wanted) for wanted in inputs)


def entry(wanted: Input) -> Entry:
    match wanted:
        case ImageInput(ref=ref, platform=platform):
            return LockedImage(ref=ref, platforms={platform: DIGEST})
        case GitInput(url=url, ref=ref, commit=commit):
            return LockedGit(url=url, ref=ref or commit, commit=commit or "f" * 40)
        case ArchiveInput(url=url, sha256=sha256):
            return LockedArchive(url=url, sha256=sha256 or "f" * 64, size=1)
        case PythonInput():
            return LockedPython(
                wants=wanted.asked,
                python=wanted.python,
                platform=wanted.platform,
                sha256=wanted.digest,
                packages=() if wanted.hashed else (f"exact==1 --hash={DIGEST}",),
            )
        case PackagesInput(system=system, platform=platform, names=names):
            return LockedPackages(
                system=system, platform=platform, versions=dict.fromkeys(names, "1:2-3")
            )


def runs(plan: Plan) -> list[Run]:
    return [step for stage in plan.stages for step in stage.steps if isinstance(step, Run)]


def test_every_kind_of_input_of_the_vllm_image_is_seen() -> None:
    inputs = planned(VLLM).inputs
    kinds = {type(wanted) for wanted in inputs}
    assert kinds == {ImageInput, GitInput, ArchiveInput, PythonInput, PackagesInput}
    assert len(inputs) == len(set(inputs))
    asked = {word for wanted in inputs if isinstance(wanted, PythonInput) for word in wanted.asked}
    assert {"vllm[flashinfer,runai]==0.14.1", "uv==0.9.28"} <= asked


def test_a_plan_with_its_lock_names_digests_commits_versions() -> None:
    lock = full(planned(VLLM).inputs)
    plan = planned(VLLM, lock, Pinning.LOCKED).plan
    assert all(image.ref.endswith(f"@{DIGEST}") for image in plan.images.values())  # type: ignore[union-attr]
    text = render(plan, BUILDKIT).text
    assert f"FROM nvcr.io/nvidia/cuda:12.9.1-runtime-ubuntu24.04@{DIGEST} AS runtime" in text
    assert all(s.commit for s in plan.sources.values() if isinstance(s, Git))
    assert f"exact==1 --hash={DIGEST}" in {step.env.get("REQUIREMENTS") for step in runs(plan)}


def test_the_distributions_packages_get_their_versions() -> None:
    words = {"BASE_IMAGE": "bootstrap:debian/bookworm"}
    lock = full(planned(words).inputs)
    installed = [
        word
        for step in runs(planned(words, lock).plan)
        if step.title.startswith("install")
        for word in step.env["PACKAGES"].split()
    ]
    assert installed
    assert all(word.endswith("=1:2-3") for word in installed)


def test_without_a_lock_the_plan_is_what_it_was() -> None:
    assert planned(VLLM, Lock()).plan == planned(VLLM).plan


def test_locked_refuses_all_that_is_missing_at_once() -> None:
    inputs = planned(VLLM).inputs
    with pytest.raises(UserError) as raised:
        planned(VLLM, Lock(), Pinning.LOCKED)
    # Packages of an image that brings its own system: no source can tell their versions.
    tellable = [wanted for wanted in inputs if not isinstance(wanted, PackagesInput)]
    assert len(raised.value.problems) == len(tellable)
    first = raised.value.problems[0]
    assert str(first) == (
        "image nvcr.io/nvidia/cuda-dl-base:25.06-cuda12.9-devel-ubuntu24.04 for linux/amd64 "
        "is not in the lock [locked]"
    )
    assert first.hint == (
        "run `dockwright lock` with the words of this build, and review what it adds"
    )


def test_locked_refuses_one_that_is_missing() -> None:
    inputs = planned(VLLM).inputs
    for gone in inputs:
        if isinstance(gone, PackagesInput):
            continue
        lock = full(tuple(wanted for wanted in inputs if wanted != gone))
        with pytest.raises(UserError) as raised:
            planned(VLLM, lock, Pinning.LOCKED)
        assert [problem.what for problem in raised.value.problems] == [
            f"{gone.title} is not in the lock"
        ]


def test_a_ref_without_a_pin_is_allowed_when_the_lock_holds_it() -> None:
    words = {**VLLM, "NIXL_REF": "0.10.1"}
    with pytest.raises(UserError, match=r"0\.10\.1") as raised:
        planned(words)
    assert raised.value.hint.endswith("or let `dockwright lock` find out what it stands for")
    found = planned(words, pinning=Pinning.OPEN).inputs
    open_ref = next(w for w in found if isinstance(w, GitInput) and w.ref == "0.10.1")
    lock = lock_of((LockedGit(url=open_ref.url, ref="0.10.1", commit="f" * 40),))
    sources = planned(words, lock).plan.sources.values()
    assert "f" * 40 in {source.commit for source in sources if isinstance(source, Git)}


def test_an_archive_without_a_pin_is_allowed_when_the_lock_holds_it() -> None:
    words = {**VLLM, "ETCD_VERSION": "v3.6.1", "ETCD_PROVIDER": "release"}
    with pytest.raises(UserError, match=r"3\.6\.1"):
        planned(words)
    found = planned(words, pinning=Pinning.OPEN).inputs
    url = next(w.url for w in found if isinstance(w, ArchiveInput) and "etcd" in w.url)
    assert "/v3.6.1/etcd-v3.6.1-linux-amd64" in url
    lock = lock_of((LockedArchive(url=url, sha256="f" * 64, size=3),))
    wanted = planned(words, lock).inputs
    assert ArchiveInput(url=url, sha256="f" * 64, by=("etcd",)) in wanted


def test_a_lock_that_says_otherwise_than_its_catalog_wins_and_holds() -> None:
    lock = full(planned(VLLM).inputs)
    other = lock_of(
        [
            *lock.entries(),
            LockedGit(url="https://github.com/openucx/ucx.git", ref="v1.20.0", commit="0" * 40),
        ]
    )
    sources = planned(VLLM, other, Pinning.LOCKED).plan.sources.values()
    assert "0" * 40 in {source.commit for source in sources if isinstance(source, Git)}
