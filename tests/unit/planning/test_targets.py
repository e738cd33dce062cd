"""What images hold, one test for each fact that matters (facts/images.md), intended fixes included."""

from __future__ import annotations

import re

import pytest

from dockwright.errors import UserError
from dockwright.model.plan import (
    Cmd,
    Copy,
    CopyContext,
    Entrypoint,
    Label,
    Plan,
    RegistryImage,
    Run,
    Stage,
    User,
    Workdir,
    Write,
)
from dockwright.planning import names
from dockwright.planning.targets.common import BANNER, banner_text, requirements
from dockwright.planning.users import user_problems
from tests.cells import CELLS, environment, find, params_of, plan_of, planned_cell, run

ENGINES = ("vllm", "trtllm", "sglang")
ALL = ("none", *ENGINES)
VENV = "/opt/dynamo/venv"
EXAMPLE = "https://wheels.example/simple"


def plan(framework: str, target: str = "runtime", *, cuda: str = "", arch: str = "amd64") -> Plan:
    return planned_cell(find(framework, target, cuda=cuda, arch=arch)).plan


def runtime(framework: str, **where: str) -> Stage:
    return plan(framework, **where).stage(names.RUNTIME)


def packages(stage: Stage) -> set[str]:
    return {
        word
        for step in stage.steps
        if isinstance(step, Run)
        for word in step.env.get("PACKAGES", "").split()
    }


# Where images start, and who they end as


@pytest.mark.parametrize("framework", ALL)
def test_the_runtime_starts_where_the_matrix_says(framework: str) -> None:
    made = plan(framework)
    base = made.stage(names.RUNTIME).base
    if framework == "none":
        assert base == names.BASE
        return
    image = made.images[base]
    assert isinstance(image, RegistryImage)
    expected = {
        "vllm": "nvcr.io/nvidia/cuda:12.9.1-runtime-ubuntu24.04",
        "trtllm": "nvcr.io/nvidia/cuda-dl-base:25.12-cuda13.1-runtime-ubuntu24.04",
        "sglang": "lmsysorg/sglang:v0.5.8-runtime",
    }
    assert image.ref == expected[framework]


@pytest.mark.parametrize("framework", ALL)
@pytest.mark.parametrize("target", ["runtime", "dev", "local-dev"])
def test_nvidias_entrypoint_and_an_empty_command(framework: str, target: str) -> None:
    made = plan(framework, target)
    steps = made.stage(made.target).steps
    (entrypoint,) = (step for step in steps if isinstance(step, Entrypoint))
    (command,) = (step for step in steps if isinstance(step, Cmd))
    assert entrypoint.argv == ("/opt/nvidia/nvidia_entrypoint.sh",)
    assert command.argv == ()
    checks = planned_cell(find(framework, target)).checks
    assert any(check.name == "the entrypoint is there" for check in checks)


def test_the_frontend_starts_the_endpoint_picker_without_arguments() -> None:
    made = plan("none", "frontend")
    steps = made.stage("frontend").steps
    assert Entrypoint(argv=("/epp",)) in steps
    assert Cmd(argv=()) in steps
    assert Copy(stage="epp", source="/epp", target="/epp") in steps
    assert Workdir(path="/") in steps
    assert made.images["epp-image"] != made.images["frontend-image"]
    assert environment([made.stage("frontend")])["DYNAMO_HOME"] == "/opt/dynamo"


# Environment


@pytest.mark.parametrize("framework", ALL)
@pytest.mark.parametrize(("arch", "machine"), [("amd64", "x86_64"), ("arm64", "aarch64")])
def test_the_nixl_trio_is_in_every_image(framework: str, arch: str, machine: str) -> None:
    found = environment([runtime(framework, arch=arch)])
    library = f"/opt/nvidia/nvda_nixl/lib/{machine}-linux-gnu"
    assert found["NIXL_PREFIX"] == "/opt/nvidia/nvda_nixl"
    assert found["NIXL_LIB_DIR"] == library
    assert found["NIXL_PLUGIN_DIR"] == f"{library}/plugins"


@pytest.mark.parametrize("framework", ALL)
def test_the_loader_looks_into_nixl_before_ucx_before_the_rest(framework: str) -> None:
    entries = environment([runtime(framework)])["LD_LIBRARY_PATH"].split(":")
    wanted = [
        "/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu",
        "/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins",
        "/usr/local/ucx/lib",
        "/usr/local/ucx/lib/ucx",
    ]
    assert [entry for entry in entries if entry in wanted] == wanted
    assert entries[0] == wanted[0]
    written = run(runtime(framework), "tell the dynamic loader").env["LIBRARIES"].split()
    assert set(written) == set(entries)


