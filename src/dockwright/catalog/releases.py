"""What upstream released: engines, NIXL and UCX by release, and the driver that each CUDA needs.

The data is a copy of the project's public release tables; `source` in the file says when.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One release and the versions inside its images; empty where upstream says nothing."""

    version: str
    kind: str
    date: str | None
    sglang: str
    trtllm: str
    vllm: str
    nixl: Mapping[str, str]
    ucx: str | None


class CudaDriver(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest driver that one release's image for one framework and CUDA version runs on."""

    dynamo: str
    framework: str
    cuda: str
    min_driver: str
    experimental: bool


class _File(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    releases: tuple[Release, ...]
    cuda_drivers: tuple[CudaDriver, ...]


@cache
def _file() -> _File:
    data = Path(__file__).with_name("releases.json").read_bytes()
    return msgspec.json.decode(data, type=_File)


def releases() -> tuple[Release, ...]:
    """All releases, newest first."""
    return _file().releases


def cuda_drivers() -> tuple[CudaDriver, ...]:
    """All rows of release × framework × CUDA × driver."""
    return _file().cuda_drivers
