"""What is special about the images of vLLM, TensorRT-LLM and SGLang."""

from __future__ import annotations

import pytest

from dockwright.errors import UserError
from dockwright.model.plan import Copy, CopyContext, Plan, RegistryImage, Run, Stage
from dockwright.model.source import Directory, Git
from dockwright.planning import names
from tests.cells import environment, find, packages, plan_of, planned_cell, run

ALL = ("none", "vllm", "trtllm", "sglang")
VENV = "/opt/dynamo/venv"
EXAMPLE = "https://wheels.example/simple"


def plan(framework: str, target: str = "runtime", *, cuda: str = "", arch: str = "amd64") -> Plan:
    return planned_cell(find(framework, target, cuda=cuda, arch=arch)).plan


def runtime(framework: str, **where: str) -> Stage:
    return plan(framework, **where).stage(names.RUNTIME)


# vLLM


def test_vllms_wheel_is_the_release_of_the_ref_for_both_cuda_versions() -> None:
    old = run(plan("vllm", "framework").stage("framework"), "vLLM v0.14.1")
    assert old.env["REQUIREMENTS"] == "vllm[flashinfer,runai]==0.14.1"
    assert old.env["BACKEND"] == "cu129"
    new = run(plan("vllm", "framework", cuda="13.0", arch="arm64").stage("framework"), "vLLM")
    assert new.env["REQUIREMENTS"].endswith(
        "/v0.14.1/vllm-0.14.1+cu130-cp38-abi3-manylinux_2_35_aarch64.whl"
    )
    assert new.env["INDEXES"] == "https://download.pytorch.org/whl/cu130"
    newer = plan_of(find("vllm", "framework", cuda="13.0"), {"VLLM_REF": "v0.15.0"}).plan
    assert "vllm-0.15.0+cu130" in run(newer.stage("framework"), "vLLM").env["REQUIREMENTS"]


def test_a_fork_of_vllm_is_compiled_from_its_tree() -> None:
    words = {"VLLM_GIT_URL": "https://git.example/fork.git", "VLLM_REF": "d" * 40}
    made = plan_of(find("vllm", "framework"), words).plan
    step = run(made.stage("framework"), "compile vLLM")
    assert step.env["SOURCE"] == "/opt/vllm"
    (source,) = (found for name, found in made.sources.items() if name.startswith("source-vllm"))
    assert isinstance(source, Git)
    assert (source.url, source.commit) == ("https://git.example/fork.git", "d" * 40)


@pytest.mark.parametrize(
    ("cuda", "arch", "there"),
    [("12.9", "amd64", True), ("12.9", "arm64", False), ("13.0", "amd64", False)],
)
def test_lmcache_is_for_cuda_12_on_amd64_and_comes_before_vllm(
    *, cuda: str, arch: str, there: bool
) -> None:
    stage = plan("vllm", "framework", cuda=cuda, arch=arch).stage("framework")
    titles = [step.title for step in stage.steps if isinstance(step, Run)]
    assert ("LMCache" in titles) == there
    if there:
        assert titles.index("LMCache") < titles.index("vLLM v0.14.1")


def test_vllms_own_refs_reach_their_steps() -> None:
    words = {
        "FLASHINF_REF": "v0.6.0",
        "DEEPGEMM_REF": "abc",
        "LMCACHE_REF": "0.4.0",
        "TORCH_CUDA_ARCH_LIST": "9.0;12.0",
        "PPLX_REF": "1111111",
        "DEEPEP_REF": "2222222",
    }
    stage = plan_of(find("vllm", "framework"), words).plan.stage("framework")
    text = "\n".join(repr(step.env) for step in stage.steps if isinstance(step, Run))
    for value in ("flashinfer-cubin==0.6.0", "flashinfer-jit-cache==0.6.0", "lmcache==0.4.0"):
        assert value in text
    assert run(stage, "DeepGEMM").env["REF"] == "abc"
    kernels = run(stage, "expert-parallel").env
    assert kernels["TORCH_CUDA_ARCH_LIST"] == "9.0;12.0"
    assert (kernels["PPLX_COMMIT_HASH"], kernels["DEEPEP_COMMIT_HASH"]) == ("1111111", "2222222")


def test_a_flashinfer_bump_does_not_install_vllm_again() -> None:
    cell = find("vllm", "framework")
    one = planned_cell(cell).plan.stage("framework").steps
    two = plan_of(cell, {"FLASHINF_REF": "v0.6.0"}).plan.stage("framework").steps
    first = next(n for n, pair in enumerate(zip(one, two, strict=True)) if pair[0] != pair[1])
    assert isinstance(one[first], Run)
    assert "FlashInfer" in repr(one[first])


def test_vllms_venv_comes_in_layers_by_package() -> None:
    site = f"{VENV}/lib/python3.12/site-packages"
    copied = [step.source for step in runtime("vllm").steps if isinstance(step, Copy)]
    for name in ("nvidia", "flashinfer_jit_cache", "torch", "vllm", "triton", "flashinfer_cubin"):
        assert f"{site}/{name}" in copied
    assert "/rest" in copied
    without = run(plan("vllm").stage("venv-rest"), "the virtual environment").env["WITHOUT"]
    assert without.splitlines()[0] == "lib/python3.12/site-packages/nvidia"


