"""OCI image layouts on disk: writing one from a tar, reading one with its mistakes explained.

Pure Python and offline. A layout is a directory with `oci-layout`, `index.json` and
`blobs/sha256/*`; the engines take it as a base image without any registry.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import msgspec

from dockwright.engines.api import BaseContext
from dockwright.engines.oci_records import (
    CONFIG_TYPE,
    INDEX_TYPE,
    INDEX_TYPES,
    LAYER_TYPE,
    MANIFEST_TYPE,
    REF_NAME,
    Descriptor,
    History,
    ImageConfig,
    Index,
    Manifest,
    Platform,
    RootFs,
    RuntimeConfig,
)
from dockwright.errors import UserError

_CHUNK = 1 << 20
_DEEPEST = 3  # indexes within indexes
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/@:+-]*")
_Json = TypeVar("_Json")


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of an image as it lies in the layout. Size in bytes, as stored."""

    digest: str
    size: int
    media_type: str


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """One image of a layout. `digest` is that of its manifest, `platform` like `linux/amd64`."""

    directory: Path
    ref: str
    digest: str
    platform: str
    config: ImageConfig
    layers: tuple[Layer, ...]
    annotations: dict[str, str] = {}

    @property
    def size(self) -> int:
        """Bytes of all layers as stored."""
        return sum(layer.size for layer in self.layers)

    def blob(self, layer: Layer) -> Path:
        """Where a layer lies."""
        return _blob_path(self.directory, layer.digest)

    def as_base(self, name: str) -> BaseContext:
        """This image under the name that FROM says."""
        return BaseContext(name=name, layout=str(self.directory), ref=self.ref)


def parse_reference(text: str) -> tuple[Path, str]:
    """Split `oci:/path/to/layout[:tag]` into path and tag ("" when none was given)."""
    rest = text.removeprefix("oci:")
    path, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        path, tag = rest, ""
    if not path or (colon and path != rest and not tag):
        raise UserError(
            f"'{text}' is not an OCI layout reference", hint="write oci:/path/to/layout[:tag]"
        )
    return Path(path), tag


def write_layout(
    directory: Path,
    tar_path: Path,
    *,
    architecture: str,
    config_env: tuple[str, ...],
    cmd: tuple[str, ...],
    ref: str,
    annotations: dict[str, str],
    created: str,
    move: bool = False,
    digest: str = "",
    compress: bool = False,
) -> Layout:
    """Make a layout with one image of one layer, the tar at `tar_path`.

    `move` gives the tar away: it is renamed into the layout, not copied. `digest` (with `move`) is
    its sha256 when the caller already has it, so that it is not read again. The layer stays
    uncompressed unless `compress`. The same arguments write the same bytes.
    """
    if not _REF.fullmatch(ref):
        raise UserError(f"'{ref}' is not a tag", hint="use letters, digits and . _ -, like 'base'")
    if digest and not _DIGEST.fullmatch(digest):
        raise UserError(f"'{digest}' is not a sha256 digest")
    if (directory / "oci-layout").exists() or (directory / "index.json").exists():
        raise UserError(f"{directory} already holds an image layout", hint="name a new directory")
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    if compress:
        diff_id, layer = _store_compressed(blobs, tar_path)
        if move:
            tar_path.unlink()
    else:
        layer = _store(blobs, tar_path, move=move, digest=digest)
        diff_id = layer.digest
    config = ImageConfig(
        architecture=architecture,
        os="linux",
        created=created,
        config=RuntimeConfig(env=config_env, cmd=cmd),
        rootfs=RootFs(type="layers", diff_ids=(diff_id,)),
        # buildah refuses to build on an image whose history is shorter than its list of layers.
        history=(History(created_by="dockwright", created=created),),
    )
    manifest = Manifest(
        schema_version=2,
        media_type=MANIFEST_TYPE,
        config=_store_json(blobs, config, CONFIG_TYPE),
        layers=(layer,),
        annotations=annotations,
    )
    stored = _store_json(blobs, manifest, MANIFEST_TYPE)
    pointer = Descriptor(
        media_type=MANIFEST_TYPE,
        digest=stored.digest,
        size=stored.size,
        platform=Platform(architecture=architecture, os="linux"),
        annotations={REF_NAME: ref},
    )
    index = Index(schema_version=2, media_type=INDEX_TYPE, manifests=(pointer,))
    (directory / "index.json").write_bytes(_encode(index))
    # Last: without this file the directory is not a layout to anyone.
    (directory / "oci-layout").write_bytes(_encode({"imageLayoutVersion": "1.0.0"}))
    return read_layout(directory, ref)


