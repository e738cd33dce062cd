from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dockwright.engines.neighbours import at_work


@contextmanager
def running(program: Path) -> Iterator[None]:
    with subprocess.Popen([program, "60"]) as process:
        try:
            # Between fork and exec it is still a copy of this process, under this one's name.
            name = Path(f"/proc/{process.pid}/comm")
            for _ in range(500):
                if program.name.startswith(name.read_text().strip()):
                    break
                time.sleep(0.01)
            yield
        finally:
            process.kill()


def test_only_who_uses_the_same_storage_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = shutil.which("sleep")
    assert sleep
    program = tmp_path / "dockwright-nap"
    shutil.copy(sleep, program)
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", "/one")
    assert not at_work("dockwright-nap")
    with running(program):
        assert at_work("dockwright-nap")
        monkeypatch.setenv("CONTAINERS_STORAGE_CONF", "/two")
        assert not at_work("dockwright-nap")
    assert not at_work("dockwright-nap")
