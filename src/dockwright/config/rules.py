"""Rules between values. Each has a name that a refusal shows, and one small function.

A rule looks only at parameters; what a plan must hold (artifacts, users, outputs) is checked on
the plan. Order does not matter: every rule is asked, every problem is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dockwright.config import matrix, rules_features, rules_images, trtllm
from dockwright.config.drivers import driver_of_cuda
from dockwright.errors import Problem
from dockwright.model.param import Param, Params


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A name, and the function that finds out whether it is broken; its docstring is its text."""

    name: str
    check: Callable[[Params], Problem | None]

    @property
    def text(self) -> str:
        """What the rule says, for the reference page."""
        return " ".join((self.check.__doc__ or "").split())


def _rule(check: Callable[[Params], Problem | None]) -> Rule:
    # The name of the function is the name of the rule: one fact, stated once.
    return Rule(name=check.__name__.replace("_", "-"), check=check)


RULES: tuple[Rule, ...] = tuple(
    _rule(check)
    for check in (
        matrix.device_of_framework,
        matrix.cuda_of_device,
        matrix.cuda_of_framework,
        matrix.arch_of_cell,
        matrix.target_of_framework,
        driver_of_cuda,
        rules_images.arch_of_platform,
        rules_images.arch_pair,
        rules_images.rustarch_of_arch,
        rules_images.base_of_device,
        rules_images.base_tag_once,
        rules_images.base_tag_needed,
        rules_images.base_image_cuda,
        rules_images.runtime_image_cuda,
        rules_images.python_of_cell,
        rules_images.python_of_distribution,
        rules_images.pytorch_pieces,
        rules_images.sglang_version_of_tag,
        rules_images.torch_backend_of_cuda,
        rules_features.epp_of_frontend,
        rules_features.media_ffmpeg_needs_nixl,
        rules_features.gpu_feature_of_device,
        rules_features.kvbm_python,
        rules_features.efa_of_target,
        rules_features.efa_version_needs_efa,
        rules_features.lmcache_of_cell,
        rules_features.sccache_complete,
        rules_features.sccache_switched_on,
        rules_features.ids_of_local_dev,
        trtllm.trtllm_source,
    )
)
"""Every rule about several values. `framework-of-parameter` is about each parameter by itself."""

FRAMEWORK_OF_PARAMETER = "framework-of-parameter"
NO_CONSUMER = "no-consumer"

WITHOUT_EFFECT = frozenset({FRAMEWORK_OF_PARAMETER, NO_CONSUMER, "efa-version-needs-efa"})
"""Rules about values that would do nothing. The drop-in warns of them: an old command line that led
to a valid image keeps succeeding."""


def check_all(params: Params, *, names: Mapping[str, Param[Any]]) -> tuple[Problem, ...]:
    """Every broken rule. `names` are the declarations of the values."""
    found = [rule.check(params) for rule in RULES]
    found += rules_features.framework_of_parameter(params, names)
    return tuple(problem for problem in found if problem)


def notes(params: Params) -> tuple[Problem, ...]:
    """What is allowed but probably not meant."""
    return tuple(problem for problem in (rules_images.tag_only_cuda(params),) if problem)
