"""Where the drop-in differs from the original on purpose: one table for warnings and the page.

`docs/migration.md` is made from it, warnings cite its ids, tests go through it. An id is stable.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.config.compat_kinds import Difference, Kind, warning
from dockwright.config.compat_refusals import ADDED, REFUSALS, SILENT

_WARNINGS = (
    warning(
        "user-value-wins",
        "The script's own defaults came after `--build-arg`, so yours lost.",
        "Your value wins over every default.",
        1,
    ),
    warning(
        "base-tag-kept",
        "CUDA 13 replaced the tag of the base and runtime image that you named.",
        "CUDA 13 changes defaults only; your tag stays.",
        1,
    ),
    warning(
        "user-tag-kept",
        "For dev and local-dev, endings of your `--tag` were cut off and another one appended.",
        "Your tag is used as written.",
        2,
    ),
    warning(
        "tags-add-up",
        "Of several `--tag` only the last counted.",
        "The image gets all of them.",
        2,
    ),
    warning(
        "contexts-add-up",
        "Of several `--build-context` only the last counted.",
        "All of them are passed.",
        2,
    ),
    warning(
        "platforms-apart",
        "A build for two platforms used arm64's names, wheels and images for both.",
        "Each platform gets its own.",
        3,
    ),
    warning(
        "cuda-applies",
        "For none and sglang a CUDA version was accepted and then read by no stage.",
        "It chooses the images, wheels and pins.",
        5,
    ),
    warning(
        "cuda-build-arg",
        "`--build-arg CUDA_VERSION=…` did not switch the images.",
        "It is the same as `--cuda-version`.",
        5,
    ),
    warning(
        "kvbm-on-sglang",
        "The wheel was built and installed nowhere.",
        "It is installed in the image.",
        5,
    ),
    warning(
        "media-switches-work",
        "The media switches changed no step: NIXL media nowhere, FFmpeg only in none.",
        "They do what they say, on and off. vllm, trtllm and sglang have them on by default.",
        5,
    ),
    warning(
        "no-effect",
        "A value that nothing reads was accepted without a word.",
        "The build goes on and says which value does nothing. `dockwright build` refuses it.",
        5,
    ),
    warning(
        "build-arg-not-consumed",
        "A build argument that no stage reads was passed on; docker warned of it.",
        "It is left out, with this warning. `dockwright build` refuses it.",
        5,
    ),
    warning(
        "sccache-prefix-applies",
        "SCCACHE_S3_KEY_PREFIX was printed and never passed.",
        "It is the prefix of the cache's keys.",
        5,
    ),
    warning(
        "vllm-ref-applies",
        "With CUDA 13 the wheel was that of a constant version, whatever VLLM_REF said.",
        "VLLM_REF names the wheel for every CUDA version.",
        5,
    ),
    warning(
        "vllm-git-url-applies",
        "VLLM_GIT_URL was declared and read nowhere.",
        "vLLM's source is cloned from it.",
        5,
    ),
    warning(
        "index-honoured",
        "The wheel's address was on one fixed index, and for some versions your wheel and index "
        "were both dropped.",
        "The wheel comes from the index that you name.",
        5,
    ),
    warning(
        "token-not-passed",
        "GITHUB_TOKEN and GITLAB_TOKEN became build arguments that no stage read: visible in the "
        "process list, the summary and the image's history.",
        "A token is passed as a secret, and only to a step that reads it; none does here.",
        6,
    ),
    warning(
        "dev-dockerfile-kept",
        "KEEP_DEV_DOCKERFILE_TEMP=1 kept the generated Dockerfile of the dev stages.",
        "There is no temporary file: `dockwright render` prints the Dockerfile, and each run's "
        "directory keeps it.",
        7,
    ),
    warning(
        "pytorch-image-moves",
        "For trtllm another base image left the image that torch is copied from as it was.",
        "PYTORCH_BASE_IMAGE(_TAG) follows BASE_IMAGE(_TAG) unless you set it.",
        11,
    ),
    warning(
        "efa-without-load",
        "The EFA layer was a second build on a tag that `--push` and `--no-load` never loaded.",
        "It is part of the same graph, and is pushed too.",
        13,
    ),
    warning(
        "epp-for-platform",
        "The endpoint picker was built for the machine that ran the script.",
        "It is built for the requested platform.",
        14,
    ),
    warning(
        "epp-image-kept",
        "For frontend the endpoint picker was always built, and your EPP_IMAGE was replaced.",
        "Your EPP_IMAGE is used and nothing is built for it.",
        1,
    ),
    warning(
        "epp-released",
        "Without the endpoint picker's sources the build failed in `make`.",
        "The released EPP_IMAGE is used.",
    ),
    warning(
        "variant-in-tag",
        "CUDA, architecture and switches were not in the tag: variants overwrote each other.",
        "What differs from the framework's default cell is appended to derived tags. Your own "
        "tags are never touched.",
    ),
    warning(
        "environment-ignored",
        "About twenty variables of the environment leaked into the build.",
        "Only the documented variables are read; say it with a flag.",
    ),
    warning(
        "target-alias",
        "`local-dev-aws` passed the check of uid and gid, but no stage had that name.",
        "It means `--target local-dev --make-efa`.",
    ),
    warning(
        "tag-only-cuda",
        "A base tag for another CUDA version than the one in use was taken without a word.",
        "It is taken, with this warning; say `--cuda-version` too.",
    ),
)

DIFFERENCES: tuple[Difference, ...] = (*_WARNINGS, *REFUSALS, *SILENT, *ADDED)


def of(kind: Kind) -> tuple[Difference, ...]:
    """The differences of one kind, in the order of the page."""
    return tuple(difference for difference in DIFFERENCES if difference.kind is kind)


_PAGE = """\
<!-- Generated from src/dockwright/config/compat_differences.py; a test compares. Do not edit. -->

# From build.sh to dockwright

`compat/build.sh` takes the place of the original `container/build.sh`: the same flags, defaults,
tags and exit status. Call it from anywhere in the repository; it hands over to `dockwright`.
This page lists every difference; each has an id that messages cite.
"""

_TITLES = {
    Kind.WARNING: (
        "Warnings",
        "The build goes on, and a line `warning[id]` on stderr says what is different.",
    ),
    Kind.REFUSED: (
        "Refused",
        "An error with status 1, before anything starts. The name of the rule is in the message.",
    ),
    Kind.SILENT: ("Simply better", "Nothing to do."),
    Kind.ADDED: ("New", "No old command line has these."),
}


def migration_page() -> str:
    """`docs/migration.md`."""
    return "\n".join([_PAGE, *_sections()])


def _sections() -> Iterator[str]:
    for kind, (title, text) in _TITLES.items():
        refusals = kind is Kind.REFUSED
        yield f"## {title}\n\n{text}\n"
        yield "| id | original | here |" + (" rules |" if refusals else "")
        yield "|---|---|---|" + ("---|" if refusals else "")
        for difference in of(kind):
            rules = ", ".join(f"`{rule}`" for rule in difference.rules)
            name = f'<a id="{difference.id}"></a>`{difference.id}`'
            row = f"| {name} | {difference.was} | {difference.now} |"
            yield row + (f" {rules} |" if refusals else "")
        yield ""
