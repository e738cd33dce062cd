"""Names of images: the original's for default cells, and never one name for two variants."""

from __future__ import annotations

import pytest

from dockwright.catalog.parameters import parameters
from dockwright.config.argv import from_argv
from dockwright.config.matrix import cells
from dockwright.config.resolve import resolve
from dockwright.config.setting import Setting
from dockwright.config.tags import GitFacts, image_version, python_version, release_base, tags
from dockwright.errors import UserError
from dockwright.model.param import Origin, Params, Source
from dockwright.model.values import TAG

GIT = GitFacts(branches=("origin/release/0.9.0",), short_commit="abc1234")


def params(line: str = "") -> Params:
    said, rest = from_argv(line.split(), parameters())
    assert not rest
    return resolve(said)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", ("v0.9.0.dev.abc1234-vllm-dev", "latest-vllm")),
        ("--target local-dev", ("v0.9.0.dev.abc1234-vllm-local-dev", "latest-vllm-local-dev")),
        (
            "--framework standard --target runtime",
            ("v0.9.0.dev.abc1234-none-runtime", "latest-none-runtime"),
        ),
        ("--no-tag-latest --target runtime", ("v0.9.0.dev.abc1234-vllm-runtime",)),
        (
            "--cuda-version 13.0 --platform linux/arm64 --target runtime",
            (
                "v0.9.0.dev.abc1234-vllm-runtime-cuda13.0-arm64",
                "latest-vllm-runtime-cuda13.0-arm64",
            ),
        ),
        (
            "--framework none --device cpu --platform linux/arm64,linux/amd64",
            ("v0.9.0.dev.abc1234-none-runtime-cpu-multiarch", "latest-none-runtime-cpu-multiarch"),
        ),
        ("--make-efa", ("v0.9.0.dev.abc1234-vllm-dev-aws", "latest-vllm-aws")),
        (
            "--make-efa --efa-version 1.46.0",
            ("v0.9.0.dev.abc1234-vllm-dev-aws1.46.0", "latest-vllm-aws1.46.0"),
        ),
        ("--enable-kvbm", ("v0.9.0.dev.abc1234-vllm-dev", "latest-vllm")),
        ("--no-enable-kvbm", ("v0.9.0.dev.abc1234-vllm-dev-nokvbm", "latest-vllm-nokvbm")),
    ],
)
def test_default_names(line: str, names: tuple[str, ...]) -> None:
    assert tags(params(line), GIT) == tuple(f"dynamo:{name}" for name in names)


def test_a_persons_names_are_used_as_written() -> None:
    found = tags(params("--target local-dev --tag me/x:1-runtime --tag y --no-tag-latest"), GIT)
    assert found == ("me/x:1-runtime", "y")


def test_tags_are_an_injective_function_of_the_variant() -> None:
    seen: dict[str, str] = {}
    for variant in cells():
        said = [
            Setting(name=name, text=text, origin=Origin(source=Source.FLAG, where=""))
            for name, text in variant.settings().items()
        ]
        for name in tags(resolve(said), GIT):
            assert seen.setdefault(name, str(variant)) == str(variant)
            assert TAG.fullmatch(name.partition(":")[2])


@pytest.mark.parametrize(
    ("git", "version", "python"),
    [
        (GitFacts(), "v0.0.1.dev.unknown", "0.0.1.dev+unknown"),
        (GitFacts(tags=("v1.0.0", "v1.10.0", "v1.9.0", "v2.0.0-test-rc1", "x"), short_commit="c"),
         "v1.10.0.dev.c", "1.10.0.dev+c"),
        (GitFacts(branches=("origin/release/1.2.3", "origin/release/1.10.0",
                            "origin/release/2.0.0-x", "origin/main"), tags=("v9.0.0",)),
         "v1.10.0.dev.unknown", "1.10.0.dev+unknown"),
        (GitFacts(tags_at_head=("v1.2.3",)), "v1.2.3", "1.2.3"),
    ],
)  # fmt: skip
def test_versions_from_git(git: GitFacts, version: str, python: str) -> None:
    assert image_version(params(), git) == version
    assert python_version(params(), git) == python


def test_words_of_the_person_replace_what_git_says() -> None:
    given = params("--latest-tag base --commit-id mine")
    assert image_version(given, GIT) == "vbase.dev.mine"
    assert image_version(params("--current-tag v3"), GIT) == "v3"
    assert release_base(GIT) == "0.9.0"


def test_a_version_that_cannot_be_a_tag_is_refused() -> None:
    with pytest.raises(UserError, match="is not an image tag"):
        tags(params("--current-tag 1.0+local"), GIT)