VARIABLES = {
    "vllm": {
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CPATH": "/usr/local/cuda/include",
        "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
        "VLLM_USE_FLASHINFER_SAMPLER": "1",
        "PYTHON_VERSION": "3.12",
        "VIRTUAL_ENV": VENV,
    },
    "trtllm": {
        "ENV": "/etc/shinit_v2",
        "OMPI_MCA_coll_ucc_enable": "0",
        "OPAL_PREFIX": "/opt/hpcx/ompi",
        "TRITON_CUPTI_PATH": "/usr/local/cuda/include",
        "TRITON_PTXAS_PATH": "/usr/local/cuda/bin/ptxas",
        "TENSORRT_LIB_DIR": "/usr/local/tensorrt/targets/x86_64-linux-gnu/lib",
        "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
        "VIRTUAL_ENV": VENV,
    },
    "sglang": {
        "SGLANG_VERSION": "v0.5.8",
        "SGLANG_FORCE_SHUTDOWN": "1",
        "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
    },
}


@pytest.mark.parametrize("framework", ENGINES)
def test_variables_of_the_engines(framework: str) -> None:
    found = environment([runtime(framework)])
    assert VARIABLES[framework].items() <= found.items()
    assert found["HOME"] == "/home/dynamo"
    assert found["DYNAMO_HOME"] == "/workspace"
    assert ("VIRTUAL_ENV" in found) == (framework != "sglang")


def test_the_path_finds_tools_before_the_system() -> None:
    found = environment([runtime("trtllm")])["PATH"].split(":")
    for entry in (
        *("/usr/local/ucx/bin", f"{VENV}/bin", "/opt/hpcx/ompi/bin", "/usr/local/bin/etcd"),
        *("/usr/local/cuda/bin", "/usr/local/cuda/nvvm/bin"),
    ):
        assert entry in found


# One copy of everything


@pytest.mark.parametrize("framework", ALL)
def test_ucx_and_nixl_are_copied_once(framework: str) -> None:
    steps = runtime(framework).steps
    for component in ("ucx", "nixl"):
        places = [
            step.target
            for step in steps
            if isinstance(step, Copy) and step.stage == component and "wheelhouse" not in step.target
        ]
        assert len(places) == 1


@pytest.mark.parametrize("framework", ALL)
def test_no_compiler_output_and_no_test_requirement_is_in_the_runtime(framework: str) -> None:
    made = plan(framework)
    stage = made.stage(names.RUNTIME)
    text = repr(stage)
    assert "pytest" not in text
    assert "/opt/dynamo/target" not in text
    assert not any(isinstance(step, Copy) and step.stage == "rust" for step in stage.steps)
    sources = [
        step.source
        for found in made.stages
        for step in found.steps
        if isinstance(step, CopyContext) and found.name == "workspace"
    ]
    assert "/tree/tests" not in sources
    assert bool(sources) == (framework != "none")


@pytest.mark.parametrize("framework", ENGINES)
def test_our_wheels_are_installed_from_files_and_never_with_another_nixl(framework: str) -> None:
    step = run(runtime(framework), "Dynamo's wheels")
    folders = step.env["WHEELS"].split()
    assert "/opt/dynamo/wheelhouse/ai-dynamo" in folders
    assert "/opt/dynamo/wheelhouse/ai-dynamo-runtime" in folders
    assert "/opt/dynamo/wheelhouse/nixl" in folders
    cuda = next(cell for cell in CELLS.values() if cell.framework == framework).cuda
    other = {"12": "nixl-cu13", "13": "nixl-cu12"}[cuda[:2]]
    assert step.env["NEVER"] == other


@pytest.mark.parametrize("framework", ENGINES)
def test_a_switch_decides_about_its_wheel(framework: str) -> None:
    cell = find(framework, "runtime")
    for name, folder in (
        ("ENABLE_KVBM", "kvbm"),
        ("ENABLE_GPU_MEMORY_SERVICE", "gpu-memory-service"),
    ):
        for value in ("true", "false"):
            stage = plan_of(cell, {name: value}).plan.stage(names.RUNTIME)
            folders = run(stage, "Dynamo's wheels").env["WHEELS"].split()
            assert (f"/opt/dynamo/wheelhouse/{folder}" in folders) == (value == "true")


