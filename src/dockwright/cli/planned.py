"""From a command's arguments to a plan: what build, plan, render and verify have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockwright.catalog.parameters.images import BASE_IMAGE
from dockwright.cli import settings
from dockwright.errors import UserError
from dockwright.model.param import Params
from dockwright.model.plan import LayoutImage
from dockwright.planning.build import Layout, Planned, plan_image
from dockwright.planning.names import from_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One platform's parameters and plan, and where its OCI layouts are on this host."""

    params: Params
    planned: Planned
    layouts: Mapping[str, str]


def subjects(arguments: Mapping[str, Any], env: Mapping[str, str]) -> tuple[Subject, ...]:
    """One subject per platform. Raises UserError with everything that is wrong."""
    return tuple(_subject(params) for params in settings.read(arguments, env))


def subject(arguments: Mapping[str, Any], env: Mapping[str, str]) -> Subject:
    """The only subject. Raises UserError when several platforms were asked for."""
    found = subjects(arguments, env)
    if len(found) != 1:
        raise UserError(
            f"{len(found)} platforms were asked for; this version builds one at a time",
            hint="name one platform, such as --platform linux/amd64",
        )
    return found[0]


def _subject(params: Params) -> Subject:
    from dockwright.catalog.parameters.axes import ARCH
    from dockwright.config.consumers import unconsumed

    image = params[BASE_IMAGE]
    found: dict[str, Layout] = {}
    folder = ""
    if image.startswith("oci:"):
        from dockwright.engines.oci import parse_reference, read_layout

        path, ref = parse_reference(image)
        layout = read_layout(path, ref, platform=params[ARCH].platform)
        folder = str(path.absolute())
        found[image] = Layout(digest=layout.digest, ref=layout.ref)
    planned = plan_image(params, params[ARCH], layouts=found)
    problems = unconsumed(params, planned.ledger)
    if problems:
        raise UserError(problems=problems)
    layouts = {
        from_name(value): folder
        for value in planned.plan.images.values()
        if isinstance(value, LayoutImage)
    }
    return Subject(params=params, planned=planned, layouts=layouts)


def absolute(path: str) -> Path:
    """A path that a person wrote, independent of the working directory from here on."""
    return Path(path).expanduser().absolute()
