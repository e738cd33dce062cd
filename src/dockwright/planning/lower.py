"""Turns components into stages: one stage each, so one cache key, one timing and one log each."""

from __future__ import annotations

from dockwright.catalog.steps import install, shell
from dockwright.model.plan import Copy, CopyContext, Run, Stage, Step, Tag, Workdir, Write
from dockwright.model.recipe import Component, Context, Provider, Wheels
from dockwright.model.source import Sourced, context_name


def provider_of(component: Component, context: Context) -> Provider:
    """The provider that the plan uses for a component."""
    return component.providers[context.provider]


def _wheel_check(component: str, wheels: Wheels | None) -> tuple[Run, ...]:
    if wheels is None:
        return ()
    return (
        Run(
            title=f"{component}: exactly the declared wheels are there",
            script=shell("wheels.sh"),
            env={
                "COMPONENT": component,
                "FOLDER": wheels.folder,
                "PYTHON": wheels.python,
                "WHEELS": " ".join(wheels.patterns),
            },
        ),
    )


def copy_source(component: str, found: Sourced) -> tuple[CopyContext, ...]:
    """A source's tree, or some paths of it, into the stage."""
    name = context_name(component, found.source)
    if not found.paths:
        return (CopyContext(context=name, source="/tree", target=found.target),)
    return tuple(
        CopyContext(context=name, source=f"/tree/{path}", target=f"{found.target}/{path}")
        for path in found.paths
    )


def component_stage(
    component: Component, context: Context, *, needs: tuple[Component, ...], base: str
) -> Stage:
    """The stage that makes a component's outputs from its provider."""
    provider = provider_of(component, context)
    family = context.os.family
    steps: list[Step] = [
        *install(
            provider.packages.get(family, ()),
            family,
            title=f"install what the build of {component.name} needs",
        ),
        *(
            Copy(stage=need.name, source=path, target=path)
            for need in needs
            for path in need.outputs
        ),
        *(
            step
            for found in provider.sources(context)
            for step in copy_source(component.name, found)
        ),
        *(Write(path=path, text=text) for path, text in sorted(provider.files(context).items())),
        Workdir(path=f"/src/{component.name}"),
    ]
    env = dict(provider.env(context))
    if provider.prepare:
        steps.append(
            Run(
                title=f"{component.name}: get what the build needs",
                script=provider.prepare,
                env=env,
                mounts=provider.caches,
                tags=(Tag.NETWORK, Tag.PYTHON),
            )
        )
    steps += [
        Run(
            title=f"{component.name}: {provider.summary}",
            script=provider.script,
            env=env,
            mounts=provider.caches,
            tags=(*provider.tags, *((Tag.COMPILES,) if provider.build else ())),
            build=provider.build,
        ),
        *_wheel_check(component.name, provider.wheels(context)),
        Run(
            title=f"{component.name}: every declared output is there",
            script=shell("outputs.sh"),
            env={"COMPONENT": component.name, "OUTPUTS": "\n".join(component.outputs)},
        ),
    ]
    return Stage(
        name=component.name,
        base=base,
        summary=f"{component.name}: {component.summary} ({context.provider})",
        component=component.name,
        steps=tuple(steps),
        outputs=component.outputs,
    )
