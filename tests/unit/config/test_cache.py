"""Where the compiler cache is, as the parameters say it."""

from __future__ import annotations

import pytest

from dockwright.config.cache import FOLDER, levels
from dockwright.model.cache import Backend, CacheSettings
from tests.builders import params

S3 = {"SCCACHE_BUCKET": "b42", "SCCACHE_REGION": "us-west-2"}


def found(**said: str) -> tuple[CacheSettings, ...]:
    return levels(params({"USE_SCCACHE": "true", **said}))


def test_off_unless_it_is_switched_on() -> None:
    assert levels(params()) == ()


def test_by_itself_it_is_on_the_disk_of_the_engine() -> None:
    assert found() == (CacheSettings(backend=Backend.DISK, directory=FOLDER),)


def test_levels_in_the_order_that_was_said() -> None:
    both = found(SCCACHE_BACKEND="disk,s3", **S3)
    assert [level.backend for level in both] == [Backend.DISK, Backend.S3]
    assert both[1].bucket == "b42"


@pytest.mark.parametrize(
    ("said", "prefix"),
    [
        ({}, "amd64/manylinux_2_28-gcc14"),
        ({"PLATFORM": "linux/arm64"}, "arm64/manylinux_2_28-gcc14"),
        ({"GCC_TOOLSET_VERSION": "13"}, "amd64/manylinux_2_28-gcc13"),
        (
            {"MANYLINUX_IMAGE": "own.example:5000/x/builder:3@sha256:" + "0" * 64},
            "amd64/builder-gcc14",
        ),
        ({"DEVICE": "cpu", "BASE_IMAGE": "bootstrap:debian/bookworm"}, "amd64/debian-bookworm"),
        ({"DEVICE": "cpu", "BASE_IMAGE": "oci:some/where"}, "amd64/ubuntu-noble"),
        ({"SCCACHE_S3_KEY_PREFIX": "mine/x"}, "mine/x"),
    ],
)
def test_the_prefix_is_of_the_architecture_and_the_toolchain(
    said: dict[str, str], prefix: str
) -> None:
    (s3,) = found(**{"DEVICE": "cuda", **said, **S3})
    assert s3.key_prefix == prefix


def test_every_server_has_the_prefix() -> None:
    servers = found(
        SCCACHE_BACKEND="redis,webdav,gha",
        SCCACHE_REDIS_ENDPOINT="redis://h",
        SCCACHE_WEBDAV_ENDPOINT="https://h/",
        SCCACHE_S3_KEY_PREFIX="mine",
    )
    assert [level.key_prefix for level in servers] == ["mine"] * 3