def test_ffmpeg_is_there_when_it_is_on_and_leaves_no_trace_when_off() -> None:
    cell = find("vllm", "runtime")
    assert any(stage.name == "ffmpeg" for stage in planned_cell(cell).plan.stages)
    off = plan_of(cell, {"ENABLE_MEDIA_FFMPEG": "false"}).plan
    assert "ffmpeg" not in repr(off.stage(names.RUNTIME)).lower().replace("media-ffmpeg", "")


# Users and permissions


@pytest.mark.parametrize("framework", ALL)
def test_what_promises_to_be_writable_is_made_so_last(framework: str) -> None:
    stage = runtime(framework)
    step = run(stage, "let group 0 write")
    words = step.env["DIRECTORIES"].split()
    assert {"/workspace", "/home/dynamo", "/opt/dynamo"} <= set(words)
    assert (VENV in words) == (framework != "sglang")
    later = stage.steps[stage.steps.index(step) + 1 :]
    assert not any(isinstance(found, Copy | CopyContext | Write) for found in later)


def test_a_copy_behind_the_switch_of_users_is_a_problem() -> None:
    made = plan("vllm")
    stage = made.stage(names.RUNTIME)
    copied = Copy(stage="uv", source="/usr/bin/uv", target="/workspace/uv")
    for step, refused in (
        (copied, True),
        (Write(path="/etc/x", text=""), True),
        (Workdir(path="/var/x"), True),
        (Workdir(path="/workspace/x"), False),
        (Run(title="x", script="true"), True),
        (Run(title="x", script="true", writes=("/usr/lib",)), True),
        (Run(title="x", script="true", writes=("/workspace/a",)), False),
    ):
        broken = replace_stage(made, stage, (*stage.steps, step))
        assert bool(user_problems(broken)) == refused, step
        fine = replace_stage(made, stage, (*stage.steps, User(name="root"), step))
        assert user_problems(fine) == ()


def replace_stage(made: Plan, old: Stage, steps: tuple[object, ...]) -> Plan:
    from msgspec.structs import replace

    new = replace(old, steps=steps)
    return replace(made, stages=tuple(new if stage is old else stage for stage in made.stages))


# Banner


@pytest.mark.parametrize("kind", ["runtime", "frontend"])
def test_the_banner_has_no_licence_header(kind: str) -> None:
    text = banner_text(kind)
    assert "SPDX" not in text
    assert not any(line.startswith("# ") for line in text.splitlines())
    assert "NVIDIA Dynamo" in text
    assert "8000" in text


@pytest.mark.parametrize("framework", ALL)
def test_who_has_a_banner_and_a_venv_that_is_activated(framework: str) -> None:
    steps = runtime(framework).steps
    assert any(isinstance(step, Write) and step.path == BANNER for step in steps) == (
        framework != "none"
    )
    if framework != "none":
        shown = run(runtime(framework), "show the banner")
        assert shown.env["ACTIVATE"] == ("" if framework == "sglang" else VENV)


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
    assert (source.url, source.commit) == ("https://git.example/fork.git", "d" * 40)


