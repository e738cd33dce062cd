"""BuildKit's source policy for a plan: its images by their digests, and nothing else.

Facts of BuildKit 0.33 (`sourcepolicy/engine.go`): of ALLOW and DENY the last rule that matches
wins; identifiers are whole references, with registry and tag. buildx reads the file that
EXPERIMENTAL_BUILDKIT_SOURCE_POLICY names. Our own layouts and source trees are contexts of the
client, which are named by their content and which these rules do not touch.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dockwright.errors import UserError
from dockwright.model.plan import Plan, RegistryImage
from dockwright.model.values import ImageRef

_REFUSED = ("docker-image://*", "https://*", "http://*", "git://*")


def source_policy(plan: Plan, pulled: Iterable[str] = ()) -> dict[str, Any]:
    """The policy as JSON data. `pulled` are further references: the same images at mirrors.

    Raises UserError for an image without a digest: a policy that lets a tag move is none.
    """
    refs = [image.ref for image in plan.images.values() if isinstance(image, RegistryImage)]
    if moving := [ref for ref in (*refs, *pulled) if "@" not in ref]:
        raise UserError(
            f"--source-policy: {', '.join(moving)} has no digest, so there is nothing to hold "
            "BuildKit to",
            hint="make a lock first: `dockwright lock` with the words of this build",
        )
    rules = [{"action": "DENY", "selector": {"identifier": what}} for what in _REFUSED]
    rules += [
        {"action": "ALLOW", "selector": {"identifier": f"docker-image://{whole(ref)}"}}
        for ref in dict.fromkeys((*refs, *pulled))
    ]
    return {"version": 1, "rules": rules}


def whole(ref: str) -> str:
    """A reference with its registry and tag, as BuildKit names it."""
    image = ImageRef.parse(ref)
    domain, slash, rest = image.name.partition("/")
    if not slash or not ("." in domain or ":" in domain or domain == "localhost"):
        domain, rest = "docker.io", image.name if slash else f"library/{image.name}"
    tag = image.tag or ("" if image.digest else "latest")
    return str(ImageRef(name=f"{domain}/{rest}", tag=tag, digest=image.digest))
