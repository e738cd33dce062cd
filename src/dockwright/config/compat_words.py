"""The original's command line → settings: its flags and no others, with its meaning of each.

A flag that is said twice counts the last time, as before; lists add up. `--flag=value` was never
understood there, and an unknown or stray word stops the build before it begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from dockwright.config.names import nearest
from dockwright.config.secrets import WELL_KNOWN, looks_secret
from dockwright.config.setting import Setting
from dockwright.config.sources import from_build_args
from dockwright.errors import Problem
from dockwright.model.param import Concern, Origin, Param, Source

VALUES: Mapping[str, str] = {
    "--platform": "PLATFORM",
    "--framework": "FRAMEWORK",
    "--target": "TARGET",
    "--cuda-version": "CUDA_VERSION",
    "--base-image": "BASE_IMAGE",
    "--base-image-tag": "BASE_IMAGE_TAG",
    "--nixl-ref": "NIXL_REF",
    "--tensorrtllm-pip-wheel": "TENSORRTLLM_PIP_WHEEL",
    "--tensorrtllm-index-url": "TENSORRTLLM_INDEX_URL",
    "--tensorrtllm-pip-wheel-dir": "TENSORRTLLM_PIP_WHEEL_DIR",
    "--tensorrtllm-git-url": "TRTLLM_GIT_URL",
    "--tensorrtllm-commit": "TRTLLM_COMMIT",
    "--vllm-max-jobs": "MAX_JOBS",
    "--efa-version": "EFA_VERSION",
    "--sccache-bucket": "SCCACHE_BUCKET",
    "--sccache-region": "SCCACHE_REGION",
    "--uid": "USER_UID",
    "--gid": "USER_GID",
}
"""Flags with one value."""

LISTS: Mapping[str, str] = {
    "--tag": "TAG",
    "--cache-from": "CACHE_FROM",
    "--cache-to": "CACHE_TO",
    "--build-context": "BUILD_CONTEXT",
}
"""Flags whose values add up."""

BUILD_ARG = "--build-arg"

SWITCHES: Mapping[str, tuple[str, str]] = {
    "--enable-kvbm": ("ENABLE_KVBM", "true"),
    "--enable-gpu-memory-service": ("ENABLE_GPU_MEMORY_SERVICE", "true"),
    "--enable-media-nixl": ("ENABLE_MEDIA_NIXL", "true"),
    "--enable-media-ffmpeg": ("ENABLE_MEDIA_FFMPEG", "true"),
    # The original has no way to switch these off.
    "--no-enable-kvbm": ("ENABLE_KVBM", "false"),
    "--no-enable-gpu-memory-service": ("ENABLE_GPU_MEMORY_SERVICE", "false"),
    "--no-enable-media-nixl": ("ENABLE_MEDIA_NIXL", "false"),
    "--no-enable-media-ffmpeg": ("ENABLE_MEDIA_FFMPEG", "false"),
    "--make-efa": ("MAKE_EFA", "true"),
    "--use-sccache": ("USE_SCCACHE", "true"),
    "--no-cache": ("NO_CACHE", "true"),
    "--no-tag-latest": ("TAG_LATEST", "false"),
}
"""Flags without a value that set a parameter."""

MODES: Mapping[str, str] = {
    "--dry-run": "dry_run",
    "--no-load": "no_load",
    "--push": "push",
    "--verbose": "verbose",
}
"""Flags without a value about the run itself."""

HELP = frozenset({"-h", "-?", "--help"})

_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"})
_ALSO_ARGUMENTS = _PROXIES | {
    "CARGO_BUILD_JOBS",
    "MAX_JOBS",
    "SCCACHE_BUCKET",
    "SCCACHE_REGION",
    "SCCACHE_S3_KEY_PREFIX",
    "SOURCE_DATE_EPOCH",
    "USE_SCCACHE",
}
# They have flags of their own; as build arguments no stage ever read them.
_NEVER_ARGUMENTS = frozenset({"PLATFORM", "TARGET"})

_STAGES: Mapping[str, str] = {
    "runtime-aws": "use --target runtime --make-efa",
    "dev-aws": "use --target dev --make-efa",
    "epp": "it is only the image that EPP_IMAGE names; --target frontend builds and uses it",
    "dynamo_tools": "it is a part of --target dev",
    "pytorch_base": "it is only a source of files for --target runtime",
    "trtllm_wheel_image": "it is only a source of files for --target runtime",
    "trtllm_wheel_image_empty": "it is only a source of files for --target runtime",
}
"""Stages of the original that are no images for people, and what to say instead."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What a command line says. `unread` are build arguments that no stage knows."""

    settings: tuple[Setting, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: tuple[str, ...] = ()
    target_alias: str = ""
    help: bool = False
    dry_run: bool = False
    no_load: bool = False
    push: bool = False
    verbose: bool = False

    def said(self, name: str) -> list[str]:
        """The texts that were given for a parameter, in order."""
        return [setting.text for setting in self.settings if setting.name == name]


class _Reading:
    """The state while words are read from the left."""

    def __init__(self, parameters: Mapping[str, Param[Any]]) -> None:
        self.parameters = parameters
        self.single: dict[tuple[str, str], Setting] = {}
        self.lists: list[Setting] = []
        self.problems: list[Problem] = []
        self.unread: list[str] = []
        self.modes: set[str] = set()
        self.alias = ""

    def refuse(self, what: str, where: str = "", hint: str = "", rule: str = "") -> None:
        self.problems.append(Problem(what=what, where=where, hint=hint, rule=rule))


def read(argv: Sequence[str], parameters: Mapping[str, Param[Any]]) -> Words:
    """All settings and all problems. Help wins over whatever follows it, not over what precedes."""
    state = _Reading(parameters)
    queue = list(argv)[::-1]
    while queue:
        word = queue.pop()
        if word in HELP:
            if not state.problems:
                return Words(help=True)
        elif word in MODES:
            state.modes.add(MODES[word])
        elif word in SWITCHES:
            name, text = SWITCHES[word]
            _keep(state, name, text, word)
        elif word in VALUES or word in LISTS or word == BUILD_ARG:
            # A word with two dashes is the next flag: nothing that the original took as a value
            # there ever led to an image.
            if not queue or not queue[-1] or queue[-1].startswith("--"):
                empty = bool(queue) and not queue[-1]
                if empty:
                    queue.pop()
                state.refuse("needs a value" + (", not an empty one" if empty else ""), word)
            else:
                _value(state, word, queue.pop())
        else:
            _unknown(state, word)
    return Words(
        settings=(*_in_a_bucket(state), *state.lists),
        problems=tuple(state.problems),
        unread=tuple(dict.fromkeys(state.unread)),
        target_alias=state.alias,
        dry_run="dry_run" in state.modes,
        no_load="no_load" in state.modes,
        push="push" in state.modes,
        verbose="verbose" in state.modes,
    )


def _in_a_bucket(state: _Reading) -> tuple[Setting, ...]:
    """What was said once; the original's cache is always in a bucket, said or not."""
    on = state.single.get(("USE_SCCACHE", ""))
    if on is None or on.text != "true":
        return tuple(state.single.values())
    backend = Setting(name="SCCACHE_BACKEND", text="s3", origin=on.origin)
    return (*state.single.values(), backend)


def _keep(state: _Reading, name: str, text: str, flag: str) -> None:
    origin = Origin(source=Source.FLAG, where=flag)
    # `--enable-kvbm --no-enable-kvbm` is one flag said twice, so the last word counts.
    key = (name, "")
    state.single.pop(key, None)
    state.single[key] = Setting(name=name, text=text, origin=origin)


def _value(state: _Reading, flag: str, text: str) -> None:
    if flag == BUILD_ARG:
        _build_arg(state, text)
    elif flag in LISTS:
        origin = Origin(source=Source.FLAG, where=flag)
        state.lists.append(Setting(name=LISTS[flag], text=text, origin=origin))
    elif flag == "--target" and text == "local-dev-aws":
        state.alias = text
        _keep(state, "TARGET", "local-dev", flag)
        _keep(state, "MAKE_EFA", "true", flag)
    elif flag == "--target" and text in _STAGES:
        state.refuse(f"{text} is not built by itself", flag, _STAGES[text], "target-not-built")
    else:
        _keep(state, VALUES[flag], text, flag)


def is_build_arg(name: str, parameters: Mapping[str, Param[Any]]) -> bool:
    """Whether a parameter may be a build argument: it concerns the image, or always was one."""
    if name in _ALSO_ARGUMENTS:
        return True
    known = name in parameters and name not in _NEVER_ARGUMENTS
    return known and parameters[name].concern is Concern.IMAGE


def _build_arg(state: _Reading, text: str) -> None:
    name, equals, _ = text.partition("=")
    plain = name.upper() if name.upper() in _PROXIES else name
    known = is_build_arg(plain, state.parameters) or name.startswith("BUILDKIT_")
    if equals and name and not known and not looks_secret(name):
        state.unread.append(name)
        return
    if not equals:
        hint = "say the value too; the environment does not decide about an image"
        state.refuse("must be NAME=VALUE", BUILD_ARG, hint, "build-arg-value")
        return
    (setting,) = from_build_args([text], state.parameters)
    if setting.problem:
        # The only reason left: the name looks like a secret.
        hint = (
            f"set the environment variable {name}; it is given to the steps that read it"
            if name in {secret.variable for secret in WELL_KNOWN}
            else f"use `dockwright build --secret id={name.lower()},src=FILE`"
        )
        state.problems.append(replace(setting.problem, hint=hint))
    elif setting.name == "BUILDKIT_ARGS":
        state.lists.append(setting)
    else:
        # Docker keeps the last of several arguments of one name.
        key = (setting.name, BUILD_ARG)
        state.single.pop(key, None)
        state.single[key] = setting


def _unknown(state: _Reading, word: str) -> None:
    flag, equals, _ = word.partition("=")
    if word == "--release-build":
        state.refuse(
            "--release-build has no meaning",
            hint="the original's help names it, but it does nothing there: leave it out",
            rule="release-build",
        )
    elif equals and (flag in VALUES or flag in LISTS or flag == BUILD_ARG):
        state.refuse(f"unknown option {word}", hint=f"write the value as a word: {flag} VALUE")
    elif word.startswith("-"):
        near = nearest(flag, [*VALUES, *LISTS, *SWITCHES, *MODES, BUILD_ARG, "--help"])
        hint = f"did you mean {near}?" if near else "--help lists the options"
        state.refuse(f"unknown option {flag}", hint=hint)
    else:
        state.refuse(f"unexpected word {word!r}", hint="--help lists the options")
