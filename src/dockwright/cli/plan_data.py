"""The JSON of `dockwright plan --format json`: these structs are its description.

docs/reference/plan.schema.json is derived from them. `VERSION` goes up when a reader of the old
form would misread the new one; a new field is no such change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dockwright.model.plan import BaseImage, Label, Step

if TYPE_CHECKING:
    from dockwright.cli.planned import Subject
    from dockwright.cli.scheduling import Work
    from dockwright.engines.schedule import Schedule
    from dockwright.model.param import Params

VERSION: Literal[1] = 1
SCHEMA_ID = f"https://dockwright.example/schema/plan/v{VERSION}.json"


class ParameterData(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter's value as text, who said it, and what it would be if nobody had.

    `origin` is a flag, a variable, `file:line`, or how the default came about; a secret is `***`.
    """

    value: str
    origin: str
    default: str
    source: Literal["default", "project file", "config file", "environment", "command line"]


class StageData(msgspec.Struct, frozen=True, kw_only=True):
    """A stage. `digest` is that of its value and of all its inputs' digests."""

    name: str
    component: str
    digest: str
    inputs: tuple[str, ...]
    steps: tuple[Step, ...]


class ImageData(msgspec.Struct, frozen=True, kw_only=True):
    """The image of one platform.

    `contexts` are base images without a registry (FROM name → OCI layout); `secrets` are ids;
    `parameters` those whose value on this platform is another than in the plan's own table.
    """

    target: str
    platforms: tuple[str, ...]
    tags: tuple[str, ...]
    labels: dict[str, str]
    bases: dict[str, BaseImage]
    contexts: dict[str, str]
    secrets: tuple[str, ...]
    cache_from: tuple[str, ...]
    cache_to: tuple[str, ...]
    output: Literal["cache", "image", "files", "oci", "push"]
    stages: tuple[StageData, ...]
    dockerfile_sha256: str
    parameters: dict[str, ParameterData] = {}


class PlanData(msgspec.Struct, frozen=True, kw_only=True):
    """What one invocation would build: one image for each platform, and the commands of all."""

    version: Literal[1]
    engine: str
    parameters: dict[str, ParameterData]
    images: tuple[ImageData, ...]
    commands: tuple[tuple[str, ...], ...]


def plan_data(work: Work, engine: str) -> PlanData:
    """The plan as data."""
    tables = [_parameters(subject.params) for subject in work.subjects]
    return PlanData(
        version=VERSION,
        engine=engine,
        parameters=tables[0],
        images=tuple(
            _image(work, subject, scheduled, _differences(table, tables[0]))
            for subject, scheduled, table in zip(work.subjects, work.schedules, tables, strict=True)
        ),
        commands=tuple(command.argv for command in work.commands),
    )


def plan_schema() -> dict[str, Any]:
    """The JSON schema of `PlanData`."""
    schema = msgspec.json.schema(PlanData)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "dockwright plan",
        **schema,
    }


def _differences(
    table: Mapping[str, ParameterData], first: Mapping[str, ParameterData]
) -> dict[str, ParameterData]:
    return {name: row for name, row in table.items() if row != first[name]}


def _parameters(params: Params) -> dict[str, ParameterData]:
    from dockwright.catalog.parameters import parameters
    from dockwright.config.cells import default_of
    from dockwright.config.derive import shown

    known = parameters()
    found = {}
    for name in sorted(params):
        param, value = known[name], params.values[name]
        text = shown(param, value)
        is_default = value.origin.is_default
        default = text if is_default else param.kind.show(default_of(params, param))
        found[name] = ParameterData(
            value=text, origin=value.origin.where, default=default, source=value.origin.source.value
        )
    return found


def _image(
    work: Work, subject: Subject, scheduled: Schedule, differences: dict[str, ParameterData]
) -> ImageData:
    from dockwright.planning.identity import inputs, stage_digests

    digests = stage_digests(scheduled.plan)
    request = scheduled.image
    return ImageData(
        target=subject.planned.plan.target,
        platforms=(request.platform,),
        tags=work.tags,
        labels=labels(scheduled),
        bases=dict(scheduled.plan.images),
        contexts={base.name: base.layout for base in request.bases},
        secrets=tuple(secret.id for secret in request.secrets),
        cache_from=request.cache_from,
        cache_to=request.cache_to,
        output=request.output,
        stages=tuple(
            StageData(
                name=stage.name,
                component=stage.component,
                digest=digests[stage.name],
                inputs=inputs(stage),
                steps=stage.steps,
            )
            for stage in scheduled.plan.stages
        ),
        dockerfile_sha256=scheduled.rendered.sha256,
        parameters=differences,
    )


def labels(scheduled: Schedule) -> dict[str, str]:
    """The labels that the image gets."""
    found: dict[str, str] = {**scheduled.image.labels}
    for step in scheduled.plan.stage(scheduled.image.target).steps:
        if isinstance(step, Label):
            found.update(step.values)
    return found
