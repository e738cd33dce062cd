"""What images hold: one test for each fact that matters, intended fixes included."""

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
            if isinstance(step, Copy)
            and step.stage == component
            and "wheelhouse" not in step.target
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
