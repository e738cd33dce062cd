"""compat/use-sccache.sh: the words of the original's management script."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dockwright.cli.commands.compat_sccache import USAGE
from tests.compat.test_script import programs, run
from tests.tree import ROOT

SCRIPT = ROOT / "compat" / "use-sccache.sh"
REAL = Path(sys.executable).with_name("sccache")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A machine without sccache."""
    return programs(tmp_path / "bin")


def said(*words: str, path: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run(*words, path=path, cwd=cwd, script=SCRIPT, XDG_CACHE_HOME=str(cwd / "cache"))


@pytest.mark.parametrize("words", [(), ("help",), ("--help",), ("-h",)])
def test_help(path: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = said(*words, path=path, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, USAGE, "")


@pytest.mark.parametrize("words", [("nonsense",), ("setup-env", "ninja"), ("install", "x")])
def test_other_words_are_status_one(path: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = said(*words, path=path, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", USAGE)


@pytest.mark.parametrize("words", [("show-stats",), ("show-stats", "UCX")])
def test_statistics_without_sccache(path: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = said(*words, path=path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "sccache is not installed: no statistics\n"


def test_statistics_have_a_heading_with_the_name(path: str, tmp_path: Path) -> None:
    (Path(path) / "sccache").symlink_to(REAL)
    done = said("show-stats", "AWS SDK C++", path=path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("=== sccache statistics: AWS SDK C++ ===\nCompile requests")
    done = said("show-stats", path=path, cwd=tmp_path)
    assert done.stdout.startswith("=== sccache statistics ===\nCompile requests")


@pytest.mark.parametrize("word", ["setup-env", "generate-env"])
def test_exports(path: str, tmp_path: Path, word: str) -> None:
    for name in ("sccache", "sccache-cc", "sccache-cxx"):
        (Path(path) / name).symlink_to(REAL)
    done = said(word, path=path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    names = [shlex.split(line)[1].partition("=")[0] for line in done.stdout.splitlines()]
    assert names == [
        *("SCCACHE_CC_REAL", "CC", "SCCACHE_CXX_REAL", "CXX", "RUSTC_WRAPPER", "CARGO_INCREMENTAL")
    ]
    done = said(word, "cmake", path=path, cwd=tmp_path)
    assert f"export CMAKE_CXX_COMPILER_LAUNCHER={path}/sccache\n" in done.stdout
    assert f"export RUSTC_WRAPPER={path}/sccache\n" in done.stdout
    assert "CC=" not in done.stdout


def test_exports_without_sccache_are_status_one(path: str, tmp_path: Path) -> None:
    done = said("setup-env", path=path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: sccache is not on PATH\n" in done.stderr
