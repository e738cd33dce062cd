"""`dockwright wheel trtllm` on a small stand-in of the repository, through real git and buildah."""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engines.bench import processes
from tests.engines.servers import git_server
from tests.engines.trtllm import VERSION, Upstream
from tests.tree import ROOT

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed"),
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="the tests of engines need root"),
]

MACHINE = platform.machine()
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[MACHINE]


@dataclass(frozen=True, kw_only=True, slots=True)
class Builder:
    """A person's machine: a home, a storage of images, and the repository's address."""

    upstream: Upstream
    url: str
    folder: Path
    env: dict[str, str]

    @property
    def output(self) -> Path:
        return self.folder / "wheel"

    def argv(self, commit: str, *words: str) -> list[str]:
        argv = [sys.executable, "-m", "dockwright", "wheel", "trtllm", "--commit", commit]
        return [*argv, "--git-url", self.url, "--output", str(self.output), *words]

    def run(self, commit: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(commit, *words),
            env=self.env | env,
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def left(self) -> list[str]:
        """What lies in the engine's storage: nothing of a build may stay."""
        found = []
        for words in (("images", "--all", "--quiet"), ("containers", "--quiet")):
            asked = subprocess.run(
                ["buildah", *words], env=self.env, check=True, capture_output=True, text=True
            )
            found += asked.stdout.split()
        return found

    def clone(self) -> Path:
        (found,) = (self.folder / "cache" / "dockwright" / "wheels").glob("*/tree")
        return found


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[Builder]:
    served, folder = tmp_path / "served", tmp_path / "person"
    served.mkdir()
    folder.mkdir()
    configuration = folder / "storage.conf"
    configuration.write_text(
        '[storage]\ndriver = "overlay"\n'
        f'graphroot = "{folder}/storage/root"\nrunroot = "{folder}/storage/run"\n'
    )
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_STATE_HOME": str(folder / "state"),
        "CONTAINERS_STORAGE_CONF": str(configuration),
    }
    with git_server(served) as address:
        upstream = Upstream(served)
        made = Builder(upstream=upstream, url=f"{address}/trtllm.git", folder=folder, env=env)
        yield made
        with suppress(FileNotFoundError):
            subprocess.run(["buildah", "rm", "--all"], env=env, check=False, capture_output=True)


def wheel_of(commit: str) -> str:
    return f"tensorrt_llm-1.3.0rc1+dev{commit[:8]}-cp312-cp312-linux_{MACHINE}.whl"


@pytest.mark.parametrize("holder", ["buildah", "podman"])
def test_a_wheel_is_built_and_nothing_else_stays(builder: Builder, holder: str) -> None:
    if not shutil.which(holder):
        pytest.skip(f"{holder} is not installed")
    commit = builder.upstream.first
    secrets = {"GITHUB_TOKEN": "s3cret", "MAKEFLAGS": "--touch", "DOCKER_HOST": "tcp://there"}
    done = builder.run(commit, "--with", holder, http_proxy="", **secrets)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{builder.output}/{wheel_of(commit)}\n"
    found = sorted(path.name for path in builder.output.iterdir())
    assert found == ["build", "commit.txt", wheel_of(commit)]
    assert (builder.output / "commit.txt").read_text() == f"{ARCH}_{commit}\n"
    # The build directory is there without a second copy of the wheel.
    assert [path.name for path in (builder.output / "build").iterdir()] == ["lib"]
    told = (builder.output / "build" / "lib" / "targets").read_text().splitlines()
    tag = told[-1].rsplit(" ", 1)[-1]
    if ARCH == "amd64":
        options = "--extra-cmake-vars NIXL_ROOT=/opt/nvidia/nvda_nixl"
        assert told == [f"tritondevel {tag}", f"wheel tritondevel {options} {tag}"]
    assert tag.startswith("dockwright-")
    environment = (builder.output / "build" / "lib" / "environment").read_text()
    assert "DOCKER_HOST=tcp://there\n" in environment
    assert f"HOME={builder.folder}\n" in environment
    assert "s3cret" not in environment
    assert (builder.clone() / "tensorrt_llm" / "version.py").read_text() == VERSION
    assert builder.left() == []
    # Again: it is there, no server is asked; nor is one without network.
    offline = builder.run(commit, "--with", holder, "--offline", http_proxy="http://127.0.0.1:1")
    assert offline.stdout == done.stdout
    other = builder.run("0" * 40, "--with", holder, "--offline")
    assert f"error: the wheel of {'0' * 40} is not in {builder.output}\n" in other.stderr
    again = builder.run(commit, "--git-url", builder.url, "--with", holder)
    assert again.stdout == done.stdout
    assert "is in " in builder.run(commit, "--with", holder, "--verbose").stderr


