"""The records of the OCI image specification that dockwright reads and writes."""

from __future__ import annotations

import msgspec

REF_NAME = "org.opencontainers.image.ref.name"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
INDEX_TYPES = frozenset({INDEX_TYPE, "application/vnd.docker.distribution.manifest.list.v2+json"})
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A record of the OCI specification, in its spelling."""


class Platform(Wire, frozen=True, kw_only=True):
    """What an index says of one of its manifests."""

    architecture: str
    os: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class Descriptor(Wire, frozen=True, kw_only=True):
    """A typed pointer to a blob."""

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None
    annotations: dict[str, str] = {}


class Index(Wire, frozen=True, kw_only=True):
    """`index.json`, or an index that another one points to."""

    schema_version: int
    media_type: str = ""
    manifests: tuple[Descriptor, ...] = ()


class Manifest(Wire, frozen=True, kw_only=True):
    """One image for one platform."""

    schema_version: int
    config: Descriptor
    layers: tuple[Descriptor, ...]
    media_type: str = ""
    annotations: dict[str, str] = {}


class RuntimeConfig(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """What a container starts with. Fields that dockwright does not use are not read."""

    user: str = ""
    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    working_dir: str = ""
    labels: dict[str, str] | None = None


class RootFs(msgspec.Struct, frozen=True, kw_only=True):
    """The digests of the uncompressed layers, bottom first."""

    type: str
    diff_ids: tuple[str, ...]


class History(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one layer came to be. Engines want one entry for each layer."""

    created_by: str = ""
    created: str = ""


class ImageConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The configuration of an image."""

    architecture: str
    os: str
    rootfs: RootFs
    created: str = ""
    variant: str = ""
    config: RuntimeConfig | None = None
    history: tuple[History, ...] = ()
