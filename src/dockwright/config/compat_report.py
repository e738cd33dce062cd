"""What the drop-in prints: help, where TensorRT-LLM's wheel comes from, and the summary."""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.axes import FRAMEWORK
from dockwright.catalog.parameters.cache import (
    SCCACHE_BUCKET,
    SCCACHE_REGION,
    SCCACHE_S3_KEY_PREFIX,
    USE_SCCACHE,
)
from dockwright.catalog.parameters.images import BASE_IMAGE, BASE_IMAGE_TAG
from dockwright.config.compat import Interpretation
from dockwright.config.compat_words import BUILD_ARG, LISTS, SWITCHES, VALUES
from dockwright.config.derive import shown
from dockwright.config.trtllm import Intention, Source
from dockwright.model.param import Concern, Params

_ALWAYS = (
    "BASE_IMAGE",
    "BASE_IMAGE_TAG",
    "PYTHON_VERSION",
    "DYNAMO_COMMIT_SHA",
    "NIXL_REF",
    "NIXL_UCX_REF",
    "NIXL_GDRCOPY_REF",
    "NIXL_LIBFABRIC_REF",
    "ENABLE_MEDIA_NIXL",
    "ENABLE_MEDIA_FFMPEG",
)
"""Arguments of every build, whoever said them."""

_ELSEWHERE = frozenset({"FRAMEWORK", "MAKE_EFA", "PLATFORM", "TARGET"})
"""What flags say about the whole build; other lines of the summary show it."""

_OTHER_HELP = (
    ("--build-arg NAME=VALUE", "Set a parameter by its canonical name; may be given again."),
    ("--dry-run", "Print every command of a real run; touch nothing."),
    ("--no-load", "Do not load the image into the engine's store."),
    ("--push", "Push the image instead of loading it."),
    ("--verbose", "Show every line that the steps print."),
    ("-h, -?, --help", "Show this and exit."),
)


def help_text() -> str:
    """The help, made from the declarations of the parameters."""
    known = parameters()
    rows: list[tuple[str, str]] = []
    for flag, name in {**VALUES, **LISTS}.items():
        param = known[name]
        metavar = param.metavar or param.name
        choices = f" ({', '.join(param.kind.choices)})" if param.kind.choices else ""
        rows.append((f"{flag} {metavar}", param.help + choices))
    for flag, (name, _) in SWITCHES.items():
        off = flag.startswith("--no-enable-")
        rows.append((flag, f"Switch {name} off." if off else _switch(flag, known[name].help)))
    lines = [f"  {left}\n      {right}" for left, right in (*sorted(rows), *_OTHER_HELP)]
    return "\n".join(
        (
            "usage: build.sh [OPTION...]",
            "",
            "Builds a Dynamo image; the original's options, handed over to dockwright.",
            "",
            *lines,
            "",
            "Read from the environment: commit_id, current_tag, latest_tag, DYNAMO_COMMIT_SHA,",
            "ECR_HOSTNAME, SCCACHE_S3_KEY_PREFIX, SOURCE_DATE_EPOCH, DOCKWRIGHT_ENGINE, and",
            "DOCKWRIGHT_FORMAT=json, which prints the plan of a dry run as JSON.",
            "Differences from the original: docs/migration.md",
            "",
        )
    )


def _switch(flag: str, text: str) -> str:
    return "Do not add the latest tag." if flag == "--no-tag-latest" else text


def report(found: Interpretation) -> str:
    """Everything that people read before the commands: the wheel's source, then the summary."""
    lines = [*(_wheel(found.wheel) if found.wheel else ()), *_summary(found)]
    return "\n".join(lines) + "\n"


def _wheel(wheel: Source) -> Iterator[str]:
    """A state for each intention, which tests of the original look for; then why and what."""
    for intention in Intention:
        state = "true" if intention is wheel.intention else "false"
        yield f"Intent to {intention.capitalize()} TRTLLM: {state}"
    yield f"  inferred because {wheel.reason}"
    if wheel.intention is Intention.DOWNLOAD:
        yield f"  TensorRT-LLM wheel: {wheel.requirement}"
        if wheel.image:
            yield f"  TensorRT-LLM wheel image: {wheel.image}"
        else:
            default = parameters()["TENSORRTLLM_INDEX_URL"].default
            is_default = wheel.index == getattr(default, "otherwise", "")
            yield f"  index: {'default (' + wheel.index + ')' if is_default else wheel.index}"
    else:
        word = "output directory" if wheel.intention is Intention.BUILD else "directory"
        yield f"  TensorRT-LLM wheel {word}: {wheel.directory}"
    if wheel.git_url:
        yield f"  TensorRT-LLM source: {wheel.git_url}"
    yield f"  TensorRT-LLM commit: {wheel.commit}"
    yield ""


def _summary(found: Interpretation) -> Iterator[str]:
    params = found.params
    for link in found.chain:
        word = "EFA image tag" if link.name == "efa" else "Image tag"
        yield from (f"{word}: {tag}" for tag in link.tags)
    for picker in found.pickers:
        yield f"Endpoint picker: {picker.image} ({picker.platform})"
    yield f"Base image: {params[BASE_IMAGE]}"
    yield f"Base image tag: {params[BASE_IMAGE_TAG]}"
    yield f"Build context: {found.context}"
    for place, platform in enumerate(found.chain[-1].platforms):
        several = len(found.chain[-1].platforms) > 1
        where = f" ({found.chain[-1].platforms[place].values['ARCH'].value})" if several else ""
        yield f"Build arguments{where}: {' '.join(_arguments(platform))}"
    yield f"Framework: {params[FRAMEWORK].upper()}"
    if params[USE_SCCACHE]:
        yield f"sccache bucket: {params[SCCACHE_BUCKET]}"
        yield f"sccache region: {params[SCCACHE_REGION]}"
        yield f"sccache prefix: {params[SCCACHE_S3_KEY_PREFIX]}"
        yield f"Secrets: {', '.join(secret.id for secret in found.secrets)}"
    yield ""


def _arguments(params: Params) -> Iterator[str]:
    """What every build gets, and what somebody said; secrets masked."""
    known = parameters()
    for name, value in params.values.items():
        param = known[name]
        said = not value.origin.is_default and (
            (param.concern is Concern.IMAGE and name not in _ELSEWHERE)
            or value.origin.where.startswith(BUILD_ARG)
        )
        if name in _ALWAYS or said:
            yield f"{name}={shown(param, value)}"
