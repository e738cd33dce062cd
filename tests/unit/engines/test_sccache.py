"""sccache in a person's shell: exports and compilers by one word, with the real program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dockwright.engines.sccache import COMPILERS, Kind, _compiler, exports, found, newest_lock
from dockwright.errors import UserError

REAL = Path(sys.executable).with_name("sccache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as `install` leaves it, with the sccache of the locked requirements."""
    made = tmp_path / "bin"
    made.mkdir()
    (made / "sccache").symlink_to(REAL)
    for name, (variable, usual) in COMPILERS.items():
        (made / name).write_text(_compiler(variable, usual))
        (made / name).chmod(0o755)
    return made


def test_the_lock_is_of_the_version_that_tests_run() -> None:
    said = subprocess.run([str(REAL), "--version"], capture_output=True, text=True, check=True)
    assert newest_lock() == f"sccache-v{said.stdout.split()[1]}.txt"


def test_what_each_kind_listens_to(folder: Path) -> None:
    tool = str(folder / "sccache")
    fronts = {
        "SCCACHE_CC_REAL": "cc",
        "CC": f"{folder}/sccache-cc",
        "SCCACHE_CXX_REAL": "c++",
        "CXX": f"{folder}/sccache-cxx",
    }
    cmake = {f"CMAKE_{name}_COMPILER_LAUNCHER": tool for name in ("C", "CXX", "CUDA")}
    cargo = {"RUSTC_WRAPPER": tool, "CARGO_INCREMENTAL": "0"}
    assert exports([Kind.AUTOTOOLS], folder, {}) == fronts
    assert exports([Kind.MESON], folder, {}) == fronts
    assert exports([Kind.CMAKE, Kind.CARGO], folder, {}) == cmake | cargo


def test_a_persons_compiler_stays_the_real_one(folder: Path) -> None:
    once = exports([Kind.AUTOTOOLS], folder, {"CC": "clang-17"})
    assert once["SCCACHE_CC_REAL"] == "clang-17"
    assert exports([Kind.AUTOTOOLS], folder, once) == once


def test_a_compiler_of_several_words_is_refused(folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        exports([Kind.AUTOTOOLS], folder, {"CXX": "g++ -m32"})
    assert caught.value.message == "CXX is more than one word: g++ -m32"
    assert caught.value.hint == (
        "set SCCACHE_CXX_REAL to the compiler alone; words after it belong into CXXFLAGS"
    )


def test_without_the_programs(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="sccache is not on PATH"):
        found({"PATH": str(tmp_path)}, None)
    with pytest.raises(UserError, match=f"sccache is not in {tmp_path}"):
        found({}, tmp_path)
    assert found({"PATH": str(REAL.parent)}, None) == REAL.parent
    with pytest.raises(UserError) as caught:
        exports([Kind.MESON], tmp_path, {})
    assert caught.value.message == f"sccache-cc is not beside sccache in {tmp_path}"
    assert caught.value.hint == f"dockwright sccache install {tmp_path}"


def test_compiling_is_cached_and_linking_is_not(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    env = dict(os.environ) | exports([Kind.AUTOTOOLS], folder, {})
    env |= {
        "SCCACHE_DIR": str(tmp_path / "cache"),
        "SCCACHE_SERVER_UDS": str(tmp_path / "s"),
        "SCCACHE_IDLE_TIMEOUT": "60",
        "SCCACHE_CONF": str(tmp_path / "none"),
    }

    def run(*argv: str) -> str:
        done = subprocess.run(
            argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    tool = env["CC"].replace("sccache-cc", "sccache")
    run(tool, "--start-server")
    try:
        for _ in range(2):
            run(env["CC"], "-c", "a.c", "-o", "a.o")
            run(env["CC"], "a.o", "-o", "a.out")
        stats = json.loads(run(tool, "--show-stats", "--stats-format", "json"))["stats"]
    finally:
        run(tool, "--stop-server")
    assert stats["compile_requests"] == 2
    assert stats["cache_hits"]["counts"] == {"C/C++": 1}
    run(str(tmp_path / "a.out"))
