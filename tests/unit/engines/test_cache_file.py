"""What steps that compile are told of the compiler cache: a file that a real shell reads here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dockwright.engines.cache_file import CacheOrder, cache_file, probe
from dockwright.model.cache import Backend, CacheSettings

DISK = CacheSettings(backend=Backend.DISK, directory="/cache")
S3 = CacheSettings(
    backend=Backend.S3, bucket="b42", region="eu-west-1", key_prefix="amd64/debian-bookworm"
)
REDIS = CacheSettings(backend=Backend.REDIS, endpoint="redis://cache.example:7000", key_prefix="p")
WEBDAV = CacheSettings(backend=Backend.WEBDAV, endpoint="https://cache.example/a", key_prefix="p")
GHA = CacheSettings(backend=Backend.GHA, key_prefix="p")
WORDS = ("cache_backend", "cache_required", "cache_probe", "cache_scheduler")


def read(order: CacheOrder) -> tuple[dict[str, str], dict[str, str]]:
    """What bash has after it read the file: its words, and what `cache_settings` exports."""
    empty = "".join(f"{name}=''\n" for name in WORDS)
    show = "".join(f'printf "%s=%s\\0" {name} "${name}"\n' for name in WORDS)
    done = subprocess.run(
        ["bash", "-euc", f"{empty}{cache_file(order)}{show}cache_settings; env -0"],
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    found = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    words = {name: found.pop(name) for name in WORDS if name in found}
    ours = ("SCCACHE_", "AWS_", "ACTIONS_")
    return (
        {name: text for name, text in words.items() if text},
        {name: text for name, text in found.items() if name.startswith(ours)},
    )


@pytest.mark.parametrize(
    ("level", "probed", "exported"),
    [
        (DISK, "", {"SCCACHE_DIR": "/cache"}),
        (
            S3,
            "s3.eu-west-1.amazonaws.com/443",
            {
                "SCCACHE_BUCKET": "b42",
                "SCCACHE_REGION": "eu-west-1",
                "SCCACHE_S3_USE_SSL": "true",
                "SCCACHE_S3_KEY_PREFIX": "amd64/debian-bookworm",
            },
        ),
        (
            REDIS,
            "cache.example/7000",
            {
                "SCCACHE_REDIS_ENDPOINT": "redis://cache.example:7000",
                "SCCACHE_REDIS_KEY_PREFIX": "p",
            },
        ),
        (
            WEBDAV,
            "cache.example/443",
            {
                "SCCACHE_WEBDAV_ENDPOINT": "https://cache.example/a",
                "SCCACHE_WEBDAV_KEY_PREFIX": "p",
            },
        ),
        (GHA, "", {"SCCACHE_GHA_ENABLED": "true", "SCCACHE_GHA_VERSION": "p"}),
    ],
    ids=lambda value: value.backend if isinstance(value, CacheSettings) else None,
)
def test_a_backend(level: CacheSettings, probed: str, exported: dict[str, str]) -> None:
    words, settings = read(CacheOrder(levels=(level,)))
    assert words == {"cache_backend": level.backend} | ({"cache_probe": probed} if probed else {})
    assert settings == exported


def test_everything_that_can_be_said() -> None:
    words, settings = read(
        CacheOrder(
            levels=(DISK, REDIS),
            required=True,
            size="20G",
            scheduler="http://scheduler:10600",
            names={"SCCACHE_REDIS_USERNAME": "ci"},
        )
    )
    assert words == {
        "cache_backend": "disk,redis",
        "cache_required": "true",
        "cache_probe": "cache.example/7000",
        "cache_scheduler": "http://scheduler:10600",
    }
    assert settings["SCCACHE_MULTILEVEL_CHAIN"] == "disk,redis"
    assert settings["SCCACHE_CACHE_SIZE"] == "20G"
    assert settings["SCCACHE_REDIS_USERNAME"] == "ci"
    assert settings["SCCACHE_DIR"] == "/cache"


def test_levels_keep_their_order() -> None:
    words, settings = read(CacheOrder(levels=(REDIS, S3, DISK)))
    assert words["cache_backend"] == settings["SCCACHE_MULTILEVEL_CHAIN"] == "redis,s3,disk"
    assert words["cache_probe"] == "cache.example/7000"


@pytest.mark.parametrize(
    "text",
    ["a b", "$(touch broken)", "'; touch broken; '", '"', "a\nb", "`touch broken`", "~", "é"],
)
def test_nothing_that_a_person_says_is_run(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    level = CacheSettings(
        backend=Backend.S3, bucket="b", region="r", endpoint="h:9", key_prefix=text
    )
    words, settings = read(CacheOrder(levels=(level,), scheduler=text))
    assert settings["SCCACHE_S3_KEY_PREFIX"] == words["cache_scheduler"] == text
    assert not list(tmp_path.iterdir())


def test_behind_a_proxy_nobody_looks_at_the_server() -> None:
    words, _ = read(CacheOrder(levels=(S3,), direct=False))
    assert words == {"cache_backend": "s3"}


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("https://h", "h/443"),
        ("http://h", "h/80"),
        ("http://h:9000/path", "h/9000"),
        ("h:9000", "h/9000"),
        ("http://[::1]:9000", "::1/9000"),
    ],
)
def test_where_a_server_is_looked_at(endpoint: str, said: str) -> None:
    assert probe([CacheSettings(backend=Backend.S3, endpoint=endpoint)]) == said


def test_a_server_without_a_port_is_not_looked_at() -> None:
    level = CacheSettings(backend=Backend.REDIS, endpoint="unix:///run/redis.sock")
    assert probe([level]) == ""
