"""Plans for tests: from words, through the real configuration and the real catalog."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.catalog.registry import components
from dockwright.config.resolve import resolve
from dockwright.config.setting import Setting
from dockwright.model.param import Origin, Params, Source
from dockwright.model.recipe import Component
from dockwright.planning.build import Planned, plan_image

STANDARD = {"FRAMEWORK": "none", "DEVICE": "cpu"}
"""The image that the quickstart builds."""


def params(words: Mapping[str, str] | None = None) -> Params:
    """Valid parameters of the standard image, with some words said on the command line."""
    said = {**STANDARD, **(words or {})}
    return resolve(
        Setting(name=name, text=text, origin=Origin(source=Source.FLAG, where=f"--{name.lower()}"))
        for name, text in said.items()
    )


def planned(
    words: Mapping[str, str] | None = None, catalog: Mapping[str, Component] | None = None
) -> Planned:
    """The plan of the standard image."""
    from dockwright.catalog.parameters.axes import ARCH

    values = params(words)
    return plan_image(values, values[ARCH], catalog=components() if catalog is None else catalog)
