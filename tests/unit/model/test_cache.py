"""What sccache says of itself, read from what sccache 0.16.0 printed here.

The files in data/ were recorded from it: three C files, one C++ and one Rust crate, a link, a
preprocessor call and a file with an error; `*-lost` go on after the server was killed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dockwright.model.cache import (
    Backend,
    CacheSettings,
    CacheStats,
    read_stats,
    variables,
)

DATA = Path(__file__).with_name("data")


def recorded(name: str) -> CacheStats:
    text = (DATA / f"sccache-0.16-{name}.json").read_text()
    return read_stats(text, component="ucx", step="build ucx")


def test_a_cold_cache() -> None:
    found = recorded("disk-cold")
    assert (found.component, found.step) == ("ucx", "build ucx")
    assert found.requests == 7  # the link is none
    assert (found.hits, found.misses, found.errors) == ({}, {"C/C++": 4, "Rust": 1}, {})
    assert found.not_cacheable == {"-E": 1}
    assert (found.found, found.compiled, found.failed, found.rate) == (0, 5, 0, 0.0)
    assert found.seconds_saved == 0.0
    assert found.seconds_compiling > 0
    assert found.backend == "disk"
    assert found.cache_size


def test_a_warm_cache_has_nothing_to_go_by_for_the_time_that_it_saved() -> None:
    found = recorded("disk-warm")
    assert (found.hits, found.misses) == ({"C/C++": 4, "Rust": 1}, {})
    assert (found.rate, found.seconds_saved) == (1.0, None)


def test_several_levels() -> None:
    assert (recorded("levels").backend, recorded("levels").errors) == ("disk, redis", {})
    # S3 was killed after the first of three files; sccache's own total says nothing of it.
    lost = recorded("levels-lost")
    assert (lost.backend, lost.errors) == ("disk, s3", {"write": 2})
    assert (lost.found, lost.compiled) == (1, 3)


def test_a_server_that_was_lost_is_an_error_and_a_miss() -> None:
    found = recorded("redis-lost")
    assert found.backend == "redis"
    assert found.cache_size is None
    assert sum(found.errors.values()) > 0
    assert found.compiled == 6


def changed(**numbers: Any) -> CacheStats:
    said = json.loads((DATA / "sccache-0.16-disk-cold.json").read_text())
    said["stats"] |= numbers
    return read_stats(json.dumps(said), component="deepep", step="build")


def test_one_nvcc_call_counts_once() -> None:
    """As sccache counts it: the call, and its cudafe++, cicc and ptxas, each a row of its own."""
    phases = {"CUDA": 4, "CUDA (Device code)": 4, "PTX": 8, "CUBIN": 8}
    found = changed(cache_hits={"counts": phases}, cache_misses={"counts": {"CUDA": 1, "PTX": 2}})
    assert found.hits == phases
    assert (found.found, found.compiled, found.rate) == (4, 1, 0.8)


def test_saved_time_is_at_the_pace_of_the_misses() -> None:
    found = changed(
        cache_hits={"counts": {"C/C++": 9}},
        compilations=3,
        compiler_write_duration={"secs": 6, "nanos": 0},
        cache_read_hit_duration={"secs": 0, "nanos": 500_000_000},
    )
    assert (found.seconds_compiling, found.seconds_saved) == (6.0, 17.5)


def test_what_else_was_not_cached() -> None:
    found = changed(non_cacheable_compilations=2, requests_unsupported_compiler=3)
    assert found.not_cacheable == {
        "-E": 1,
        "the compiler's output": 2,
        "unsupported compiler": 3,
    }


@pytest.mark.parametrize("text", ["", "{}", "sccache: error", '{"stats": {"compile_requests": 1}}'])
def test_what_is_no_statistics(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_stats(text, component="ucx", step="build")


def test_a_row_is_json_and_back() -> None:
    found = recorded("disk-cold")
    assert msgspec.json.decode(msgspec.json.encode([found]), type=list[CacheStats]) == [found]


def test_the_variables_of_a_level() -> None:
    amazon = CacheSettings(backend=Backend.S3, bucket="b", region="us-west-2", key_prefix="amd64")
    assert amazon.url == "https://s3.us-west-2.amazonaws.com"
    assert amazon.variables() == {
        "SCCACHE_BUCKET": "b",
        "SCCACHE_REGION": "us-west-2",
        "SCCACHE_S3_USE_SSL": "true",
        "SCCACHE_S3_KEY_PREFIX": "amd64",
    }
    own = CacheSettings(backend=Backend.S3, bucket="b", endpoint="h:9000", use_ssl=False)
    assert own.variables() == {
        "SCCACHE_BUCKET": "b",
        "SCCACHE_ENDPOINT": "http://h:9000",
        "SCCACHE_S3_USE_SSL": "false",
    }
    disk = CacheSettings(backend=Backend.DISK, directory="/cache")
    redis = CacheSettings(backend=Backend.REDIS, endpoint="redis://h", database=2)
    assert variables((disk, redis)) == {
        "SCCACHE_DIR": "/cache",
        "SCCACHE_REDIS_ENDPOINT": "redis://h",
        "SCCACHE_REDIS_DB": "2",
        "SCCACHE_MULTILEVEL_CHAIN": "disk,redis",
        "SCCACHE_DIRECT": "false",
    }
    assert "SCCACHE_MULTILEVEL_CHAIN" not in variables((disk,))