def read_layout(
    directory: Path, ref: str = "", *, platform: str = "", verify_layers: bool = False
) -> Layout:
    """The image that `ref` (a tag; "" when there is only one) and `platform` choose.

    The digests of manifest and configuration are always checked, layers by size, and by digest
    too with `verify_layers` (reads them whole).
    """
    if not (directory / "oci-layout").is_file() or not (directory / "index.json").is_file():
        what = "is not an OCI image layout" if directory.is_dir() else "does not exist"
        raise UserError(
            f"{directory} {what}",
            hint="a layout is a directory with 'oci-layout', 'index.json' and 'blobs/'",
        )
    index_path = directory / "index.json"
    index = _decode(index_path.read_bytes(), Index, index_path)
    chosen = _choose(directory, index.manifests, ref, platform)
    manifest = _decode(
        _checked(directory, chosen, "manifest"), Manifest, _blob_path(directory, chosen.digest)
    )
    config = _decode(
        _checked(directory, manifest.config, "configuration"),
        ImageConfig,
        _blob_path(directory, manifest.config.digest),
    )
    for number, layer in enumerate(manifest.layers, start=1):
        _check_layer(directory, layer, f"layer {number}", whole=verify_layers)
    found = Platform(architecture=config.architecture, os=config.os, variant=config.variant)
    if platform and not _fits(found, platform):
        raise UserError(
            f"{directory} holds an image for {found}, not for {platform}",
            hint=f"build for {found}, or name a layout for {platform}",
        )
    return Layout(
        directory=directory,
        ref=ref or chosen.annotations.get(REF_NAME, ""),
        digest=chosen.digest,
        platform=str(found),
        config=config,
        layers=tuple(
            Layer(digest=layer.digest, size=layer.size, media_type=layer.media_type)
            for layer in manifest.layers
        ),
        annotations=manifest.annotations,
    )


def _choose(
    directory: Path, candidates: tuple[Descriptor, ...], ref: str, platform: str
) -> Descriptor:
    tags = sorted({tag for entry in candidates if (tag := entry.annotations.get(REF_NAME))})
    if ref:
        candidates = tuple(d for d in candidates if d.annotations.get(REF_NAME) == ref)
        if not candidates:
            known = f"its tags: {', '.join(tags)}" if tags else "it has no tags; leave the tag out"
            raise UserError(f"{directory} has no tag '{ref}'", hint=known)
    elif len(tags) > 1:
        known = ", ".join(tags)
        raise UserError(f"{directory} holds several images", hint=f"add :TAG, one of {known}")
    images = tuple(_flatten(directory, candidates, depth=0))
    if platform and len(images) > 1:
        matching = tuple(d for d in images if d.platform and _fits(d.platform, platform))
    else:
        matching = images
    match matching:
        case (only,):
            return only
        case ():
            there = ", ".join(sorted({str(d.platform) for d in images if d.platform})) or "nothing"
            wanted = f"no image for {platform}" if platform else "no image"
            raise UserError(f"{directory} holds {wanted}", hint=f"it holds {there}")
        case _:
            there = ", ".join(sorted(str(d.platform or d.digest) for d in matching))
            raise UserError(
                f"{directory} holds {len(matching)} images that fit",
                hint=f"choose a platform or tag: {there}",
            )


def _flatten(
    directory: Path, candidates: tuple[Descriptor, ...], *, depth: int
) -> Iterator[Descriptor]:
    """Image manifests, also those of nested indexes; attestations are no images."""
    for entry in candidates:
        if entry.media_type in INDEX_TYPES:
            if depth >= _DEEPEST:
                raise UserError(f"{directory}: its indexes are nested too deeply")
            path = _blob_path(directory, entry.digest)
            nested = _decode(_checked(directory, entry, "index"), Index, path)
            yield from _flatten(directory, nested.manifests, depth=depth + 1)
        elif entry.platform is None or entry.platform.architecture != "unknown":
            yield entry


