"""Image layouts: round trip, determinism, and every way in which one can be wrong."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from dockwright.engines.oci import Layout, parse_reference, read_layout, write_layout
from dockwright.errors import UserError


def make_tar(path: Path, content: bytes = b"hello") -> Path:
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("etc/motd")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def make_layout(
    directory: Path, tar: Path, *, move: bool = False, digest: str = "", compress: bool = False
) -> Layout:
    return write_layout(
        directory,
        tar,
        architecture="amd64",
        config_env=("PATH=/usr/bin",),
        cmd=("bash",),
        ref="base",
        annotations={"dev.dockwright.test": "yes"},
        created="2024-01-02T03:04:05Z",
        move=move,
        digest=digest,
        compress=compress,
    )


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return make_layout(tmp_path / "layout", make_tar(tmp_path / "root.tar"))


def edit_index(layout: Layout, **changes: object) -> None:
    path = layout.directory / "index.json"
    index = json.loads(path.read_bytes())
    path.write_text(json.dumps(index | changes))


def entries(layout: Layout) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((layout.directory / "index.json").read_bytes())[
        "manifests"
    ]
    return found


def test_what_is_written_is_read(layout: Layout, tmp_path: Path) -> None:
    content = (tmp_path / "root.tar").read_bytes()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert read_layout(layout.directory, verify_layers=True) == layout
    assert layout.ref == "base"
    assert layout.platform == "linux/amd64"
    assert layout.annotations == {"dev.dockwright.test": "yes"}
    assert layout.size == len(content)
    assert [layer.digest for layer in layout.layers] == [digest]
    assert layout.blob(layout.layers[0]).read_bytes() == content
    assert layout.config.rootfs.diff_ids == (digest,)
    assert layout.config.config is not None
    assert layout.config.config.cmd == ("bash",)
    assert layout.config.config.env == ("PATH=/usr/bin",)
    assert layout.as_base("base").layout == str(layout.directory)


def test_same_arguments_write_the_same_bytes(layout: Layout, tmp_path: Path) -> None:
    other = make_layout(tmp_path / "other", tmp_path / "root.tar")
    files = {p.relative_to(other.directory) for p in other.directory.rglob("*") if p.is_file()}
    assert len(files) == 5
    for name in files:
        assert (other.directory / name).read_bytes() == (layout.directory / name).read_bytes()


@pytest.mark.parametrize("known", [True, False])
def test_a_moved_tar_is_not_copied(tmp_path: Path, known: bool) -> None:  # noqa: FBT001
    tar = make_tar(tmp_path / "root.tar")
    inode, content = tar.stat().st_ino, tar.read_bytes()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}" if known else ""
    layout = make_layout(tmp_path / "layout", tar, move=True, digest=digest)
    assert not tar.exists()
    assert layout.blob(layout.layers[0]).stat().st_ino == inode
    assert read_layout(layout.directory, verify_layers=True) == layout


def test_compressed_layers_name_the_digest_of_their_content(tmp_path: Path) -> None:
    tar = make_tar(tmp_path / "root.tar", b"x" * 100_000)
    layout = make_layout(tmp_path / "layout", tar, compress=True)
    (layer,) = layout.layers
    assert layer.media_type.endswith("+gzip")
    assert layer.size < tar.stat().st_size
    assert gzip.decompress(layout.blob(layer).read_bytes()) == tar.read_bytes()
    content = hashlib.sha256(tar.read_bytes()).hexdigest()
    assert layout.config.rootfs.diff_ids == (f"sha256:{content}",)
    again = make_layout(tmp_path / "again", tar, compress=True)
    assert again.digest == layout.digest


def test_an_existing_layout_is_not_overwritten(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="already holds an image layout"):
        make_layout(layout.directory, tmp_path / "root.tar")


def test_not_a_layout(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not an OCI image layout") as caught:
        read_layout(tmp_path)
    assert "oci-layout" in caught.value.hint
    with pytest.raises(UserError, match="does not exist"):
        read_layout(tmp_path / "nothing")


def test_an_unknown_tag_lists_the_known_ones(layout: Layout) -> None:
    with pytest.raises(UserError, match="has no tag 'latest'") as caught:
        read_layout(layout.directory, "latest")
    assert caught.value.hint == "its tags: base"


def test_several_tags_want_a_choice(layout: Layout) -> None:
    (entry,) = entries(layout)
    other = entry | {"annotations": {"org.opencontainers.image.ref.name": "other"}}
    edit_index(layout, manifests=[entry, other])
    with pytest.raises(UserError, match="several images") as caught:
        read_layout(layout.directory)
    assert caught.value.hint == "add :TAG, one of base, other"
    assert read_layout(layout.directory, "other").ref == "other"


def test_several_platforms_are_chosen_by_platform(layout: Layout) -> None:
    (entry,) = entries(layout)
    arm = entry | {"platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}}
    edit_index(layout, manifests=[entry, arm])
    with pytest.raises(UserError, match="2 images that fit") as caught:
        read_layout(layout.directory, "base")
    assert "linux/arm64/v8" in caught.value.hint
    assert read_layout(layout.directory, "base", platform="linux/amd64").digest == layout.digest
    with pytest.raises(UserError, match="no image for linux/s390x"):
        read_layout(layout.directory, "base", platform="linux/s390x")


def test_an_image_for_another_platform_is_refused(layout: Layout) -> None:
    with pytest.raises(UserError, match="for linux/amd64, not for linux/arm64"):
        read_layout(layout.directory, platform="linux/arm64")


def test_attestations_and_nested_indexes(layout: Layout) -> None:
    (entry,) = entries(layout)
    attestation = entry | {"platform": {"architecture": "unknown", "os": "unknown"}}
    nested = json.dumps({"schemaVersion": 2, "manifests": [entry, attestation]}).encode()
    name = hashlib.sha256(nested).hexdigest()
    (layout.directory / "blobs" / "sha256" / name).write_bytes(nested)
    pointer = {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "digest": f"sha256:{name}",
        "size": len(nested),
    }
    edit_index(layout, manifests=[pointer])
    assert read_layout(layout.directory).digest == layout.digest


def test_an_empty_index(layout: Layout) -> None:
    edit_index(layout, manifests=[])
    with pytest.raises(UserError, match="holds no image"):
        read_layout(layout.directory)


def test_damage_names_the_blob(layout: Layout) -> None:
    blob = layout.blob(layout.layers[0])
    content = blob.read_bytes()
    blob.write_bytes(b"X" + content[1:])
    read_layout(layout.directory)
    with pytest.raises(UserError, match=f"layer 1 at .*{blob.name} is damaged: its digest is"):
        read_layout(layout.directory, verify_layers=True)
    blob.write_bytes(content[:-1])
    with pytest.raises(UserError, match=f"{len(content) - 1} bytes, not {len(content)}"):
        read_layout(layout.directory)
    blob.unlink()
    with pytest.raises(UserError, match="the file is missing"):
        read_layout(layout.directory)


def test_a_damaged_manifest(layout: Layout) -> None:
    blob = layout.directory / "blobs" / "sha256" / layout.digest.removeprefix("sha256:")
    blob.write_bytes(b"{}")
    with pytest.raises(UserError, match=f"manifest at .*{blob.name} is damaged"):
        read_layout(layout.directory)


@pytest.mark.parametrize("content", ["", "[]", '{"schemaVersion": 2, "manifests": 1}'])
def test_an_index_that_is_not_one(layout: Layout, content: str) -> None:
    (layout.directory / "index.json").write_text(content)
    with pytest.raises(UserError, match=r"index.json is damaged"):
        read_layout(layout.directory)


def test_a_digest_cannot_leave_the_layout(layout: Layout) -> None:
    (entry,) = entries(layout)
    edit_index(layout, manifests=[entry | {"digest": "sha256:../../../etc/passwd"}])
    with pytest.raises(UserError, match="is not a sha256 digest"):
        read_layout(layout.directory)


@pytest.mark.parametrize(
    ("text", "path", "tag"),
    [
        ("oci:/a/b", "/a/b", ""),
        ("oci:/a/b:base", "/a/b", "base"),
        ("oci:a", "a", ""),
        ("oci:/a:1/b", "/a:1/b", ""),
        ("oci:/a:1/b:2", "/a:1/b", "2"),
    ],
)
def test_references(text: str, path: str, tag: str) -> None:
    assert parse_reference(text) == (Path(path), tag)


@pytest.mark.parametrize("text", ["oci:", "oci::tag", "oci:/a:"])
def test_wrong_references(text: str) -> None:
    with pytest.raises(UserError, match="is not an OCI layout reference"):
        parse_reference(text)
