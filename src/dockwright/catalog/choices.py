"""Parameters that several components have in the same form, and what their values cannot be."""

from __future__ import annotations

from dockwright.model.kinds import VERSION_OR_EMPTY
from dockwright.model.param import Case, Default, Kind, Param
from dockwright.model.recipe import Context
from dockwright.model.values import Device


def provider(
    component: str, choices: tuple[str, ...], *, default: str, cases: tuple[Case[str], ...] = ()
) -> Param[str]:
    """`NATS_PROVIDER`: which of a component's providers makes it."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not {text!r}")
        return text

    return Param(
        name=f"{component.upper()}_PROVIDER",
        kind=Kind(
            name="provider",
            parse=parse,
            schema={"type": "string", "enum": list(choices)},
            choices=choices,
        ),
        help=f"Where {component} comes from.",
        default=Default(otherwise=default, cases=cases),
        group="providers",
        metavar="|".join(choices),
    )


def package_version(component: str) -> Param[str]:
    """`NATS_PACKAGE_VERSION`: the exact version of a distribution's package."""
    return Param(
        name=f"{component.upper()}_PACKAGE_VERSION",
        kind=VERSION_OR_EMPTY,
        help=f"Exact version of {component}'s distribution package; empty: the newest.",
        default=Default(otherwise=""),
        group="providers",
        example="1.13.1-1",
        shown_default="the archive's newest",
    )


def not_beside_the_toolchain(context: Context) -> str:
    """Why a tool out of the base's packages cannot serve the compile steps; empty when it can."""
    if context.device is Device.CUDA:
        return "a package of the base does not run on the older system of the toolchain"
    return ""
