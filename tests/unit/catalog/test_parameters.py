"""Laws of the declarations: each is complete, and no fact of the matrix is anywhere else."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from dockwright.catalog import compat
from dockwright.catalog.parameters import parameters
from dockwright.model.kinds import BOOL
from dockwright.model.param import Default, Param
from tests.tree import PACKAGE

KNOWN = parameters()

FROM_THE_ORIGINAL = [
    "BASE_IMAGE",
    "BASE_IMAGE_TAG",
    "RUNTIME_IMAGE",
    "RUNTIME_IMAGE_TAG",
    "PYTORCH_BASE_IMAGE",
    "PYTORCH_BASE_IMAGE_TAG",
    "EPP_IMAGE",
    "PYTHON_VERSION",
    "CUDA_VERSION",
    "ARCH",
    "ARCH_ALT",
    "RUSTARCH",
    "DYNAMO_COMMIT_SHA",
    "CARGO_BUILD_JOBS",
    "ENABLE_KVBM",
    "ENABLE_GPU_MEMORY_SERVICE",
    "ENABLE_MEDIA_NIXL",
    "ENABLE_MEDIA_FFMPEG",
    "MAKE_EFA",
    "NIXL_REF",
    "NIXL_UCX_REF",
    "NIXL_GDRCOPY_REF",
    "NIXL_LIBFABRIC_REF",
    "FFMPEG_VERSION",
    "AWS_SDK_CPP_VERSION",
    "VLLM_REF",
    "VLLM_GIT_URL",
    "FLASHINF_REF",
    "DEEPGEMM_REF",
    "LMCACHE_REF",
    "TORCH_CUDA_ARCH_LIST",
    "TORCH_BACKEND",
    "MAX_JOBS",
    "SITE_PACKAGES",
    "TENSORRTLLM_PIP_WHEEL",
    "TENSORRTLLM_INDEX_URL",
    "TENSORRTLLM_PIP_WHEEL_DIR",
    "TRTLLM_GIT_URL",
    "TRTLLM_COMMIT",
    "TRTLLM_WHEEL_IMAGE",
    "TRTLLM_ABI_INCOMPATIBLE_VERSIONS",
    "CUDA_PYTHON_VERSION",
    "TRITON_VERSION",
    "TORCH_VER",
    "TORCHVISION_VER",
    "TORCH_TENSORRT_VER",
    "TORCHAO_VER",
    "PYTORCH_TRITON_VER",
    "TORCHDATA_VER",
    "FLASH_ATTN_VER",
    "TORCHTITAN_VER",
    "FLASHINFER_PYTHON_VER",
    "JINJA2_VER",
    "SYMPY_VER",
    "SGLANG_VERSION",
    "USE_SCCACHE",
    "SCCACHE_BUCKET",
    "SCCACHE_REGION",
    "SCCACHE_S3_KEY_PREFIX",
    "SCCACHE_VERSION",
    "USER_UID",
    "USER_GID",
    "FRAMEWORK",
    "WORKSPACE_DIR",
    "EFA_VERSION",
    "NATS_VERSION",
    "ETCD_VERSION",
    "RUST_VERSION",
    "PROTOC_VERSION",
    "PLATFORM",
    "TARGET",
]


@pytest.mark.parametrize("name", FROM_THE_ORIGINAL)
def test_every_parameter_of_the_original_is_there(name: str) -> None:
    assert name in KNOWN


@pytest.mark.parametrize("param", KNOWN.values(), ids=list(KNOWN))
def test_a_declaration_is_complete(param: Param[object]) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", param.name)
    assert param.help
    assert param.help.endswith(".")
    assert param.group
    assert "\n" not in param.help
    if param.example:
        param.kind.parse(param.example)
    if not isinstance(param.default, Default):
        assert param.shown_default, "a computed default is described in words"
    if param.kind is BOOL:
        assert not param.metavar


def test_names_are_sorted_and_found_in_any_process() -> None:
    assert list(KNOWN) == sorted(KNOWN)


def test_constants_of_a_cuda_version_are_in_the_matrix_only() -> None:
    forbidden = re.compile(r"\bcu1[0-9]{1,2}\b|-cu1[0-9]|cuda1[0-9]x|\b13x\b|cuda1[0-9]\.[0-9]")
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in PACKAGE.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if forbidden.search(line) and "example=" not in line
    ]
    assert found == []


def test_each_framework_and_device_has_one_default() -> None:
    pairs = {(row.framework, row.device) for row in compat.rows()}
    for framework, device in pairs:
        rows = [row for row in compat.rows() if (row.framework, row.device) == (framework, device)]
        assert sum(row.is_default for row in rows) == 1
        assert len({row.cuda for row in rows}) == len(rows)


@pytest.mark.parametrize("row", compat.rows(), ids=str)
def test_a_row_agrees_with_itself(row: compat.Row) -> None:
    major = row.cuda.partition(".")[0]
    if not major:
        assert row.torch_backend == "cpu"
        return
    assert row.torch_backend.startswith(f"cu{major}")
    assert row.nixl_package.endswith(f"cu{major}")
    assert not re.search(r"cuda[0-9]", row.base_tag) or f"cuda{row.cuda}" in row.base_tag
    assert all(major in pin for pin in row.sglang_pins if "cu1" in pin)


def test_reading_all_parameters_imports_nothing_slow() -> None:
    code = """
import sys
from dockwright.catalog.parameters import parameters
import dockwright.config.resolve, dockwright.config.argv
parameters()
print(*sorted({"click", "rich", "httpx", "difflib", "json", "asyncio"} & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.split() == []
