"""Which differences from the original a command line meets: one small function for each warning.

The name of a function is the id of its difference; it returns what is special about this command
line, or nothing. The general sentence stands in `compat_differences`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dockwright.catalog.compat import default_row
from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.axes import CUDA_VERSION, DEVICE, FRAMEWORK, PLATFORM, TARGET
from dockwright.catalog.parameters.build import TAG, TAG_LATEST
from dockwright.catalog.parameters.cache import SCCACHE_S3_KEY_PREFIX, USE_SCCACHE
from dockwright.catalog.parameters.features import (
    ENABLE_GPU_MEMORY_SERVICE,
    ENABLE_KVBM,
    ENABLE_MEDIA_FFMPEG,
    ENABLE_MEDIA_NIXL,
    MAKE_EFA,
)
from dockwright.catalog.parameters.images import (
    BASE_IMAGE,
    BASE_IMAGE_TAG,
    EPP_IMAGE,
    PYTORCH_BASE_IMAGE,
    PYTORCH_BASE_IMAGE_TAG,
    RUNTIME_IMAGE_TAG,
)
from dockwright.catalog.parameters.trtllm import TENSORRTLLM_INDEX_URL
from dockwright.catalog.parameters.vllm import VLLM_GIT_URL, VLLM_REF
from dockwright.config import rules, trtllm
from dockwright.config.cells import default_of
from dockwright.config.compat import Destination, Warned, warned
from dockwright.config.compat_words import BUILD_ARG, Words
from dockwright.config.names import nearest
from dockwright.config.tags import suffix
from dockwright.config.words import given, place, said
from dockwright.errors import Problem
from dockwright.model.param import Param, Params, Value
from dockwright.model.values import Arch, Framework, Target

_ALWAYS_LAST = frozenset(
    {
        "BASE_IMAGE",
        "BASE_IMAGE_TAG",
        "EFA_VERSION",
        "ENABLE_MEDIA_FFMPEG",
        "ENABLE_MEDIA_NIXL",
        "NIXL_GDRCOPY_REF",
        "NIXL_LIBFABRIC_REF",
        "NIXL_REF",
        "NIXL_UCX_REF",
        "PYTHON_VERSION",
    }
)
"""Arguments that the original always passed after the person's, so that its own value counted."""

