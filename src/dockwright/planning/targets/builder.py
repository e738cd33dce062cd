"""The target `wheel_builder`: every native library and wheel, and the compilers that made them."""

from __future__ import annotations

from dockwright.model.plan import Copy, Env, Label, Stage, Step, Workdir
from dockwright.model.values import Device
from dockwright.planning import names
from dockwright.planning.site import Site
from dockwright.planning.targets import common

NOT_BUILT = ("dynamo", "etcd", "nats")
"""What is no result of a build but is installed elsewhere."""


def wheel_builder(site: Site, base: str) -> Stage:
    """All results below one roof; wheels below /opt/dynamo/wheelhouse."""
    parts = [(part, seen) for part, seen in site.parts if part.name not in NOT_BUILT]
    values, _ = common.environment(parts)
    cuda = site.context.device is Device.CUDA
    directories = common.libraries(parts) if cuda else ()
    steps: list[Step] = [
        *(
            Copy(stage=part.name, source=path, target=path)
            for part, _ in parts
            for path in part.outputs
        ),
        *_environment(values, directories),
        Workdir(path=names.WORKSPACE),
        Label(values=common.labels(site)),
    ]
    return Stage(
        name=names.WHEEL_BUILDER,
        base=base,
        summary="wheel_builder: every native library and wheel, with the compilers",
        component="image",
        steps=tuple(steps),
    )


def _environment(values: dict[str, str], directories: tuple[str, ...]) -> tuple[Env, ...]:
    if not values and not directories:
        return ()
    return (Env(values=values, prepend={"LD_LIBRARY_PATH": directories} if directories else {}),)
