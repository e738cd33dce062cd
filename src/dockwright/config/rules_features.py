"""Rules about features, caches, users and which framework a parameter is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockwright.catalog.compat import efa_targets
from dockwright.catalog.parameters.axes import (
    ARCH,
    CUDA_VERSION,
    DEVICE,
    FRAMEWORK,
    TARGET,
)
from dockwright.catalog.parameters.cache import (
    CACHE_REQUIRED,
    SCCACHE_BACKEND,
    SCCACHE_BUCKET,
    SCCACHE_CACHE_SIZE,
    SCCACHE_DIST_SCHEDULER,
    SCCACHE_ENDPOINT,
    SCCACHE_REDIS_ENDPOINT,
    SCCACHE_REGION,
    SCCACHE_S3_KEY_PREFIX,
    SCCACHE_WEBDAV_ENDPOINT,
    USE_SCCACHE,
)
from dockwright.catalog.parameters.features import (
    EFA_VERSION,
    ENABLE_GPU_MEMORY_SERVICE,
    ENABLE_KVBM,
    ENABLE_MEDIA_FFMPEG,
    ENABLE_MEDIA_NIXL,
    MAKE_EFA,
)
from dockwright.catalog.parameters.images import EPP_IMAGE, PYTHON_VERSION
from dockwright.catalog.parameters.people import USER_GID, USER_UID
from dockwright.catalog.parameters.providers import is_locked
from dockwright.catalog.parameters.vllm import LMCACHE_REF
from dockwright.config.words import either, given, place, said
from dockwright.errors import Problem
from dockwright.model.cache import Backend
from dockwright.model.param import Param, Params, Source
from dockwright.model.values import Arch, Device, Framework, Target

_KVBM_PYTHON = "3.12"
_LMCACHE_CUDA = "12"


def framework_of_parameter(params: Params, names: Mapping[str, Param[Any]]) -> list[Problem]:
    """A parameter that only some frameworks have is refused for the others."""
    framework = params[FRAMEWORK]
    return [
        Problem(
            what=(
                f"{param.name} has no effect on {framework} "
                f"({place(params, FRAMEWORK)}); it works for {either(param.only)}"
            ),
            where=place(params, param),
            hint=f"{_leave_out(params, param)}, or use --framework {either(param.only)}",
            rule="framework-of-parameter",
        )
        for param in names.values()
        if param.only and framework not in param.only and given(params, param)
    ]


def _leave_out(params: Params, param: Param[Any]) -> str:
    """A file serves many builds, so a line may stay there for those that it is meant for."""
    if params.value(param).origin.source in {Source.PROJECT, Source.PROFILE}:
        return f"move it to a table [for.{param.only[0]}]"
    return f"leave {param.name} out"


def epp_of_frontend(params: Params) -> Problem | None:
    """Only the frontend image holds an endpoint picker."""
    if not given(params, EPP_IMAGE) or params[TARGET] is Target.FRONTEND:
        return None
    if params[FRAMEWORK] is not Framework.NONE:
        return None
    return Problem(
        what=(
            f"EPP_IMAGE ({place(params, EPP_IMAGE)}) is for the target frontend; "
            f"you asked for {said(params, TARGET)}"
        ),
        hint="use --target frontend, or leave EPP_IMAGE out",
        rule="epp-of-frontend",
    )


def media_ffmpeg_needs_nixl(params: Params) -> Problem | None:
    """The feature media-ffmpeg includes media-nixl, so one on and the other off contradict."""
    if not params[ENABLE_MEDIA_FFMPEG] or params[ENABLE_MEDIA_NIXL]:
        return None
    # Nobody spoke of NIXL: the switch for FFmpeg brings it along.
    if not given(params, ENABLE_MEDIA_NIXL):
        return None
    return Problem(
        what=(
            f"ENABLE_MEDIA_FFMPEG is {said(params, ENABLE_MEDIA_FFMPEG)} and needs "
            f"ENABLE_MEDIA_NIXL, which is {said(params, ENABLE_MEDIA_NIXL)}"
        ),
        hint="switch both on or both off",
        rule="media-ffmpeg-needs-nixl",
    )


def gpu_feature_of_device(params: Params) -> Problem | None:
    """KVBM and the GPU memory service work on GPU memory, so not on the device cpu."""
    if params[DEVICE] is Device.CUDA:
        return None
    on = [
        param
        for param in (ENABLE_KVBM, ENABLE_GPU_MEMORY_SERVICE)
        if params[param] and given(params, param)
    ]
    if not on:
        return None
    what = " and ".join(f"{param.name} ({place(params, param)})" for param in on)
    return Problem(
        what=f"{what} cannot work without a GPU; the device is {said(params, DEVICE)}",
        hint="use --device cuda, or switch it off",
        rule="gpu-feature-of-device",
    )


def kvbm_python(params: Params) -> Problem | None:
    """The KVBM wheel is made for Python 3.12."""
    if not params[ENABLE_KVBM] or params[PYTHON_VERSION] == _KVBM_PYTHON:
        return None
    if is_locked(params) and not given(params, ENABLE_KVBM):
        return None  # a lock has no KVBM, so the default means nothing there
    return Problem(
        what=(
            f"the kvbm wheel is for Python {_KVBM_PYTHON}; ENABLE_KVBM is "
            f"{said(params, ENABLE_KVBM)}, PYTHON_VERSION is {said(params, PYTHON_VERSION)}"
        ),
        hint=f"use --no-enable-kvbm, or --python-version {_KVBM_PYTHON}",
        rule="kvbm-python",
    )


def efa_of_target(params: Params) -> Problem | None:
    """The EFA layer goes on runtime, dev and local-dev images."""
    if not params[MAKE_EFA] or params[TARGET] in efa_targets():
        return None
    return Problem(
        what=(
            f"MAKE_EFA ({place(params, MAKE_EFA)}) has no layer for the target "
            f"{said(params, TARGET)}. Valid: --target {either(efa_targets())}"
        ),
        rule="efa-of-target",
    )


def efa_version_needs_efa(params: Params) -> Problem | None:
    """EFA_VERSION without MAKE_EFA does nothing."""
    if params[MAKE_EFA] or not given(params, EFA_VERSION):
        return None
    return Problem(
        what="EFA_VERSION has no effect without MAKE_EFA",
        where=place(params, EFA_VERSION),
        hint="add --make-efa, or leave EFA_VERSION out",
        rule="efa-version-needs-efa",
    )


def lmcache_of_cell(params: Params) -> Problem | None:
    """LMCache exists for CUDA 12 on amd64; asking for it elsewhere is refused."""
    if params[FRAMEWORK] is not Framework.VLLM or not given(params, LMCACHE_REF):
        return None
    cuda = params[CUDA_VERSION].partition(".")[0]
    if (cuda, params[ARCH]) == (_LMCACHE_CUDA, Arch.AMD64):
        return None
    return Problem(
        what=(
            f"LMCACHE_REF ({place(params, LMCACHE_REF)}): LMCache is installed with CUDA "
            f"{_LMCACHE_CUDA} on amd64 only; this is CUDA {said(params, CUDA_VERSION)} on "
            f"{params[ARCH]}"
        ),
        hint="leave LMCACHE_REF out",
        rule="lmcache-of-cell",
    )


def sccache_complete(params: Params) -> Problem | None:
    """Each place of the cache needs what says where it is."""
    if not params[USE_SCCACHE]:
        return None
    missing = [
        param
        for backend in params[SCCACHE_BACKEND]
        for param in _SCCACHE_NEEDS.get(backend, ())
        if not params[param]
    ]
    if not missing:
        return None
    return Problem(
        what=(
            f"USE_SCCACHE ({place(params, USE_SCCACHE)}) needs "
            f"{' and '.join(param.name for param in missing)}"
        ),
        hint=f"add {' and '.join(f'{param.flag} {param.metavar}' for param in missing)}",
        rule="sccache-complete",
    )


_SCCACHE_NEEDS = {
    Backend.S3: (SCCACHE_BUCKET, SCCACHE_REGION),
    Backend.REDIS: (SCCACHE_REDIS_ENDPOINT,),
    Backend.WEBDAV: (SCCACHE_WEBDAV_ENDPOINT,),
}
_SCCACHE_OPTIONS = (
    SCCACHE_BUCKET,
    SCCACHE_REGION,
    SCCACHE_ENDPOINT,
    SCCACHE_BACKEND,
    SCCACHE_REDIS_ENDPOINT,
    SCCACHE_WEBDAV_ENDPOINT,
    SCCACHE_CACHE_SIZE,
    SCCACHE_DIST_SCHEDULER,
    CACHE_REQUIRED,
)


def sccache_switched_on(params: Params) -> Problem | None:
    """What says how the cache is, without USE_SCCACHE, does nothing."""
    if params[USE_SCCACHE]:
        return None
    # The prefix is left out: CI sets its variable for builds with and without the cache alike.
    idle: list[Param[Any]] = [param for param in _SCCACHE_OPTIONS if given(params, param)]
    if given(params, SCCACHE_S3_KEY_PREFIX) and not _from_environment(params):
        idle.append(SCCACHE_S3_KEY_PREFIX)
    if not idle:
        return None
    what = " and ".join(f"{param.name} ({place(params, param)})" for param in idle)
    return Problem(
        what=f"{what}: sccache is not switched on",
        hint="add --use-sccache, or leave it out",
        rule="sccache-switched-on",
    )


def _from_environment(params: Params) -> bool:
    return params.value(SCCACHE_S3_KEY_PREFIX).origin.source is Source.ENVIRONMENT


def ids_of_local_dev(params: Params) -> Problem | None:
    """User and group ids belong to local-dev, whose user is a person and never root."""
    if params[TARGET] is Target.LOCAL_DEV:
        if params[USER_UID] != 0:
            return None
        return Problem(
            what=f"USER_UID 0 ({place(params, USER_UID)}) is root; local-dev is for somebody else",
            hint="use --target dev to work as root, or name your own id (id -u)",
            rule="ids-of-local-dev",
        )
    ids = [param for param in (USER_UID, USER_GID) if given(params, param)]
    if not ids:
        return None
    what = " and ".join(f"{param.name} ({place(params, param)})" for param in ids)
    return Problem(
        what=f"{what}: only for local-dev; the target is {said(params, TARGET)}",
        hint="use --target local-dev, or leave it out",
        rule="ids-of-local-dev",
    )
