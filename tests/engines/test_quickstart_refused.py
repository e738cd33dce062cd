"""Days on which the machine is the problem: no space, no base image, a damaged one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockwright.catalog.systems import system
from tests.engines.bench import Bench, bench
from tests.engines.conftest import why_not
from tests.engines.tiny import tiny_layout
from tests.fakes import fakes

pytestmark = pytest.mark.engine


def test_a_registry_that_is_not_there(engine: Bench) -> None:
    words = ("--base-image", "registry.invalid/x", "--base-image-tag", "bookworm")
    looked = engine("build", *words).explained(1)
    assert "preflight: 1 thing that the build needs is not there:" in looked
    assert "registry.invalid cannot be reached: " in looked
    said = engine("build", *words, "--no-preflight")
    text = said.explained(1)
    assert said.out == ""
    assert "registry.invalid" in text
    assert "the registry of the base image cannot be reached" in text
    assert said.seconds < 90
    assert engine.leftovers() == []


def test_a_layout_that_is_not_there(engine: Bench) -> None:
    text = engine("build", "--base-image", f"oci:{engine.folder}/none").explained(2)
    assert f"{engine.folder}/none" in text


@pytest.mark.parametrize("part", ["index.json", "manifest", "config", "layer"])
def test_a_damaged_layout(engine: Bench, part: str, tmp_path: Path) -> None:
    layout = tiny_layout(tmp_path / "bookworm")
    manifest = layout.digest.removeprefix("sha256:")
    blobs = layout.directory / "blobs" / "sha256"
    layer = layout.layers[0].digest.removeprefix("sha256:")
    (config,) = {path.name for path in blobs.iterdir()} - {manifest, layer}
    victim = {
        "index.json": layout.directory / "index.json",
        "manifest": blobs / manifest,
        "config": blobs / config,
        "layer": blobs / layer,
    }[part]
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes()[:-7] + b"damaged")
    said = engine("build", "--base-image", f"oci:{layout.directory}:1")
    assert said.status in {1, 2}
    assert "damaged" in said.explained(said.status)
    assert said.out == ""
    assert engine.leftovers() == []


def test_a_layout_without_the_program_of_a_step(engine: Bench, tmp_path: Path) -> None:
    """A whole image, but no Debian: the failing step is named, not a traceback."""
    assert system("debian", "bookworm").python == "3.11"
    layout = tiny_layout(tmp_path / "bookworm")
    said = engine("build", "--base-image", f"oci:{layout.directory}:1")
    assert "stage base failed" in said.explained(1)
    assert engine.leftovers() == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.parametrize("name", ["buildah", "buildkit"])
def test_no_space_for_the_engine(name: str, small: Path, tmp_path: Path, bases: Path) -> None:
    if reason := why_not(name):
        pytest.skip(reason)
    folder = tmp_path / name
    folder.mkdir()
    (small / "storage").mkdir()
    (folder / "storage").symlink_to(small / "storage")
    with bench(name, folder, bases) as engine:
        # The preflight would refuse it; the disk may also become full later.
        said = engine("build", "--no-preflight")
        text = said.explained(1)
        assert "no space left on device" in text.lower()
        assert "hint: the disk is full" in text
        assert said.out == ""


@pytest.mark.parametrize("folder", ["cache", "state"])
def test_no_space_for_dockwright(folder: str, small: Path, tmp_path: Path) -> None:
    """The engine only pretends here: what counts is who writes."""
    made = fakes(tmp_path / "bin", "buildah", "crun")
    with bench("buildah", tmp_path / "bench") as engine:
        shutil.rmtree(engine.folder / folder, ignore_errors=True)
        (engine.folder / folder).symlink_to(small)
        with pytest.raises(OSError, match="No space"):
            (small / "filler").write_bytes(bytes(25 << 20))
        image = ("--base-image", "registry.invalid/x", "--base-image-tag", "bookworm")
        words = (*image, "--no-preflight")
        path = f"{made.folder}:{engine.env['PATH']}"
        text = engine("build", *words, env={"PATH": path}).explained(1)
        assert f"XDG_{folder.upper()}_HOME" in text
        assert "space" in text
