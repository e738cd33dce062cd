"""Where TensorRT-LLM's wheel comes from: the table of intentions, and which wheel of a folder."""

from __future__ import annotations

import pytest

from dockwright.catalog.parameters import parameters
from dockwright.config.argv import from_argv
from dockwright.config.resolve import resolve
from dockwright.config.trtllm import (
    Intention,
    Source,
    check_commit_file,
    decide,
    is_version,
    pick_wheel,
)
from dockwright.errors import Problem, UserError

GIT = "--tensorrtllm-git-url https://git.example/x.git"
DIRECTORY = "--tensorrtllm-pip-wheel-dir /wheels"
WHEEL = "--tensorrtllm-pip-wheel tensorrt-llm==1.2.0"
INDEX = "--tensorrtllm-index-url https://index.example/simple"
COMMIT = "--tensorrtllm-commit 1.2.0"


def asked(*words: str) -> Source | Problem:
    line = " ".join(("--framework trtllm", *words))
    said, rest = from_argv(line.split(), parameters())
    assert not rest
    return decide(resolve(said, check=False))


def chosen(*words: str) -> Source:
    decision = asked(*words)
    assert isinstance(decision, Source)
    return decision


def refusal(*words: str) -> str:
    decision = asked(*words)
    assert isinstance(decision, Problem)
    return decision.what


def test_the_default_comes_out_of_the_release_image() -> None:
    source = chosen()
    assert source.image == "nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc1"
    assert (source.intention, source.commit) == (Intention.DOWNLOAD, "v1.3.0rc1")
    assert source.report() == (
        "download: true",
        "install: false",
        "build: false",
        (
            "because nothing else was asked for (default); index wheels of this version do not "
            "match the PyTorch image"
        ),
        "wheel: tensorrt-llm==1.3.0rc1",
        "image: nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc1",
        "commit: v1.3.0rc1",
    )


def test_a_wheel_is_taken_from_the_default_index_or_the_given_one() -> None:
    source = chosen(WHEEL)
    file = "tensorrt_llm-1.2.0-cp312-cp312-linux_x86_64.whl"
    assert source.index == "https://pypi.nvidia.com/"
    assert source.wheel_url == f"https://pypi.nvidia.com/tensorrt-llm/{file}"
    own = chosen(WHEEL, INDEX, "--platform linux/arm64")
    name = file.replace("x86_64", "aarch64")
    assert own.wheel_url == f"https://index.example/simple/tensorrt-llm/{name}"


def test_a_persons_index_is_honoured_for_a_version_that_does_not_fit_the_abi() -> None:
    source = chosen("--tensorrtllm-pip-wheel tensorrt-llm==1.3.0rc1", INDEX)
    assert (source.image, source.index) == ("", "https://index.example/simple")


@pytest.mark.parametrize("wheel", ["1.2.0", "v1.2.0", "tensorrt_llm==1.2.0"])
def test_spellings_of_a_wheel(wheel: str) -> None:
    assert chosen(f"--tensorrtllm-pip-wheel {wheel}").commit == "v1.2.0"


def test_a_requirement_without_a_version_needs_a_commit_and_the_resolver() -> None:
    assert refusal("--tensorrtllm-pip-wheel tensorrt-llm>=1").startswith(
        "TENSORRTLLM_PIP_WHEEL 'tensorrt-llm>=1' (--tensorrtllm-pip-wheel) says no version"
    )
    source = chosen("--tensorrtllm-pip-wheel tensorrt-llm>=1", "--tensorrtllm-commit abc")
    assert (source.wheel_url, source.commit) == ("", "abc")


def test_install_and_build() -> None:
    source = chosen(DIRECTORY, COMMIT)
    assert (source.intention, source.directory, source.commit) == (
        Intention.INSTALL,
        "/wheels",
        "v1.2.0",
    )
    assert source.has_context
    built = chosen(GIT, "--tensorrtllm-commit main")
    assert (built.intention, built.commit) == (Intention.BUILD, "main")
    assert built.directory == "/tmp/trtllm_wheel/"
    for order in ((GIT, DIRECTORY, COMMIT), (COMMIT, DIRECTORY, GIT)):
        assert chosen(*order).directory == "/wheels"
        assert chosen(*order).intention is Intention.BUILD


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((GIT,), "building from source needs TRTLLM_COMMIT: the commit is missing"),
        ((DIRECTORY,), "installing from a directory needs TRTLLM_COMMIT: the commit is missing"),
        (
            (INDEX,),
            (
                "unclear intention: TENSORRTLLM_INDEX_URL (--tensorrtllm-index-url) without "
                "TENSORRTLLM_PIP_WHEEL"
            ),
        ),
        ((WHEEL, INDEX, DIRECTORY, GIT), "unclear intention: conflicting sources"),
        ((WHEEL, DIRECTORY, COMMIT), "unclear intention: conflicting sources"),
        ((WHEEL, GIT, COMMIT), "unclear intention: conflicting sources"),
        ((INDEX, DIRECTORY, COMMIT), "unclear intention: conflicting sources"),
    ],
)
def test_refusals(words: tuple[str, ...], text: str) -> None:
    assert refusal(*words).startswith(text)