def _fits(found: Platform, wanted: str) -> bool:
    parts = wanted.split("/") if "/" in wanted else ["linux", wanted]
    system, architecture, variant = (*parts, "", "")[:3]
    # A variant that only one side states (arm64 and arm64/v8) is no contradiction.
    same = (found.os or "linux", found.architecture) == (system, architecture)
    return same and ("" in (variant, found.variant) or variant == found.variant)


def _blob_path(directory: Path, digest: str) -> Path:
    if not _DIGEST.fullmatch(digest):
        raise UserError(f"{directory}: '{digest}' is not a sha256 digest")
    return directory / "blobs" / "sha256" / digest.removeprefix("sha256:")


def _damaged(path: Path, what: str, why: str) -> UserError:
    return UserError(
        f"the {what} at {path} is damaged: {why}", hint="make the layout again; it cannot be used"
    )


def _checked(directory: Path, entry: Descriptor, what: str) -> bytes:
    path = _blob_path(directory, entry.digest)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _damaged(path, what, "the file is missing") from None
    found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if found != entry.digest:
        raise _damaged(path, what, f"its digest is {found}")
    return content


def _check_layer(directory: Path, entry: Descriptor, what: str, *, whole: bool) -> None:
    path = _blob_path(directory, entry.digest)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise _damaged(path, what, "the file is missing") from None
    if size != entry.size:
        raise _damaged(path, what, f"it has {size} bytes, not {entry.size}")
    if whole and (found := _hash_file(path)) != entry.digest:
        raise _damaged(path, what, f"its digest is {found}")


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _store(blobs: Path, tar_path: Path, *, move: bool, digest: str) -> Descriptor:
    if move:
        digest = digest or _hash_file(tar_path)
        target = blobs / digest.removeprefix("sha256:")
        try:
            tar_path.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            shutil.move(tar_path, target)
    else:
        partial = blobs / ".partial"
        hasher = hashlib.sha256()
        with tar_path.open("rb") as source, partial.open("wb") as out:
            while chunk := source.read(_CHUNK):
                hasher.update(chunk)
                out.write(chunk)
        digest = f"sha256:{hasher.hexdigest()}"
        target = partial.rename(blobs / hasher.hexdigest())
    return Descriptor(media_type=LAYER_TYPE, digest=digest, size=target.stat().st_size)


class _HashingWriter:
    """A file object that hashes what passes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.hasher = hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self.hasher.update(chunk)
        return self.file.write(chunk)

    def flush(self) -> None:
        self.file.flush()


def _store_compressed(blobs: Path, tar_path: Path) -> tuple[str, Descriptor]:
    """The digest of the content and the descriptor of the gzip (no name, no time inside)."""
    partial = blobs / ".partial"
    content = hashlib.sha256()
    with tar_path.open("rb") as source, partial.open("wb") as out:
        sink = _HashingWriter(out)
        with gzip.GzipFile(
            filename="", mode="wb", fileobj=cast("BinaryIO", sink), mtime=0
        ) as packed:
            while chunk := source.read(_CHUNK):
                content.update(chunk)
                packed.write(chunk)
    target = partial.rename(blobs / sink.hasher.hexdigest())
    digest = f"sha256:{sink.hasher.hexdigest()}"
    layer = Descriptor(media_type=f"{LAYER_TYPE}+gzip", digest=digest, size=target.stat().st_size)
    return f"sha256:{content.hexdigest()}", layer


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _store_json(blobs: Path, value: object, media_type: str) -> Descriptor:
    content = _encode(value)
    name = hashlib.sha256(content).hexdigest()
    (blobs / name).write_bytes(content)
    return Descriptor(media_type=media_type, digest=f"sha256:{name}", size=len(content))


def _decode(content: bytes, kind: type[_Json], path: Path | os.PathLike[str]) -> _Json:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise _damaged(Path(path), "JSON", str(error)) from None