def test_vllm_has_the_compiler_of_kernels_and_its_command_line_tools() -> None:
    assert "cuda-command-line-tools-12-9" in packages(runtime("vllm"))
    assert "cuda-command-line-tools-13-0" in packages(runtime("vllm", cuda="13.0"))
    assert Copy(stage="cuda-jit", source="/cuda", target="/usr/local/cuda") in runtime("vllm").steps
    assert "libcublas.so.13" in run(runtime("vllm", cuda="13.0"), "CUDA libraries").env["LINKS"]


def test_the_object_store_client_is_for_vllm_only() -> None:
    for framework in ALL:
        stages = {stage.name for stage in plan(framework).stages}
        assert ("aws_sdk_cpp" in stages) == (framework == "vllm")


# TensorRT-LLM


def test_the_torch_pieces_are_those_of_the_tag() -> None:
    step = run(plan("trtllm").stage("pytorch_base"), "collect torch")
    globs = step.env["PATHS"].splitlines()
    assert "torch-2.10.0a0+b4e4ee81d3.nv25.12*.dist-info" in globs
    assert {"torch", "torchgen", "functorch", "torchvision.libs"} <= set(globs)
    assert "pytorch_triton-3.5.1+gitbfeb0668.nv25.12*.dist-info" in globs
    assert not {"networkx", "packaging", "setuptools"} & set(globs)
    assert step.env["OWNER"] == "1000:0"


def test_an_incompatible_wheel_comes_out_of_the_release_image() -> None:
    made = plan("trtllm")
    image = made.images["wheel-image"]
    assert image == RegistryImage(ref="nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc1")
    step = run(made.stage("framework"), "the TensorRT-LLM wheel")
    assert step.env["FOLDER"] == "/wheel-image"
    assert step.env["TRITON"] == "triton==3.5.1"


def test_an_index_that_a_person_names_is_used() -> None:
    words = {"TENSORRTLLM_PIP_WHEEL": "tensorrt-llm==1.3.0rc1", "TENSORRTLLM_INDEX_URL": EXAMPLE}
    made = plan_of(find("trtllm", "runtime", arch="arm64"), words).plan
    step = run(made.stage("framework"), "the TensorRT-LLM wheel")
    name = "tensorrt_llm-1.3.0rc1-cp312-cp312-linux_aarch64.whl"
    assert step.env["REQUIREMENT"] == f"{EXAMPLE}/tensorrt-llm/{name}"
    assert step.env["INDEX"] == EXAMPLE
    assert "wheel-image" not in made.images


def test_a_wheel_of_a_directory_is_picked_by_name_before_the_build() -> None:
    cell = find("trtllm", "runtime")
    words = {"TENSORRTLLM_PIP_WHEEL_DIR": "/wheels", "TRTLLM_COMMIT": "abc"}
    good = "tensorrt_llm-1.2.0-cp312-cp312-linux_x86_64.whl"
    made = plan_of(cell, words, {"/wheels": {good: "1"}}).plan
    (copied,) = (
        step for step in made.stage("framework").steps
        if isinstance(step, CopyContext) and "trtllm" in step.context
    )  # fmt: skip
    assert copied.target == "/wheel"
    source = made.sources[copied.context]
    assert isinstance(source, Directory)
    assert source.path == "/wheels"
    for files, what in (
        ({}, "no wheel at all"),
        ({good: "1", good.replace("1.2.0", "1.3.0"): "2"}, "several wheels"),
        ({good.replace("x86_64", "aarch64"): "1"}, "no wheel fits"),
        ({good.replace("cp312", "cp311"): "1"}, "no wheel fits"),
    ):
        with pytest.raises(UserError, match=what):
            plan_of(cell, words, {"/wheels": files})
    with pytest.raises(UserError, match="is not there"):
        plan_of(cell, words)


def test_constants_follow_the_cuda_version() -> None:
    found = packages(runtime("trtllm"))
    assert {"libcudnn9-cuda-13", "libnvshmem3-cuda-13"} <= found
    entries = environment([runtime("trtllm")])["LD_LIBRARY_PATH"]
    assert "/usr/lib/x86_64-linux-gnu/nvshmem/13" in entries
    archive = run(runtime("trtllm", arch="arm64"), "the archive of CUDA packages")
    assert archive.env["REPOSITORY"].endswith("/sbsa")


# SGLang


@pytest.mark.parametrize(("cuda", "digits"), [("12.9", "12"), ("13.0", "13")])
def test_sglang_keeps_its_version_and_pins_nvidias_packages(cuda: str, digits: str) -> None:
    stage = runtime("sglang", cuda=cuda)
    wanted = run(stage, "Dynamo's wheels").env
    assert "sglang==0.5.8" in wanted["REQUIREMENTS"].splitlines()
    assert wanted["RAISED"] == "urllib3>=2.6.3"
    assert wanted["SYSTEM"] == "1"
    assert wanted["PYTHON"] == "/usr/bin/python3.12"
    pins = run(stage, "NVIDIA's packages").env["PINS"]
    assert f"nvidia-nccl-cu{digits}==2.28.3" in pins
    titles = [step.title for step in stage.steps if isinstance(step, Run)]
    assert titles.index("NVIDIA's packages in the versions that belong together") > titles.index(
        "Dynamo's wheels on top of the engine's stack"
    )


def test_sglang_gets_the_native_libraries_too() -> None:
    copied = {step.stage for step in runtime("sglang").steps if isinstance(step, Copy)}
    assert {"ucx", "nixl", "libfabric"} <= copied
