"""Joins images of several platforms, each in an OCI layout, into one layout with an image index."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from dockwright.engines.oci import read_layout
from dockwright.engines.oci_records import (
    INDEX_TYPE,
    MANIFEST_TYPE,
    REF_NAME,
    Descriptor,
    Index,
    Platform,
)
from dockwright.errors import UserError


def join_layouts(parts: Sequence[tuple[Path, str]], directory: Path, *, ref: str) -> str:
    """Write the layout `directory`; the digest of the index that `ref` names in it.

    `parts` are layouts with the reference of the image in each. Blobs are linked where the file
    system allows it. An older layout in the directory is replaced when the new one is complete.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    is_layout = (directory / "index.json").is_file()
    if directory.exists() and not is_layout and any(directory.iterdir()):
        raise UserError(
            f"{directory} is not empty and no image layout", hint="name a new directory"
        )
    made = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}."))
    try:
        digest = _write(parts, made, ref)
        made.chmod(0o755)
        shutil.rmtree(directory, ignore_errors=True)
        made.replace(directory)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return digest


def _write(parts: Sequence[tuple[Path, str]], made: Path, ref: str) -> str:
    blobs = made / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    manifests: dict[str, Descriptor] = {}
    for source, name in parts:
        layout = read_layout(source, name)
        if layout.platform in manifests:
            raise UserError(f"two images for {layout.platform}: {source} is the second")
        for blob in (source / "blobs" / "sha256").iterdir():
            if not (blobs / blob.name).exists():
                _link(blob, blobs / blob.name)
        system, architecture, variant = (*layout.platform.split("/"), "")[:3]
        manifests[layout.platform] = Descriptor(
            media_type=MANIFEST_TYPE,
            digest=layout.digest,
            size=(blobs / layout.digest.removeprefix("sha256:")).stat().st_size,
            platform=Platform(architecture=architecture, os=system, variant=variant),
        )
    index = Index(schema_version=2, media_type=INDEX_TYPE, manifests=tuple(manifests.values()))
    pointer = _store(blobs, _encode(index), ref)
    top = Index(schema_version=2, media_type=INDEX_TYPE, manifests=(pointer,))
    (made / "index.json").write_bytes(_encode(top))
    (made / "oci-layout").write_bytes(_encode({"imageLayoutVersion": "1.0.0"}))
    return pointer.digest


def _store(blobs: Path, content: bytes, ref: str) -> Descriptor:
    import hashlib

    name = hashlib.sha256(content).hexdigest()
    (blobs / name).write_bytes(content)
    return Descriptor(
        media_type=INDEX_TYPE,
        digest=f"sha256:{name}",
        size=len(content),
        annotations={REF_NAME: ref},
    )


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")
