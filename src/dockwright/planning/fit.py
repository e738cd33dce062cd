"""Refuses a provider that cannot work in an image, before anything is built."""

from __future__ import annotations

from msgspec.structs import replace

from dockwright.errors import Problem, UserError
from dockwright.model.recipe import Component, Context


def refuse_misfit(component: Component, context: Context) -> None:
    """Raises UserError that names the providers which would work."""
    reason = component.providers[context.provider].misfit(context)
    if not reason:
        return
    key = component.provider
    where = context.params.value(key).origin.where if key else ""
    others = [
        name
        for name, provider in component.providers.items()
        if name != context.provider and not provider.misfit(replace(context, provider=name))
    ]
    valid = f"valid: {key.flag} {' or '.join(others)}" if key and others else ""
    raise UserError(
        problems=[
            Problem(
                rule="provider-fits",
                what=f"{component.name} from {context.provider!r}: {reason}",
                where=where,
                hint=f"{valid}; or another --base-image".removeprefix("; or "),
            )
        ]
    )
