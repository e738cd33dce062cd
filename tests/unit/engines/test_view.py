from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dockwright.engines.oci import Layout
from dockwright.engines.view import write_view
from tests.engines.tiny import tiny_layout


def resolved(view: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in view.iterdir()}


def test_a_view_is_an_image_directory(tmp_path: Path) -> None:
    layout = tiny_layout(tmp_path / "layout")
    view = tmp_path / "deep" / "view"
    write_view(layout, view)
    manifest = json.loads((view / "manifest.json").read_bytes())
    wanted = [manifest["config"], *manifest["layers"]]
    names = {entry["digest"].removeprefix("sha256:") for entry in wanted}
    assert {path.name for path in view.iterdir()} == {"manifest.json", "version", *names}
    for entry in wanted:
        path = view / entry["digest"].removeprefix("sha256:")
        assert path.is_symlink()
        assert path.stat().st_size == entry["size"]
    assert (view / "version").read_text() == "Directory Transport Version: 1.1\n"


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    layout = tiny_layout(tmp_path / "layout")
    write_view(layout, tmp_path / "view")
    before = {path: path.lstat().st_mtime_ns for path in (tmp_path / "view").iterdir()}
    write_view(layout, tmp_path / "view")
    assert {path: path.lstat().st_mtime_ns for path in (tmp_path / "view").iterdir()} == before


def test_a_view_follows_a_layout_that_was_made_again(tmp_path: Path) -> None:
    old, new = tiny_layout(tmp_path / "old"), tiny_layout(tmp_path / "new")
    write_view(old, tmp_path / "view")
    write_view(new, tmp_path / "view")
    assert (tmp_path / "view" / "manifest.json").readlink().is_relative_to(tmp_path / "new")
    assert resolved(tmp_path / "view")["manifest.json"]


def test_several_at_the_same_time(tmp_path: Path) -> None:
    layouts: list[Layout] = [tiny_layout(tmp_path / "a"), tiny_layout(tmp_path / "b")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: write_view(layouts[n % 2], tmp_path / "view"), range(40)))
    assert all(resolved(tmp_path / "view").values())
    assert not [path for path in (tmp_path / "view").iterdir() if path.name.startswith(".")]
