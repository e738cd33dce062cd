"""A second look at an OCI layout: the `dir:` form that containers/image reads.

buildah 1.28 names an image that it pulls from `oci:DIRECTORY` after the directory, and refuses
directories that are no image name (`~/.cache`, upper case). From `dir:` it names it by digest. The
view is links into the layout, so it costs nothing and follows a replaced layout when it is remade.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from dockwright.engines.oci import Layout

_VERSION = "Directory Transport Version: 1.1\n"


def write_view(layout: Layout, directory: Path) -> None:
    """Make or refresh the view of one image of a layout. Safe to call at the same time twice."""
    directory.mkdir(parents=True, exist_ok=True)
    blobs = layout.directory.absolute() / "blobs" / "sha256"
    manifest = layout.digest.removeprefix("sha256:")
    config = json.loads((blobs / manifest).read_bytes())["config"]["digest"]
    links = {"manifest.json": manifest, config.removeprefix("sha256:"): ""}
    links |= {layer.digest.removeprefix("sha256:"): "" for layer in layout.layers}
    for name, blob in links.items():
        _link(directory / name, blobs / (blob or name))
    version = directory / "version"
    if not version.exists():
        version.write_text(_VERSION, encoding="ascii")


def _link(path: Path, target: Path) -> None:
    if path.is_symlink() and path.readlink() == target:
        return
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".link-") as scratch:
        fresh = Path(scratch) / "link"
        fresh.symlink_to(target)
        fresh.replace(path)
