"""Real engines, each set up once for all tests that need one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.bench import Bench, bench
from tests.engines.first import First, build_first
from tests.engines.vertices import program
from tests.tree import ROOT


def why_not(engine: str) -> str:
    """Why an engine cannot be tested on this machine; empty when it can."""
    if os.geteuid() != 0:
        return "the tests of engines need root"
    if engine == "buildah":
        return "" if shutil.which("buildah") else "buildah is not installed"
    return "" if shutil.which("go") else "Go is needed to build BuildKit"


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base image of the quickstart, made once for all engines."""
    if not shutil.which("mmdebstrap"):
        pytest.skip("mmdebstrap is not installed")
    cache = tmp_path_factory.mktemp("cache")
    argv = [sys.executable, "-m", "dockwright", "bootstrap", "debian/bookworm"]
    subprocess.run(
        argv,
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ
        | {"PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": str(cache)}
        | {"XDG_STATE_HOME": str(cache)},
    )
    return cache / "dockwright" / "bases"


@pytest.fixture(scope="session", params=["buildah", "buildkit"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, bases: Path
) -> Iterator[Bench]:
    """Each engine in turn, with the base image at hand."""
    name: str = request.param
    if reason := why_not(name):
        pytest.skip(reason)
    with bench(name, tmp_path_factory.mktemp(name), bases) as made:
        yield made


@pytest.fixture(scope="session")
def first(engine: Bench, tmp_path_factory: pytest.TempPathFactory) -> First:
    """The standard image, built once on each engine."""
    return build_first(engine, tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def front_end() -> Path:
    """The program that reads files as BuildKit does; needs Go."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("Go is not installed")
    return program(go)
