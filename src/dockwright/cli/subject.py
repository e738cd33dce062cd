"""A plan that only verifies: the verify stage of a build, on top of an image that exists."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from dockwright.errors import UserError
from dockwright.model.plan import BaseImage, LayoutImage, Plan, RegistryImage
from dockwright.model.values import ImageRef
from dockwright.planning import names


def plan_of_image(plan: Plan, where: str) -> tuple[Plan, Mapping[str, str]]:
    """The verify and evidence stages of `plan` on the image at `where`, and its layouts.

    `where` is how an engine says where an image is: a name, `containers-storage:NAME`,
    `docker-daemon:NAME` or `oci:DIRECTORY:TAG`. Raises UserError when it is none of these.
    """
    image, layouts = _image(where)
    stages = tuple(
        msgspec.structs.replace(stage, base="subject") if stage.name == names.VERIFY else stage
        for stage in plan.stages
        if stage.name in {names.VERIFY, names.EVIDENCE}
    )
    if not stages:
        raise UserError(
            "the build that made the image had no checks", hint="build it again without --no-verify"
        )
    return (
        Plan(
            name=f"{plan.name}-verify",
            platform=plan.platform,
            target=names.EVIDENCE,
            images={"subject": image},
            stages=stages,
        ),
        layouts,
    )


def _image(where: str) -> tuple[BaseImage, Mapping[str, str]]:
    if where.startswith("oci:"):
        from dockwright.engines.oci import parse_reference, read_layout

        path, ref = parse_reference(where)
        layout = read_layout(path, ref)
        image = LayoutImage(name="subject", digest=layout.digest, ref=layout.ref)
        return image, {names.from_name(image): str(path.absolute())}
    name = where
    for prefix in ("containers-storage:", "docker-daemon:", "docker:"):
        name = name.removeprefix(prefix)
    try:
        ImageRef.parse(name)
    except ValueError as error:
        raise UserError(
            f"{where}: {error}", hint="name an image, or oci:DIRECTORY[:TAG]"
        ) from error
    return RegistryImage(ref=name), {}