@pytest.mark.parametrize(
    ("cuda", "arch", "there"),
    [("12.9", "amd64", True), ("12.9", "arm64", False), ("13.0", "amd64", False)],
)
def test_lmcache_is_for_cuda_12_on_amd64_and_comes_before_vllm(
    cuda: str, arch: str, there: bool
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
    assert made.sources[copied.context].path == "/wheels"
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
    assert "urllib3>=2.6.3" in wanted["REQUIREMENTS"].splitlines()
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


# Dev images


@pytest.mark.parametrize("framework", ALL)
def test_dev_stands_on_the_runtime_and_copies_nothing_over_it(framework: str) -> None:
    made = plan(framework, "dev")
    stage = made.stage("dev")
    assert stage.base == names.RUNTIME
    places = {step.target for step in stage.steps if isinstance(step, Copy)}
    assert places == {"/usr/local/rustup", "/usr/local/cargo", "/workspace"}
    assert {"gdb", "cmake", "ripgrep", "sudo", "tmux"} <= packages(stage)
    assert "pytest==8.4.2" in run(stage, "what tests").env["REQUIREMENTS"]
    found = environment([stage])
    assert found["CARGO_TARGET_DIR"] == "/workspace/target"
    assert found["VIRTUAL_ENV"] == VENV
    made_here = any("venv that sees" in step.title for step in stage.steps if isinstance(step, Run))
    assert made_here == (framework == "sglang")


def test_the_index_of_dev_follows_the_cuda_version() -> None:
    for cuda, backend in (("12.9", "cu129"), ("13.0", "cu130")):
        stage = plan("vllm", "dev", cuda=cuda).stage("dev")
        assert run(stage, "what tests").env["EXTRA_INDEX"].endswith(f"/{backend}")


def test_local_dev_has_the_callers_ids() -> None:
    cell = find("sglang", "local-dev")
    made = plan_of(cell, {"USER_UID": "4711", "USER_GID": "815"})
    step = run(made.plan.stage("local-dev"), "the user gets")
    assert (step.env["NEW_UID"], step.env["NEW_GID"]) == ("4711", "815")
    found = environment([made.plan.stage("local-dev")])
    assert found["CARGO_HOME"] == "/home/dynamo/.cargo"
    assert any("4711:815" in check.name for check in made.checks)
    assert not any(check.kind == "user" for check in made.checks)


# EFA


@pytest.mark.parametrize(
    ("target", "stage", "base", "user"),
    [
        ("runtime", "runtime-aws", "runtime", "dynamo"),
        ("dev", "dev-aws", "dev", "root"),
        ("local-dev", "dev-aws", "dev", "root"),
    ],
)
def test_efa_is_a_stage_of_the_same_graph_below_the_change_of_ids(
    target: str, stage: str, base: str, user: str
) -> None:
    made = plan_of(find("trtllm", target), {"MAKE_EFA": "true", "EFA_VERSION": "1.46.0"})
    found = made.plan.stage(stage)
    assert found.base == base
    assert [step.name for step in found.steps if isinstance(step, User)] == ["root", user]
    assert run(found, "install AWS EFA").env["VERSION"] == "1.46.0"
    assert made.plan.target == ("local-dev" if target == "local-dev" else stage)
    if target == "local-dev":
        assert made.plan.stage("local-dev").base == "dev-aws"
    (check,) = (check for check in made.checks if check.name == "no NCCL plugin")
    assert "/opt/amazon/ofi-nccl" in check.args["paths"]


# Base and builder


def test_the_base_has_services_and_tools() -> None:
    stage = plan("none", "base").stage("dynamo_base")
    copied = {step.stage for step in stage.steps if isinstance(step, Copy)}
    assert copied == {"etcd", "nats", "rust", "uv"}
    found = environment([stage])
    assert found["RUST_VERSION"] == "1.90.0"
    assert {"/usr/local/bin/etcd", "/usr/local/cargo/bin"} <= set(found["PATH"].split(":"))


def test_the_wheel_builder_has_every_result() -> None:
    stage = plan("vllm", "wheel_builder").stage("wheel_builder")
    assert stage.base == "toolchain"
    copied = {step.stage for step in stage.steps if isinstance(step, Copy)}
    assert {"ucx", "nixl", "nixl_wheel", "kvbm", "ai_dynamo", "dynamo_runtime"} <= copied


# The record


@pytest.mark.parametrize("framework", ALL)
@pytest.mark.parametrize("target", ["runtime", "dev"])
def test_the_commit_is_a_variable_and_a_label(framework: str, target: str) -> None:
    made = plan_of(find(framework, target), {"DYNAMO_COMMIT_SHA": "e" * 40}).plan
    stage = made.stage(made.target)
    assert environment([stage])["DYNAMO_COMMIT_SHA"] == "e" * 40
    labels = [step.values for step in stage.steps if isinstance(step, Label)]
    assert labels[-1] == {"org.opencontainers.image.revision": "e" * 40}


def test_requirement_files_name_no_package_twice() -> None:
    found = [
        re.split(r"[\[<>=@ ]", line)[0].lower().replace("_", "-")
        for line in requirements("common", "test")
    ]
    assert len(found) == len(set(found))


def test_a_frontend_base_without_the_python_of_the_wheels_is_refused() -> None:
    words = {
        "FRAMEWORK": "none",
        "DEVICE": "cpu",
        "TARGET": "frontend",
        "FRONTEND_BASE_IMAGE": "nvcr.io/nvidia/base/ubuntu:noble-20250619",
    }
    from dockwright.catalog.parameters.axes import ARCH
    from dockwright.planning.build import plan_image

    params = params_of(words)
    with pytest.raises(UserError, match=r"has Python 3\.12, the wheels are for 3\.11"):
        plan_image(params, params[ARCH])
