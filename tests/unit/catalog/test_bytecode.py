"""shell/bytecode.sh: bytecode of what is new, and nothing silent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dockwright.catalog.steps import shell


def compile_since(marker: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    script = f'{shell("bytecode.sh")}compile_since "$0" "$1" "$2"\n'
    argv = ["bash", "-euo", "pipefail", "-c", script, str(marker), sys.executable, str(folder)]
    env = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)


def new_module(folder: Path, name: str, text: str, marker: Path) -> None:
    """Write a file that is newer than the marker, however coarse the clock of the disk is."""
    path = folder / name
    while True:
        path.write_text(text)
        if path.stat().st_ctime_ns > marker.stat().st_mtime_ns:
            return


def test_only_what_is_new_gets_bytecode(tmp_path: Path) -> None:
    folder, marker = tmp_path / "lib", tmp_path / "marker"
    folder.mkdir()
    (folder / "old.py").write_text("a = 1\n")
    marker.touch()
    os.utime(marker, ns=((folder / "old.py").stat().st_ctime_ns,) * 2)
    new_module(folder, "new.py", "b = 2\n", marker)
    new_module(folder, "template.py", "class {{ name }}:\n", marker)
    done = compile_since(marker, folder)
    assert done.returncode == 0, done.stderr
    assert "bytecode of 1 modules; 1 are no Python of this version" in done.stdout
    (made,) = (folder / "__pycache__").iterdir()
    assert made.name.startswith("new.")
    # Flags 3: by the source's hash, and checked (PEP 552).
    assert made.read_bytes()[4:8] == (3).to_bytes(4, "little")
    assert {path.name for path in tmp_path.iterdir()} == {"lib", "marker"}


def test_bytecode_that_cannot_be_written_fails_the_step(tmp_path: Path) -> None:
    folder, marker = tmp_path / "lib", tmp_path / "marker"
    folder.mkdir()
    (folder / "__pycache__").write_text("in the way")
    marker.touch()
    new_module(folder, "new.py", "b = 2\n", marker)
    done = compile_since(marker, folder)
    assert done.returncode != 0
    assert "__pycache__" in done.stderr


def test_nothing_new_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "marker").touch()
    assert compile_since(tmp_path / "marker", tmp_path / "lib").returncode == 0
