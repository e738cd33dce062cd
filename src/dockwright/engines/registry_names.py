"""Names of images, and where they are asked for: registry, repository, mirror."""

from __future__ import annotations

import msgspec

from dockwright.engines.network import Policy
from dockwright.errors import UserError
from dockwright.model.values import ImageRef


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an image is asked for: the API's root address, and the repository there."""

    root: str
    registry: str
    repository: str


def place(image: ImageRef, policy: Policy) -> Place:
    """Where the image is asked for; a mirror of its address counts."""
    domain, slash, rest = image.name.partition("/")
    if not slash or not ("." in domain or ":" in domain or domain == "localhost"):
        domain, rest = "docker.io", image.name
    if domain in {"docker.io", "index.docker.io"}:
        domain, rest = "registry-1.docker.io", rest if "/" in rest else f"library/{rest}"
    known = (f"https://{domain}/{rest}", f"https://docker.io/{rest}")
    addresses = known if domain == "registry-1.docker.io" else known[:1]
    address = next((new for old in addresses if (new := policy.address(old)) != old), addresses[0])
    scheme, _, there = address.partition("://")
    host, _, repository = there.partition("/")
    return Place(root=f"{scheme}://{host}", registry=host, repository=repository)


def reference(image: ImageRef, policy: Policy) -> str:
    """The name by which an engine pulls the image: the mirror's, where there is one."""
    before, after = place(image, Policy()), place(image, policy)
    if before == after:
        return str(image)
    return str(msgspec.structs.replace(image, name=f"{after.registry}/{after.repository}"))


def parse(ref: str) -> ImageRef:
    """A reference that a recipe or a person wrote. Raises UserError."""
    try:
        return ImageRef.parse(ref)
    except ValueError as error:
        raise UserError(f"{ref}: {error}", hint="write name[:tag][@sha256:…]") from None


def shown_name(image: ImageRef, where: Place) -> str:
    """The reference, and where it was asked for when that is not what it says."""
    direct = place(image, Policy())
    return str(image) if where == direct else f"{image} (at {where.registry}/{where.repository})"
