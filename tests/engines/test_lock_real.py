"""`dockwright lock` with real servers: git over http, a package index, uv, the archive's apt.

A fork of UCX and an index with two small wheels are on loopback; `--source-mirror` leads there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockwright.config.lock_file import decode
from dockwright.engines.network import Policy
from dockwright.errors import UserError
from dockwright.model.inputs import PackagesInput, PythonInput
from dockwright.model.lock import Lock
from dockwright.resolving.resolve import resolve
from dockwright.resolving.tools import Tools, tools
from tests.engines.servers import file_server, git_server
from tests.engines.test_sources import _commit
from tests.tree import ROOT

pytestmark = pytest.mark.engine

WORDS = ("--framework", "none", "--device", "cpu", "--base-image", "bootstrap:debian/bookworm")


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """A folder, and the addresses of the git server and of the index over it."""
    root = tmp_path_factory.mktemp("upstream")
    (root / "ucx").mkdir()
    (root / "ucx" / "configure.ac").write_text("AC_INIT\n")
    (root / "openucx").mkdir()
    _commit(root / "ucx", root / "openucx/ucx.git")
    tag(root / "openucx/ucx.git", "v9.9.0", "HEAD~1")
    for name, needs in (("outer", "Requires-Dist: inner>=1\n"), ("inner", "")):
        wheel(root / "simple", name, needs)
    with git_server(root) as git, file_server(root) as files:
        yield root, git, f"{files}/simple"


def tag(bare: Path, name: str, commit: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    words = ["tag", "--force", "--annotate", "--message=x", name, commit]
    subprocess.run(["git", "-C", str(bare), *identity, *words], check=True, capture_output=True)


def wheel(index: Path, name: str, needs: str) -> None:
    """A wheel and its page of the index."""
    (index / name).mkdir(parents=True)
    file = index / name / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}"
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    link = f'<a href="{file.name}#sha256={digest}">{file.name}</a>'
    (index / name / "index.html").write_text(f"<!DOCTYPE html><html><body>{link}</body></html>")


@pytest.fixture
def here(upstream: tuple[Path, str, str], tmp_path: Path) -> Iterator[Tools]:
    env = {**os.environ, "UV_CACHE_DIR": str(tmp_path / "uv")}
    said: list[str] = []
    with tools(Policy(tries=1), env, index=upstream[2], log=said.append) as made:
        yield made


def test_python_requirements_become_exact_with_hashes(here: Tools) -> None:
    wanted = PythonInput(
        requirements="outer\n/workspace/own", python="3.12", platform="linux/arm64", glibc=28
    )
    (entry,) = resolve((wanted,), here, Lock(), frozenset())
    packages = Lock(pythons=(entry,)).python(wanted)  # type: ignore[arg-type]
    assert packages
    names = [line.partition(" --hash=sha256:")[0] for line in packages.packages]
    assert names == ["inner==1.0", "outer==1.0"]


@pytest.mark.skipif(not shutil.which("mmdebstrap"), reason="needs mmdebstrap")
@pytest.mark.parametrize("platform", ["linux/amd64", "linux/arm64"])
def test_the_distributions_archive_is_asked_for_versions(here: Tools, platform: str) -> None:
    """Also for a platform whose programs cannot run here."""
    wanted = PackagesInput(
        system="debian/bookworm",
        platform=platform,
        names=("ca-certificates", "python3.11"),
        bootstrapped=True,
    )
    entries = resolve((wanted,), here, Lock(), frozenset())
    lock = Lock(packages=entries)  # type: ignore[arg-type]
    assert lock.version(wanted, "python3.11").startswith("3.11.")
    assert lock.holds(wanted)


@pytest.mark.skipif(not shutil.which("mmdebstrap"), reason="needs mmdebstrap")
def test_a_package_that_the_platform_has_not_is_named(here: Tools) -> None:
    wanted = PackagesInput(
        system="debian/bookworm", platform="linux/arm64", names=("libpsm2-2",), bootstrapped=True
    )
    with pytest.raises(UserError) as caught:
        resolve((wanted,), here, Lock(), frozenset())
    (problem,) = caught.value.problems
    assert problem.what == (
        "1 packages of debian/bookworm for linux/arm64: the archive has no package 'libpsm2-2'"
    )


def test_a_lock_of_a_real_repository_and_its_moved_tag(
    upstream: tuple[Path, str, str], tmp_path: Path
) -> None:
    root, git, _ = upstream
    bare = root / "openucx/ucx.git"
    words = (*WORDS, "--target", "wheel_builder", "--set", "ucx.provider=source")
    mirror = ("--source-mirror", f"https://github.com/={git}/")

    def lock(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dockwright", "lock", *words, *mirror, *more],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    wrong = lock("--nixl-ucx-ref", "9.9.0")
    assert wrong.returncode == 2, wrong.stderr
    assert "https://github.com/openucx/ucx.git has no ref 9.9.0" in wrong.stderr
    assert "instead of 9.9.0 there is v9.9.0" in wrong.stderr
    said = lock("--nixl-ucx-ref", "v9.9.0")
    assert said.returncode == 0, said.stderr
    commits = subprocess.run(
        ["git", "-C", str(bare), "rev-list", "main"], check=True, capture_output=True, text=True
    ).stdout.split()
    found = decode((tmp_path / "dockwright.lock").read_text())
    assert found.commit("https://github.com/openucx/ucx.git", "v9.9.0") == commits[1]
    tag(bare, "v9.9.0", "HEAD")
    moved = lock("--nixl-ucx-ref", "v9.9.0")
    assert moved.returncode == 2
    assert f"the lock says {commits[1]}, today it is {commits[0]}" in moved.stderr
    updated = lock("--nixl-ucx-ref", "v9.9.0", "--update", "ucx")
    assert f"{commits[1]} → {commits[0]}" in updated.stdout
    tag(bare, "v9.9.0", "HEAD~1")
