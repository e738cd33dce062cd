"""The provider `wheels` of vLLM and SGLang: parts of a lock as stages that images share."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from dockwright.catalog.locked import EPOCH, INTO, REST, Pin, groups, pins
from dockwright.catalog.parameters.axes import ARCH
from dockwright.catalog.scripts import lock
from dockwright.errors import UserError
from dockwright.model.inputs import PythonInput
from dockwright.model.plan import Copy, Entrypoint, Plan, Run
from dockwright.planning import names
from dockwright.planning.build import Planned, plan_image
from dockwright.planning.identity import stage_digests
from tests.cells import environment, params_of

VENV = "/opt/dynamo/venv"
WORDS = {
    "vllm": {"FRAMEWORK": "vllm", "VLLM_PROVIDER": "wheels"},
    "sglang": {"FRAMEWORK": "sglang", "SGLANG_PROVIDER": "wheels"},
}


def planned(framework: str, more: Mapping[str, str] | None = None) -> Planned:
    words = {
        **WORDS[framework],
        "TARGET": "runtime",
        "BASE_IMAGE": "bootstrap:debian/bookworm",
        **(more or {}),
    }
    params = params_of(words)
    return plan_image(params, params[ARCH])


def parts(plan: Plan) -> dict[str, str]:
    digests = stage_digests(plan)
    return {name: digest for name, digest in digests.items() if name.startswith("py-")}


@pytest.mark.parametrize("framework", WORDS)
def test_the_stack_comes_in_parts_that_are_laid_over_each_other(framework: str) -> None:
    plan = planned(framework).plan
    made = parts(plan)
    copied = [
        step.stage
        for step in plan.stage(names.RUNTIME).steps
        if isinstance(step, Copy) and step.source == INTO and step.target == "/"
    ]
    assert set(copied) == set(made)
    assert copied[-1] == REST
    assert {"py-torch", "py-triton", "py-nvidia-nccl-cu12"} <= set(made)
    assert plan.stage(names.RUNTIME).base == names.BASE
    assert environment([plan.stage(names.RUNTIME)])["PATH"].endswith(f"{VENV}/bin")


def sizes(framework: str) -> dict[str, Pin]:
    version = {"vllm": "0.14.1", "sglang": "0.5.8"}[framework]
    return {pin.name: pin for pin in pins(lock(f"{framework}-{version}-py311-amd64.txt"))}


def test_images_of_two_engines_share_what_is_large_in_both() -> None:
    one, two = parts(planned("vllm").plan), parts(planned("sglang").plan)
    shared = {name for name in one if two.get(name) == one[name]}
    locks = sizes("vllm"), sizes("sglang")
    common = [pin for name, pin in locks[0].items() if locks[1].get(name) == pin]
    assert shared == {f"py-{pin.name}" for pin in common if pin.size >= 5_000_000}
    # Nearly all of what they could share, in bytes that are pulled.
    assert sum(pin.size for pin in common if f"py-{pin.name}" in shared) > 0.98 * sum(
        pin.size for pin in common
    )


@pytest.mark.parametrize("framework", WORDS)
def test_the_parts_are_the_lock_and_nothing_else(framework: str) -> None:
    version = {"vllm": "0.14.1", "sglang": "0.5.8"}[framework]
    text = lock(f"{framework}-{version}-py311-amd64.txt")
    whole = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    assert "".join(pin.text for pin in pins(text)) == whole
    assert sorted("".join(groups(text, 5_000_000).values())) == sorted(whole)


def test_a_package_that_changes_changes_one_stage() -> None:
    text = lock("vllm-0.14.1-py311-amd64.txt")
    before = groups(text, 5_000_000)
    for name in ("torch", "idna"):  # a large one, a small one
        newer = re.sub(rf"(?m)^({name}==[0-9.]+)", r"\g<1>.post1", text)
        after = groups(newer, 5_000_000)
        assert list(after) == list(before)
        changed = [part for part in after if after[part] != before[part]]
        assert changed == [f"py-{name}" if name == "torch" else REST]


def test_a_part_depends_on_its_package_and_the_interpreter_alone() -> None:
    plan = planned("vllm").plan
    install = plan.stage("py-torch").steps[-1]
    assert isinstance(install, Run)
    assert set(install.env) == {
        *("EPOCH", "INTO", "PREFIX", "PYTHON", "REQUIREMENTS", "USER_ID", "WITH_VENV"),
        "UV_CACHE_DIR",
    }
    assert install.env["EPOCH"] == EPOCH
    assert install.env["REQUIREMENTS"].startswith("torch==")
    with_venv = [
        name
        for name in parts(plan)
        if isinstance(step := plan.stage(name).steps[-1], Run) and step.env["WITH_VENV"]
    ]
    assert with_venv == [REST]


def test_the_size_from_which_a_package_is_a_layer_is_a_parameter() -> None:
    few = parts(planned("vllm", {"LAYER_MIN_SIZE": "300"}).plan)
    assert set(few) == {
        *("py-torch", "py-vllm", "py-nvidia-cudnn-cu12", "py-nvidia-cublas-cu12"),
        *("py-nvidia-nccl-cu12", REST),
    }


@pytest.mark.parametrize("framework", WORDS)
def test_nothing_is_started_that_the_base_does_not_have(framework: str) -> None:
    made = planned(framework)
    assert not any(isinstance(step, Entrypoint) for step in made.plan.stage(names.RUNTIME).steps)
    kinds = {check.kind for check in made.checks}
    assert {"imports", "serve", "resolves"} <= kinds
    assert any(check.name == f"dynamo.{framework} prints its help" for check in made.checks)


@pytest.mark.parametrize(
    ("framework", "words", "what", "hint"),
    [
        (
            "vllm",
            {"VLLM_REF": "v0.13.0"},
            "--vllm_ref: no wheels are locked for vllm 0.13.0 on Python 3.11, amd64",
            "use --vllm-ref 0.14.1, or another --vllm-provider",
        ),
        (
            "vllm",
            {"CUDA_VERSION": "13.0"},
            "--cuda_version: the locked wheels are for CUDA 12, and CUDA 13.0 was asked for",
            "use --cuda-version 12.9, or another --vllm-provider",
        ),
        (
            "sglang",
            {"PLATFORM": "linux/arm64"},
            "--platform: no wheels are locked for sglang 0.5.8 on Python 3.11, arm64",
            "use --platform linux/amd64, or another --sglang-provider",
        ),
        (
            "sglang",
            {"BASE_IMAGE": "bootstrap:debian/trixie"},
            "no wheels are locked for sglang 0.5.8 on Python 3.13, amd64",
            "use --python-version 3.11 with a base image that has it, or another --sglang-provider",
        ),
    ],
)
def test_what_has_no_wheels_is_refused_before_the_build_with_the_fix(
    framework: str, words: dict[str, str], what: str, hint: str
) -> None:
    with pytest.raises(UserError) as caught:
        planned(framework, words)
    (problem,) = caught.value.problems
    assert str(problem).endswith(f"{what} [locked-wheels]")
    assert problem.hint == hint


def test_a_part_of_a_lock_is_for_the_python_of_the_image() -> None:
    asked = [found for found in planned("vllm").inputs if isinstance(found, PythonInput)]
    torch = next(found for found in asked if found.requirements.startswith("torch=="))
    assert torch.python == "3.11"
    assert all(re.fullmatch(r"3\.[0-9]+", found.python) for found in asked)


def test_the_profiler_is_in_dev_images_whose_system_it_is_packaged_for() -> None:
    plan = planned("vllm", {"TARGET": "dev", "DYNAMO_SOURCE": "/src/dynamo"}).plan
    titles = [step.title for step in plan.stage("dev").steps if isinstance(step, Run)]
    assert "install the tools" in titles
    assert "install Nsight Systems" not in titles


def test_a_base_without_cuda_is_refused_without_the_provider() -> None:
    with pytest.raises(UserError, match="has no CUDA toolkit"):
        params_of({"FRAMEWORK": "vllm", "BASE_IMAGE": "bootstrap:debian/bookworm"})
