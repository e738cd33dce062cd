"""Checks of a whole Python stack, run as the verify stage runs them: as a script of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dockwright.evidence import inside_stack


def call(*words: str, path: Path) -> tuple[int, str]:
    """The script with nothing but the distributions in `path`."""
    done = subprocess.run(
        [sys.executable, "-S", str(inside_stack.__file__), *words],
        env={"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def install(folder: Path, *names: str) -> None:
    for name in names:
        package, version = name.split(" ")
        info = folder / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {package}\nVersion: {version}\n")


def test_wheels_for_one_cuda_version(tmp_path: Path) -> None:
    # cuda-bindings has no suffix: it speaks to every driver.
    install(tmp_path, "nvidia-nccl-cu12 2.27.5", "cupy-cuda12x 14.0.0", "cuda-bindings 13.1.1")
    install(tmp_path, "torch 2.9.1+cu128")
    assert call("cuda", "12", path=tmp_path) == (0, "3 wheels for CUDA 12\n")


def test_a_wheel_for_another_cuda_version_is_named(tmp_path: Path) -> None:
    install(tmp_path, "nvidia-nccl-cu12 2.27.5", "nixl-cu13 0.9.0", "torch 2.9.1+cu130")
    assert call("cuda", "12", path=tmp_path) == (
        1,
        "not for CUDA 12: nixl-cu13 0.9.0, torch 2.9.1+cu130\n",
    )


def test_a_stack_without_cuda_is_none(tmp_path: Path) -> None:
    install(tmp_path, "requests 2.32.5")
    assert call("cuda", "12", path=tmp_path) == (1, "no wheel is for CUDA\n")


def test_one_copy_of_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside_stack, "ROOTS", (str(tmp_path),))
    (tmp_path / "libucp-a1.so.0").touch()
    (tmp_path / "libucp.so").symlink_to("libucp-a1.so.0")
    pattern = r"libucp[-.].*so.*"
    assert inside_stack.single([pattern]) == f"one copy: {tmp_path}/libucp-a1.so.0"
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libucp.so.0").touch()
    with pytest.raises(ValueError, match=r"2 files match .*libucp\.so\.0, .*libucp-a1"):
        inside_stack.single([pattern])
    with pytest.raises(ValueError, match=r"0 files match .*: none"):
        inside_stack.single([r"libnixl\.so"])


@pytest.mark.skipif(os.getgid() != 0, reason="files of group 0 need it")
def test_group_0_has_the_rights_of_the_owner(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    file = tmp_path / "module.py"
    file.touch()
    file.chmod(0o664)
    (tmp_path / "link").symlink_to("module.py")
    assert inside_stack.group(str(tmp_path)) == "3 files and directories"
    file.chmod(0o644)
    with pytest.raises(ValueError, match=f"not the owner's rights: {file}"):
        inside_stack.group(str(tmp_path))
    assert call("group", str(tmp_path), path=tmp_path)[0] == 1


def test_a_word_that_is_no_check_fails(tmp_path: Path) -> None:
    assert call("nonsense", path=tmp_path) == (1, "unknown check 'nonsense'\n")