_LEAKING = (
    "BASE_IMAGE",
    "BUILD_ARGS",
    "CACHE_FROM",
    "CUDA_VERSION",
    "CUSTOM_UID",
    "FRAMEWORK",
    "MAKE_EFA",
    "MAX_JOBS",
    "NO_TAG_LATEST",
    "TARGET",
    "TRTLLM_INTENTION",
)
_TOKENS = ("GITHUB_TOKEN", "GITLAB_TOKEN")
_DEV = (Target.DEV, Target.LOCAL_DEV)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a note may look at. `idle` are values that a rule says do nothing."""

    words: Words
    platforms: tuple[Params, ...]
    env: Mapping[str, str]
    has_epp: bool
    output: Destination
    wheel: trtllm.Source | None
    idle: tuple[Problem, ...]

    @property
    def params(self) -> Params:
        """The values of the first platform."""
        return self.platforms[0]


def notes(seen: Seen) -> tuple[Warned, ...]:
    """Every warning that this command line deserves, in the order of the table."""
    from dockwright.config.compat_differences import DIFFERENCES

    found: list[Warned] = []
    for difference in DIFFERENCES:
        if difference.id == "no-effect":
            found += [warned(problem) for problem in seen.idle]
        elif difference.id in NOTES:
            text = NOTES[difference.id](seen)
            if text:
                found.append(Warned(id=difference.id, text=f"{text}. {difference.now}"))
    return tuple(found)


def _by_build_arg(params: Params, param: Param[Any]) -> bool:
    return params.value(param).origin.where.startswith(BUILD_ARG)


def user_value_wins(seen: Seen) -> str:
    params = seen.params
    last = set(_ALWAYS_LAST)
    # These two were passed only when they were on, which the framework decided.
    for switch in (ENABLE_KVBM, ENABLE_GPU_MEMORY_SERVICE):
        if default_of(params, switch):
            last.add(switch.name)
    known = parameters()
    names = [
        name
        for name in sorted(last)
        if _by_build_arg(params, known[name])
        and params[known[name]] != default_of(params, known[name])
    ]
    return f"{', '.join(names)} by --build-arg" if names else ""


def base_tag_kept(seen: Seen) -> str:
    params = seen.params
    if params[FRAMEWORK] not in {Framework.VLLM, Framework.SGLANG}:
        return ""
    if not params[CUDA_VERSION].startswith("13."):
        return ""
    names = [p for p in (BASE_IMAGE_TAG, RUNTIME_IMAGE_TAG) if given(params, p)]
    return " and ".join(f"{param.name} {said(params, param)}" for param in names)


def user_tag_kept(seen: Seen) -> str:
    target = seen.params[TARGET]
    if target not in _DEV:
        return ""
    changed = []
    for tag in seen.params[TAG]:
        plain = tag
        for ending in ("-runtime", "-local-dev", "-dev"):
            if plain.endswith(ending):
                plain = plain.removesuffix(ending)
                break
        old = f"{plain}-{target}"
        if old != tag:
            changed.append(f"{tag} (was {old})")
    return f"--tag {', '.join(changed)}" if changed else ""


def tags_add_up(seen: Seen) -> str:
    count = len(seen.words.said("TAG"))
    return f"--tag was given {count} times" if count > 1 else ""


def contexts_add_up(seen: Seen) -> str:
    count = len(seen.words.said("BUILD_CONTEXT"))
    return f"--build-context was given {count} times" if count > 1 else ""


def platforms_apart(seen: Seen) -> str:
    several = len(seen.platforms) > 1
    return f"--platform {PLATFORM.kind.show(seen.params[PLATFORM])}" if several else ""


def _other_cuda(params: Params) -> bool:
    row = default_row(params[FRAMEWORK], params[DEVICE])
    return given(params, CUDA_VERSION) and (row is None or params[CUDA_VERSION] != row.cuda)


def cuda_applies(seen: Seen) -> str:
    params = seen.params
    unread = params[FRAMEWORK] in {Framework.NONE, Framework.SGLANG}
    return f"CUDA {said(params, CUDA_VERSION)}" if unread and _other_cuda(params) else ""


def cuda_build_arg(seen: Seen) -> str:
    params = seen.params
    if not _by_build_arg(params, CUDA_VERSION) or not _other_cuda(params):
        return ""
    return f"--build-arg CUDA_VERSION={params[CUDA_VERSION]}"


def kvbm_on_sglang(seen: Seen) -> str:
    params = seen.params
    on = params[ENABLE_KVBM] and params[FRAMEWORK] is Framework.SGLANG
    return f"ENABLE_KVBM for sglang ({place(params, ENABLE_KVBM)})" if on else ""


def media_switches_work(seen: Seen) -> str:
    switches = [p for p in (ENABLE_MEDIA_NIXL, ENABLE_MEDIA_FFMPEG) if given(seen.params, p)]
    # In none the switch for FFmpeg worked.
    if seen.params[FRAMEWORK] is Framework.NONE:
        switches = [switch for switch in switches if switch is ENABLE_MEDIA_NIXL]
    return " and ".join(f"{switch.name} {said(seen.params, switch)}" for switch in switches)


def build_arg_not_consumed(seen: Seen) -> str:
    if not seen.words.unread:
        return ""
    words = []
    for name in seen.words.unread:
        near = nearest(name.upper(), parameters())
        words.append(f"{name} (did you mean {near}?)" if near and near != name else name)
    return f"no stage reads the build argument {', '.join(words)}"


def sccache_prefix_applies(seen: Seen) -> str:
    params = seen.params
    on = params[USE_SCCACHE] and given(params, SCCACHE_S3_KEY_PREFIX)
    return f"SCCACHE_S3_KEY_PREFIX {said(params, SCCACHE_S3_KEY_PREFIX)}" if on else ""


def vllm_ref_applies(seen: Seen) -> str:
    params = seen.params
    on = params[FRAMEWORK] is Framework.VLLM and params[CUDA_VERSION].startswith("13.")
    return f"VLLM_REF {said(params, VLLM_REF)}" if on and given(params, VLLM_REF) else ""


def vllm_git_url_applies(seen: Seen) -> str:
    params = seen.params
    on = params[FRAMEWORK] is Framework.VLLM and given(params, VLLM_GIT_URL)
    return f"VLLM_GIT_URL {said(params, VLLM_GIT_URL)}" if on else ""


def index_honoured(seen: Seen) -> str:
    params = seen.params
    index = given(params, TENSORRTLLM_INDEX_URL) and (
        params[TENSORRTLLM_INDEX_URL] != default_of(params, TENSORRTLLM_INDEX_URL)
    )
    if not seen.wheel or not index:
        return ""
    return f"TENSORRTLLM_INDEX_URL {said(params, TENSORRTLLM_INDEX_URL)}"


def token_not_passed(seen: Seen) -> str:
    names = [name for name in _TOKENS if seen.env.get(name)]
    return " and ".join(names) + (" is set" if len(names) == 1 else " are set") if names else ""


def dev_dockerfile_kept(seen: Seen) -> str:
    on = seen.env.get("KEEP_DEV_DOCKERFILE_TEMP") and seen.params[TARGET] in _DEV
    return "KEEP_DEV_DOCKERFILE_TEMP is set" if on else ""


def pytorch_image_moves(seen: Seen) -> str:
    params = seen.params
    if params[FRAMEWORK] is not Framework.TRTLLM:
        return ""
    pairs = ((BASE_IMAGE, PYTORCH_BASE_IMAGE), (BASE_IMAGE_TAG, PYTORCH_BASE_IMAGE_TAG))
    moved = [base.name for base, torch in pairs if given(params, base) and not given(params, torch)]
    return f"{' and '.join(moved)} by you" if moved else ""


def efa_without_load(seen: Seen) -> str:
    if not seen.params[MAKE_EFA] or seen.output == "load":
        return ""
    return "--make-efa with " + ("--push" if seen.output == "push" else "--no-load")


def _builds_picker(seen: Seen) -> bool:
    return seen.params[TARGET] is Target.FRONTEND and not given(seen.params, EPP_IMAGE)


def epp_for_platform(seen: Seen) -> str:
    platforms = seen.params[PLATFORM]
    if not _builds_picker(seen) or not seen.has_epp or platforms == (Arch.AMD64,):
        return ""
    return f"the endpoint picker for {PLATFORM.kind.show(platforms)}"


def epp_image_kept(seen: Seen) -> str:
    on = seen.params[TARGET] is Target.FRONTEND and given(seen.params, EPP_IMAGE)
    return f"EPP_IMAGE {said(seen.params, EPP_IMAGE)}" if on else ""


def epp_released(seen: Seen) -> str:
    if not _builds_picker(seen) or seen.has_epp:
        return ""
    return f"this repository has no endpoint picker, so {seen.params[EPP_IMAGE]} is copied"


def variant_in_tag(seen: Seen) -> str:
    off: Value[bool] = Value(value=False, origin=seen.params.value(MAKE_EFA).origin)
    plain = Params(values={**seen.params.values, MAKE_EFA.name: off})
    derived = not seen.params[TAG] or seen.params[TAG_LATEST]
    return f"derived tags end in {suffix(plain)}" if derived and suffix(plain) else ""


def environment_ignored(seen: Seen) -> str:
    names = [name for name in _LEAKING if seen.env.get(name)]
    return f"{', '.join(names)} of the environment" if names else ""


def target_alias(seen: Seen) -> str:
    return f"--target {seen.words.target_alias}" if seen.words.target_alias else ""


def tag_only_cuda(seen: Seen) -> str:
    found = [
        problem.what for problem in rules.notes(seen.params) if problem.rule == "tag-only-cuda"
    ]
    return found[0] if found else ""


NOTES: Mapping[str, Callable[[Seen], str]] = {
    note.__name__.replace("_", "-"): note
    for note in (
        user_value_wins,
        base_tag_kept,
        user_tag_kept,
        tags_add_up,
        contexts_add_up,
        platforms_apart,
        cuda_applies,
        cuda_build_arg,
        kvbm_on_sglang,
        media_switches_work,
        build_arg_not_consumed,
        sccache_prefix_applies,
        vllm_ref_applies,
        vllm_git_url_applies,
        index_honoured,
        token_not_passed,
        dev_dockerfile_kept,
        pytorch_image_moves,
        efa_without_load,
        epp_for_platform,
        epp_image_kept,
        epp_released,
        variant_in_tag,
        environment_ignored,
        target_alias,
        tag_only_cuda,
    )
}
"""Id of a difference → what makes this command line meet it."""
