"""`dockwright run` with the real podman: what the container has, and what comes back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engines.tiny import tiny_layout
from tests.tree import ROOT

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(shutil.which("podman") is None, reason="podman is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="the tests of engines need root"),
]

IMAGE = "localhost/dynamo:latest-none-runtime-cpu"
# As root podman raises the number of processes too; not every machine lets it.
WORDS = ("--framework", "none", "--device", "cpu", "--ulimit", "nproc=1000", "--workdir", "/opt")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """`dockwright run` in a storage of its own that holds one tiny image."""
    folder = tmp_path_factory.mktemp("podman")
    configuration = folder / "storage.conf"
    configuration.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/root"\nrunroot = "{folder}/run"\n'
    )
    env = {
        **os.environ,
        "CONTAINERS_STORAGE_CONF": str(configuration),
        "PYTHONPATH": str(ROOT / "src"),
        "XDG_CACHE_HOME": str(folder),
        "XDG_STATE_HOME": str(folder),
        "HF_TOKEN": "hf_s3cret",
    }
    tiny_layout(folder / "tiny")
    pulled = subprocess.run(
        ["podman", "pull", "--quiet", f"oci:{folder / 'tiny'}:1"],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    subprocess.run(["podman", "tag", pulled.stdout.strip(), IMAGE], env=env, check=True)

    def started(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dockwright", "run", "--with", "podman", *WORDS, *words],
            cwd=folder,
            env={**env, **more},
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    yield started
    subprocess.run(["podman", "rmi", "--all", "--force"], env=env, check=True, capture_output=True)


def test_a_command_runs_with_limits_variables_and_cache(run: Run, tmp_path: Path) -> None:
    script = 'echo "$PWD $HF_TOKEN ${#KEY}"; ulimit -s; ls -d /home/dynamo/.cache/*; exit 7'
    words = ("-e", "HF_TOKEN", "-e", "KEY=1234", "--hf-home", str(tmp_path / "hf"))
    done = run(*words, "--", "bash", "-c", script)
    assert done.returncode == 7, done.stderr
    assert done.stdout == "/opt hf_s3cret 4\n65536\n/home/dynamo/.cache/huggingface\n"
    assert (tmp_path / "hf").is_dir()


def test_a_dry_run_starts_and_makes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("--hf-home", str(tmp_path / "hf"), "--dry-run", "-e", "HF_TOKEN")
    assert done.stdout.startswith("podman run --rm --network host")
    assert "hf_s3cret" not in done.stdout + done.stderr
    assert not (tmp_path / "hf").exists()


def test_another_user_is_in_group_0(run: Run) -> None:
    done = run("--user", "4242:4243", "--", "bash", "-c", 'echo "$UID ${GROUPS[*]}"')
    assert done.stdout == "4242 4243 0\n", done.stderr


def test_an_image_that_was_not_built(run: Run) -> None:
    done = run("--target", "dev")
    assert done.returncode == 2
    assert "error: podman has no image dynamo:latest-none-cpu\n" in done.stderr
