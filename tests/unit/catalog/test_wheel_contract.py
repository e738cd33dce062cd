"""shell/wheels.sh, which runs inside stages: one wheel for each pattern, and it can be loaded."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dockwright.catalog.scripts import shared

MACHINE = platform.machine()
CPYTHON = f"cp3{sys.version_info.minor}"
NATIVE = f"{CPYTHON}-{CPYTHON}-linux_{MACHINE}"


def wheel(folder: Path, name: str) -> None:
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("x", "y")


def contract(folder: Path, *patterns: str) -> str:
    env = {
        "COMPONENT": "kvbm",
        "FOLDER": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHON": sys.executable,
        "WHEELS": " ".join(patterns),
    }
    argv = ["bash", "-euo", "pipefail", "-c", shared("wheels.sh")]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert bool(done.returncode) == bool(done.stderr)
    return done.stderr


@pytest.mark.parametrize(
    "tags",
    [
        "py3-none-any",
        "cp310-abi3-manylinux_2_17_" + MACHINE,
        NATIVE,
        f"py2.py3-none-manylinux_2_5_{MACHINE}.manylinux1_{MACHINE}",
    ],
)
def test_a_wheel_that_can_be_loaded(tmp_path: Path, tags: str) -> None:
    wheel(tmp_path, f"kvbm-0.9.0-{tags}.whl")
    assert contract(tmp_path, "kvbm-*.whl") == ""


@pytest.mark.parametrize(
    "tags",
    [
        f"cp39-cp39-linux_{MACHINE}",
        f"cp399-abi3-linux_{MACHINE}",
        f"{CPYTHON}-{CPYTHON}-linux_s390x",
        f"{CPYTHON}-{CPYTHON}-manylinux_2_99_{MACHINE}",
        f"{CPYTHON}-{CPYTHON}-win_amd64",
        f"{CPYTHON}-{CPYTHON}-musllinux_1_2_{MACHINE}",
    ],
)
def test_a_wheel_that_cannot_be_loaded(tmp_path: Path, tags: str) -> None:
    wheel(tmp_path, f"kvbm-0.9.0-{tags}.whl")
    said = contract(tmp_path, "kvbm-*.whl")
    assert f"error: kvbm kvbm-0.9.0-{tags}.whl: Python" in said
    assert "cannot load it" in said


def test_none_two_and_undeclared_wheels_are_refused(tmp_path: Path) -> None:
    assert "wants exactly one a-*.whl, there is none" in contract(tmp_path, "a-*.whl")
    wheel(tmp_path, "a-1-py3-none-any.whl")
    wheel(tmp_path, "a-2-py3-none-any.whl")
    assert "there is a-" in contract(tmp_path, "a-*.whl")
    wheel(tmp_path, "b-1-py3-none-any.whl")
    said = contract(tmp_path, "a-1-*.whl", "a-2-*.whl")
    assert said == "error: kvbm made b-1-py3-none-any.whl, which it does not declare\n"


def test_a_damaged_wheel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a-1-py3-none-any.whl").write_bytes(b"nothing")
    assert "a-1-py3-none-any.whl is damaged" in contract(tmp_path, "a-*.whl")
