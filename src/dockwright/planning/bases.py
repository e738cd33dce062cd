"""The images that a plan starts from, and the systems inside them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from dockwright.catalog.parameters.images import (
    BASE_IMAGE,
    BASE_IMAGE_TAG,
    RUNTIME_IMAGE,
    RUNTIME_IMAGE_TAG,
)
from dockwright.catalog.systems import guess, system
from dockwright.errors import UserError
from dockwright.model.param import Params
from dockwright.model.plan import BaseImage, BootstrapImage, LayoutImage, RegistryImage
from dockwright.model.values import Arch, Os

BOOTSTRAP_PACKAGES = ("ca-certificates",)


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """An OCI layout that the edge has looked at: its manifest's digest, its tag, its layers."""

    digest: str
    ref: str
    layers: int


def base_image(params: Params, arch: Arch, layouts: Mapping[str, Layout]) -> tuple[BaseImage, Os]:
    """The base image that BASE_IMAGE and BASE_IMAGE_TAG name, and the system inside it."""
    image, tag = params[BASE_IMAGE], params[BASE_IMAGE_TAG]
    scheme, _, rest = image.partition(":")
    where = params.value(BASE_IMAGE).origin.where
    if scheme == "bootstrap":
        distribution, _, suite = rest.partition("/")
        try:
            found = system(distribution, suite)
        except KeyError:
            raise UserError(
                f"{where}: there is no bootstrap recipe for {rest!r}",
                hint="known: bootstrap:debian/bookworm, bootstrap:debian/trixie",
            ) from None
        return (
            BootstrapImage(
                distribution=distribution,
                suite=suite,
                arch=arch.value,
                packages=BOOTSTRAP_PACKAGES,
            ),
            found,
        )
    if scheme == "oci":
        layout = layouts[image]
        name = "".join(c if c.isalnum() else "-" for c in rest.rsplit("/", 1)[-1].lower()).strip(
            "-"
        )
        return LayoutImage(name=name or "layout", digest=layout.digest, ref=layout.ref), guess(
            image, tag
        )
    ref = (
        f"{image}:{tag}"
        if tag and "@" not in image and ":" not in image.rsplit("/", 1)[-1]
        else image
    )
    return RegistryImage(ref=ref), guess(image, tag)


def runtime_image(params: Params) -> tuple[BaseImage, Os]:
    """The image that the runtime of an engine starts from, and the system inside it."""
    image, tag = params[RUNTIME_IMAGE], params[RUNTIME_IMAGE_TAG]
    return RegistryImage(ref=f"{image}:{tag}" if tag else image), guess(image, tag)