@pytest.mark.parametrize("text", ["1.2.3", "v1.2.3", "1.3.0rc6.post2", "1.2.3+local", "1.2.3-x"])
def test_versions(text: str) -> None:
    assert is_version(text)


@pytest.mark.parametrize("text", ["1.2", "01.2.3", "main", "", "1.2.3.4", "abc1.2.3"])
def test_other_words(text: str) -> None:
    assert not is_version(text)


def pick(*files: str, commit: str = "") -> str:
    return pick_wheel(files, directory="/wheels", python="3.12", machine="x86_64", commit=commit)


BUILT = "tensorrt_llm-1.2.0+dev45d7022c-cp312-cp312-linux_x86_64.whl"
RIGHT = "tensorrt_llm-1.2.0-cp312-cp312-linux_x86_64.whl"


def test_one_fitting_wheel_is_picked() -> None:
    other = (
        "tensorrt_llm-1.2.0-cp312-cp312-linux_aarch64.whl",
        "commit.txt",
        "torch-1-py3-none-any.whl",
    )
    assert pick(*other, RIGHT) == RIGHT
    for name in (
        "tensorrt_llm-1.2.0-py3-none-any.whl",
        "tensorrt_llm-1.2.0-cp312-cp312-manylinux_2_35_x86_64.whl",
        "TensorRT_LLM-1.2.0-1-cp312-cp312-linux_x86_64.whl",
    ):
        assert pick(name) == name


@pytest.mark.parametrize(
    ("files", "commit", "reason"),
    [
        ((), "", "no wheel at all"),
        (("commit.txt",), "", "no wheel at all"),
        (
            ("tensorrt_llm-1.2.0-cp312-cp312-linux_aarch64.whl",),
            "",
            "tensorrt_llm-1.2.0-cp312-cp312-linux_aarch64.whl (for linux_aarch64)",
        ),
        (
            ("tensorrt_llm-1.2.0-cp310-cp310-linux_x86_64.whl",),
            "",
            "tensorrt_llm-1.2.0-cp310-cp310-linux_x86_64.whl (for Python cp310)",
        ),
        (
            ("tensorrt-1-py3-none-any.whl", "x.whl"),
            "",
            "tensorrt-1-py3-none-any.whl (another package), x.whl (not the name of a wheel)",
        ),
        ((RIGHT,), "v1.3.0", f"{RIGHT} (version 1.2.0)"),
        (
            (BUILT,),
            "0" * 40,
            f"{BUILT} (built from commit 45d7022c)",
        ),
    ],
)
def test_no_wheel_fits(files: tuple[str, ...], commit: str, reason: str) -> None:
    with pytest.raises(UserError) as caught:
        pick(*files, commit=commit)
    assert caught.value.message == (
        f"no wheel fits tensorrt_llm for Python 3.12 on x86_64 in /wheels: {reason}"
    )
    assert caught.value.hint == (
        "put the fitting wheel there, or build it: `dockwright wheel trtllm "
        f"--commit {commit or 'REF'} --output /wheels`"
    )


def test_the_commit_is_compared_as_far_as_the_version_tells_it() -> None:
    for commit in ("45d7022c" + "3" * 32, "v1.2.0", "1.2.0", "main", "45d7022c"):
        assert pick(BUILT, commit=commit) == BUILT
    assert pick(RIGHT, commit="0" * 40) == RIGHT


def test_two_wheels_that_fit() -> None:
    other = "tensorrt_llm-1-py3-none-any.whl"
    with pytest.raises(UserError) as caught:
        pick(RIGHT, other)
    assert caught.value.message == (
        f"several wheels fit tensorrt_llm for Python 3.12 on x86_64 in /wheels: {other}, {RIGHT}"
    )
    assert caught.value.hint == "leave exactly one fitting wheel in the directory"


def test_the_commit_file_must_agree() -> None:
    for text in ("amd64_v1.2.0\n", "amd64_1.2.0"):
        for commit in ("v1.2.0", "1.2.0"):
            check_commit_file(text, arch="amd64", commit=commit, where="commit.txt")
    with pytest.raises(UserError) as caught:
        check_commit_file("arm64_x", arch="amd64", commit="x", where="/wheels/commit.txt")
    assert caught.value.message == (
        "/wheels/commit.txt says 'arm64_x', but the wheel should be 'amd64_x'"
    )
    assert caught.value.hint == (
        "use the directory of that commit, or the commit of that directory"
    )


def test_a_build_from_source_is_for_one_machine_and_hides_no_password() -> None:
    both = "--platform linux/amd64,linux/arm64"
    assert refusal(GIT, COMMIT, both) == (
        "the wheel is built on the machine that it is for, and there are 2 platforms"
    )
    secret = "--tensorrtllm-git-url https://me:s3cret@git.example/x.git"
    assert refusal(secret, COMMIT) == (
        "the git URL holds a password, which every user of the machine could read"
    )
    assert chosen("--tensorrtllm-git-url ssh://git@git.example/x.git", COMMIT).git_url