def test_a_dry_run_prints_the_argv_of_the_real_run(builder: Builder, tmp_path: Path) -> None:
    commit = builder.upstream.first
    dry = builder.run(commit, "--with", "buildah", "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert not (builder.folder / "cache").exists()
    assert not builder.output.exists()
    # Programs that write down how they are called, before the real ones.
    folder = tmp_path / "bin"
    folder.mkdir()
    record = folder / "calls"
    for name in ("git", "make", "buildah"):
        real = shutil.which(name)
        text = (
            f"#!{sys.executable} -S\nimport json, os, sys\n"
            f"with open({str(record)!r}, 'a') as file:\n"
            f"    file.write(json.dumps([{name!r}, *sys.argv[1:]]) + '\\n')\n"
            f"os.execv({real!r}, [{real!r}, *sys.argv[1:]])\n"
        )
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    done = builder.run(commit, "--with", "buildah", PATH=f"{folder}:{builder.env['PATH']}")
    assert done.returncode == 0, done.stderr
    ran = [json.loads(line) for line in record.read_text().splitlines()]
    printed = [shlex.split(line) for line in dry.stdout.splitlines() if not line.startswith("#")]
    fallback = printed[3:5]
    assert [argv for argv in printed if argv not in ran] == fallback
    # What the targets start, and questions, are not ours to announce.
    others = {"rev-parse", "inspect"}
    ours = [argv for argv in ran if argv[:2] != ["buildah", "build"] or "--pull-never" in argv]
    ours = [argv for argv in ours if not others & set(argv)]
    assert [argv for argv in ours if argv[0] != "git" and argv not in printed] == []
    # git starts git: its own children have no -C.
    assert [argv for argv in ours if "-C" in argv and argv not in printed] == []


def test_a_branch_an_abbreviation_and_a_wrong_commit(builder: Builder) -> None:
    first = builder.upstream.first
    assert wheel_of(first) in builder.run("trunk").stdout
    assert (builder.output / "commit.txt").read_text() == f"{ARCH}_trunk\n"
    second = builder.upstream.commit({"new": "1"})
    assert wheel_of(second) in builder.run("trunk").stdout
    assert wheel_of(first) in builder.run(first[:10]).stdout
    assert [path.name for path in builder.output.glob("*.whl")] == [wheel_of(first)]
    wrong = builder.run("no-such-branch")
    assert wrong.returncode == 1
    assert f"error: {builder.url} has no commit no-such-branch\n" in wrong.stderr
    assert "hint: name a commit, tag or branch of that repository\n" in wrong.stderr
    nowhere = builder.run("main", "--git-url", builder.url.replace("trtllm", "nothing"))
    assert nowhere.returncode == 1
    assert "hint: is the address right?" in nowhere.stderr


def test_a_failure_cleans_up_and_says_what_make_said(builder: Builder) -> None:
    commit = builder.upstream.commit({"broken": "1"})
    done = builder.run(commit)
    assert done.returncode == 1
    assert "│ nvcc: out of patience" in done.stderr
    assert "error: make wheel_build failed with exit code 2" in done.stderr
    assert (builder.clone() / "tensorrt_llm" / "version.py").read_text() == VERSION
    assert builder.left() == []
    assert list(builder.output.iterdir()) == []


def test_large_files_need_git_lfs(builder: Builder, tmp_path: Path) -> None:
    commit = builder.upstream.commit({"cpp/.gitattributes": "*.a filter=lfs -text\n"})
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "make", "buildah", "sed", "uname", "env", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    done = builder.run(commit, PATH=str(programs))
    assert done.returncode == 1
    assert "error: git-lfs is needed: the repository keeps large files outside" in done.stderr
    assert "hint: apt-get install git-lfs" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interruption_is_cleaned_up_and_gone_on_from(builder: Builder, number: int) -> None:
    slow = builder.upstream.commit({"slow": "1"})
    process = subprocess.Popen(
        builder.argv(slow),
        env=builder.env,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (builder.folder / "half-way").exists():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    version = builder.clone() / "tensorrt_llm" / "version.py"
    if number == signal.SIGKILL:
        assert version.read_text() != VERSION
    else:
        assert process.returncode == 130
        assert said.count("error: interrupted: make wheel_build") == 1
        assert version.read_text() == VERSION
        assert builder.left() == []
    # Whoever was killed, the next one finds a clean place; a user's file in the output stays.
    (builder.output / "mine.txt").write_text("mine")
    (builder.upstream.tree / "slow").unlink()
    quick = builder.upstream.commit({})
    done = builder.run(quick)
    assert done.returncode == 0, done.stderr
    assert version.read_text() == VERSION
    assert processes(str(builder.clone())) == []
    assert sorted(path.name for path in builder.output.iterdir()) == [
        "build",
        "commit.txt",
        "mine.txt",
        wheel_of(quick),
    ]


def test_a_build_makes_the_wheel_before_anything_else(builder: Builder) -> None:
    """Its image needs NVIDIA's, so only the commands before the engine's run here."""
    commit = builder.upstream.first
    source = ("--tensorrtllm-git-url", builder.url, "--tensorrtllm-commit", commit)
    where = ("--tensorrtllm-pip-wheel-dir", str(builder.output), "--engine", "buildah")
    # Upstream's addresses lead to our server, which has none of these repositories.
    mirror = ("--source-mirror", f"https://github.com/={builder.url.rpartition('/')[0]}/")
    words = ["--framework", "trtllm", "--target", "runtime", *source, *where, *mirror]
    words.append("--no-preflight")
    argv = [sys.executable, "-m", "dockwright", "build", *words]
    done = subprocess.run(
        argv, env=builder.env, cwd=builder.folder, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert (builder.output / wheel_of(commit)).is_file()
    before, _, after = done.stderr.partition("✓ trtllm-wheel")
    assert "source" not in before
    assert re.search(r"\nerror: \d+ sources: ", after)
    # What the image gets is that wheel alone, under a name that says what it is made of.
    dry = subprocess.run(
        [*argv, "--dry-run", "--json"],
        env=builder.env,
        cwd=builder.folder,
        check=True,
        capture_output=True,
        text=True,
    )
    commands = json.loads(dry.stdout)["commands"]
    assert commands[0][1:5] == ["-m", "dockwright", "wheel", "trtllm"]
    word = next(w for argv_ in commands for w in argv_ if '"type":"wheel"' in w)
    kept = subprocess.run(
        [*argv[:3], "fetch", word], env=builder.env, check=True, capture_output=True, text=True
    )
    folder = Path(kept.stdout.strip())
    assert [path.name for path in (folder / "tree").iterdir()] == [wheel_of(commit)]
    assert any(str(folder) in word for command in commands for word in command)
