"""Each rule: what it refuses, in which words, and what it leaves alone."""

from __future__ import annotations

import pytest

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.native import NIXL_REF
from dockwright.config.argv import from_argv
from dockwright.config.consumers import consumers, unconsumed
from dockwright.config.resolve import resolve
from dockwright.config.rules import RULES, WITHOUT_EFFECT, check_all, notes
from dockwright.config.rules_images import cuda_of_tag
from dockwright.config.setting import Setting
from dockwright.config.sources import from_environment
from dockwright.config.toml import from_toml
from dockwright.errors import Problem, UserError
from dockwright.model.param import Params, Source

KNOWN = parameters()
CPU = "--framework none --device cpu"


def said(line: str) -> list[Setting]:
    found, rest = from_argv(line.split(), KNOWN)
    assert not rest
    return found


def problems(line: str) -> tuple[Problem, ...]:
    try:
        resolve(said(line))
    except UserError as error:
        return error.problems
    return ()


REFUSED = {
    f"{CPU} --platform linux/arm64 --arch amd64": (
        "arch-of-platform",
        "ARCH amd64 (--arch) is not the architecture of the platform linux/arm64 (--platform)",
    ),
    f"{CPU} --platform linux/amd64,linux/arm64 --arch-alt x86_64": (
        "arch-of-platform",
        ("each of the platforms linux/amd64,linux/arm64 (--platform) has its own ARCH_ALT; "
        "you set one for all: x86_64 (--arch-alt)"),
    ),
    f"{CPU} --arch-alt aarch64": (
        "arch-pair",
        ("ARCH amd64 (default) and ARCH_ALT aarch64 (--arch-alt) are not a pair; "
        "amd64 goes with x86_64"),
    ),
    f"{CPU} --build-arg RUSTARCH=aarch64-unknown-linux-gnu": (
        "rustarch-of-arch",
        ("RUSTARCH aarch64-unknown-linux-gnu (--build-arg RUSTARCH) does not run on linux/amd64; "
        "it must begin with x86_64-"),
    ),
    "--base-image bootstrap:debian/bookworm --framework none": (
        "base-of-device",
        ("BASE_IMAGE bootstrap:debian/bookworm (--base-image) has no CUDA toolkit; "
        "the device is cuda (default)"),
    ),
    f"{CPU} --base-image debian:12 --base-image-tag 13": (
        "base-tag-once",
        ("BASE_IMAGE debian:12 (--base-image) takes no further tag; "
        "BASE_IMAGE_TAG is 13 (--base-image-tag)"),
    ),
    f"{CPU} --base-image-tag 13": (
        "base-tag-once",
        ("BASE_IMAGE bootstrap:debian/bookworm (default) takes no further tag; "
        "BASE_IMAGE_TAG is 13 (--base-image-tag)"),
    ),
    f"{CPU} --base-image debian": (
        "base-tag-needed",
        "BASE_IMAGE debian (--base-image) has no tag, and no default fits it",
    ),
    "--cuda-version 13.0 --base-image-tag 25.06-cuda12.9-devel-ubuntu24.04": (
        "base-image-cuda",
        ("BASE_IMAGE_TAG 25.06-cuda12.9-devel-ubuntu24.04 (--base-image-tag) states CUDA 12.9; "
        "CUDA_VERSION is 13.0 (--cuda-version)"),
    ),
    "--cuda-version 13.0 --build-arg RUNTIME_IMAGE_TAG=12.9.1-runtime-ubuntu24.04": (
        "runtime-image-cuda",
        ("RUNTIME_IMAGE_TAG 12.9.1-runtime-ubuntu24.04 (--build-arg RUNTIME_IMAGE_TAG) states "
        "CUDA 12.9; CUDA_VERSION is 13.0 (--cuda-version)"),
    ),
    "--python-version 3.11 --no-enable-kvbm": (
        "python-of-cell",
        ("--python-version: vllm needs Python 3.12; you asked for 3.11 (--python-version). "
        "Valid: --python-version 3.12"),
    ),
    f"{CPU} --python-version 3.13": (
        "python-of-distribution",
        ("debian bookworm packages Python 3.11; you asked for 3.13 (--python-version). "
        "Valid: --python-version 3.11, or --base-image bootstrap:debian/trixie"),
    ),
    "--framework trtllm --base-image-tag 26.01-py3": (
        "pytorch-pieces",
        ("PyTorch image tag 26.01-py3 (default) is not in the table of torch pieces (25.12-py3); "
        "also set TORCH_VER, TORCH_TENSORRT_VER, PYTORCH_TRITON_VER, FLASH_ATTN_VER, "
        "FLASHINFER_PYTHON_VER, SYMPY_VER, TORCHVISION_VER, TORCHAO_VER, TORCHDATA_VER, "
        "TORCHTITAN_VER, JINJA2_VER"),
    ),
    "--framework sglang --build-arg RUNTIME_IMAGE_TAG=nightly": (
        "sglang-version-of-tag",
        ("RUNTIME_IMAGE_TAG nightly (--build-arg RUNTIME_IMAGE_TAG) does not begin with a version "
        "such as v0.5.8-"),
    ),
    "--cuda-version 13.0 --torch-backend cu129": (
        "torch-backend-of-cuda",
        "TORCH_BACKEND cu129 (--torch-backend) does not fit CUDA 13.0 (--cuda-version); cu130 does",
    ),
    f"{CPU} --torch-backend cu129": (
        "torch-backend-of-cuda",
        "TORCH_BACKEND cu129 (--torch-backend) does not fit CUDA none (default); cpu does",
    ),
    f"{CPU} --epp-image epp:v1": (
        "epp-of-frontend",
        "EPP_IMAGE (--epp-image) is for the target frontend; you asked for runtime (default)",
    ),
    "--enable-media-ffmpeg --no-enable-media-nixl": (
        "media-ffmpeg-needs-nixl",
        ("ENABLE_MEDIA_FFMPEG is true (--enable-media-ffmpeg) and needs ENABLE_MEDIA_NIXL, "
        "which is false (--no-enable-media-nixl)"),
    ),
    f"{CPU} --enable-gpu-memory-service": (
        "gpu-feature-of-device",
        ("ENABLE_GPU_MEMORY_SERVICE (--enable-gpu-memory-service) cannot work without a GPU; "
        "the device is cpu (--device)"),
    ),
    "--make-efa --target framework": (
        "efa-of-target",
        ("MAKE_EFA (--make-efa) has no layer for the target framework (--target). "
        "Valid: --target runtime, dev or local-dev"),
    ),
    "--efa-version 1.46.0": (
        "efa-version-needs-efa",
        "--efa-version: EFA_VERSION has no effect without MAKE_EFA",
    ),
    "--cuda-version 13.0 --build-arg LMCACHE_REF=0.3.13": (
        "lmcache-of-cell",
        ("LMCACHE_REF (--build-arg LMCACHE_REF): LMCache is installed with CUDA 12 on amd64 only; "
        "this is CUDA 13.0 (--cuda-version) on amd64"),
    ),
    "--platform linux/arm64 --lmcache-ref 0.3.12": (
        "lmcache-of-cell",
        ("LMCACHE_REF (--lmcache-ref): LMCache is installed with CUDA 12 on amd64 only; "
        "this is CUDA 12.9 (default) on arm64"),
    ),
    "--use-sccache --sccache-bucket cache": (
        "sccache-complete",
        "USE_SCCACHE (--use-sccache) needs SCCACHE_REGION",
    ),
    "--sccache-bucket cache --sccache-region eu-1": (
        "sccache-switched-on",
        ("SCCACHE_BUCKET (--sccache-bucket) and SCCACHE_REGION (--sccache-region): "
        "sccache is not switched on"),
    ),
    "--uid 5": (
        "ids-of-local-dev",
        "USER_UID (--uid): only for local-dev; the target is dev (default)",
    ),
    "--target local-dev --uid 0": (
        "ids-of-local-dev",
        "USER_UID 0 (--uid) is root; local-dev is for somebody else",
    ),
    f"{CPU} --vllm-max-jobs 3": (
        "framework-of-parameter",
        "--vllm-max-jobs: MAX_JOBS has no effect on none (--framework); it works for vllm",
    ),
    "--tensorrtllm-commit x": (
        "framework-of-parameter",
        ("--tensorrtllm-commit: TRTLLM_COMMIT has no effect on vllm (default); "
        "it works for trtllm"),
    ),
    "--framework trtllm --tensorrtllm-index-url https://index.example/": (
        "trtllm-source",
        ("unclear intention: TENSORRTLLM_INDEX_URL (--tensorrtllm-index-url) without "
        "TENSORRTLLM_PIP_WHEEL"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", REFUSED)
def test_refused(line: str) -> None:
    name, text = REFUSED[line]
    (problem,) = problems(line)
    assert problem.rule == name
    assert str(problem) == f"{text} [{name}]"


def test_every_rule_has_a_test_and_a_text() -> None:
    elsewhere = {
        "device-of-framework", "cuda-of-device", "cuda-of-framework", "target-of-framework",
        "driver-of-cuda", "kvbm-python", "arch-of-cell",
    }  # fmt: skip
    assert {rule.name for rule in RULES} <= {name for name, _ in REFUSED.values()} | elsewhere
    assert all(rule.text.endswith(".") for rule in RULES)


def test_every_problem_says_what_to_do() -> None:
    for line in REFUSED:
        for problem in problems(line):
            assert problem.hint or "Valid:" in problem.what or "also set" in problem.what, problem


ALLOWED = (
    "--platform linux/arm64 --arch arm64 --arch-alt aarch64",
    "--target local-dev --uid 5 --gid 6",
    "--make-efa --efa-version 1.46.0",
    "--use-sccache --sccache-bucket cache --sccache-region eu-1",
    "--no-enable-media-nixl",
    "--framework none --enable-media-ffmpeg",
    "--framework none --target frontend --epp-image epp:v1",
    f"{CPU} --base-image oci:layout:base --python-version 3.12",
    f"{CPU} --base-image debian:12 --python-version 3.11",
    "--base-image registry.example/cuda@sha256:" + "0" * 64,
    "--cuda-version 12.9 --base-image-tag 25.06-cuda12.9-devel-ubuntu24.04",
    "--framework trtllm --base-image nvcr.io/nvidia/pytorch:25.12-py3",
)


@pytest.mark.parametrize("line", ALLOWED)
def test_allowed(line: str) -> None:
    assert problems(line) == ()


def test_kvbm_is_made_for_one_python() -> None:
    assert {problem.rule for problem in problems("--python-version 3.13")} == {
        "python-of-cell",
        "kvbm-python",
    }


def test_a_tag_alone_that_states_another_cuda_is_only_noted() -> None:
    params = resolve(said("--base-image-tag 25.11-cuda13.0-devel-ubuntu24.04"))
    (note,) = notes(params)
    assert str(note) == (
        "BASE_IMAGE_TAG 25.11-cuda13.0-devel-ubuntu24.04 (--base-image-tag) states CUDA 13.0, "
        "but packages are chosen for CUDA 12.9 (default) [tag-only-cuda]"
    )
    assert note.hint == "say --cuda-version 13.0 too"
    assert notes(resolve([])) == ()


@pytest.mark.parametrize(
    ("tag", "cuda"),
    [
        ("25.06-cuda12.9-devel-ubuntu24.04", "12.9"),
        ("12.9.1-runtime-ubuntu24.04", "12.9"),
        ("13.0.2-cudnn-devel-ubuntu24.04", "13.0"),
        ("v0.5.8-cu130-runtime", "13.0"),
        ("v0.5.8-runtime", ""),
        ("25.12-py3", ""),
        ("", ""),
    ],
)
def test_what_a_tag_states(tag: str, cuda: str) -> None:
    assert cuda_of_tag(tag) == cuda


def test_the_drop_in_may_tolerate_what_has_no_effect() -> None:
    params = resolve(said("--framework none --vllm-max-jobs 3"), tolerate=WITHOUT_EFFECT)
    (warning,) = check_all(params, names=KNOWN)
    assert warning.rule in WITHOUT_EFFECT


def test_a_file_is_told_where_its_line_belongs() -> None:
    text = 'framework = "none"\nvllm_ref = "v1"\n'
    found = from_toml(text, name="dockwright.toml", source=Source.PROJECT, parameters=KNOWN)
    with pytest.raises(UserError) as caught:
        resolve(found)
    assert caught.value.message == (
        "dockwright.toml:2: VLLM_REF has no effect on none (dockwright.toml:1); "
        "it works for vllm [framework-of-parameter]"
    )
    assert caught.value.hint == "move it to a table [for.vllm], or use --framework vllm"


def test_the_prefix_variable_alone_is_no_mistake() -> None:
    found = from_environment({"SCCACHE_S3_KEY_PREFIX": "ci"}, KNOWN)
    assert resolve(found).values["SCCACHE_S3_KEY_PREFIX"].value == "ci"


def params(line: str) -> Params:
    return resolve(said(line))


def test_a_value_that_nobody_reads_is_an_error() -> None:
    found = unconsumed(params("--nixl-ref x --ffmpeg-version 7.2"), {"NIXL_REF": {"nixl"}})
    assert [str(problem) for problem in found] == [
        (
            "--ffmpeg-version: FFMPEG_VERSION has no consumer in this build, so it would silently "
            "do nothing [no-consumer]"
        )
    ]
    (told,) = unconsumed(params("--nixl-ref x"), {}, lambda name: (f"the place of {name}",))
    assert told.hint == "it works for the place of NIXL_REF"


def test_axes_and_settings_of_the_build_need_no_consumer() -> None:
    line = "--framework vllm --platform linux/arm64 --arch arm64 --jobs 3 --tag a --max-jobs 4"
    assert unconsumed(params(line), {}) == ()


def test_what_the_originals_ci_sets_for_all_builds_needs_no_consumer() -> None:
    found = from_environment({"DYNAMO_COMMIT_SHA": "a" * 40, "ECR_HOSTNAME": "x"}, KNOWN)
    assert unconsumed(resolve(found), {}) == ()


def test_reading_a_computed_default_reads_what_it_comes_from() -> None:
    given = params("--framework sglang --build-arg RUNTIME_IMAGE_TAG=v0.6.0-runtime")
    ledger = {"SGLANG_VERSION": {"sglang"}}
    assert unconsumed(given, ledger) == ()
    assert consumers(given, ledger)["RUNTIME_IMAGE_TAG"] == ("sglang",)


def test_reads_are_noted() -> None:
    ledger: dict[str, set[str]] = {}
    params("").track("nixl", ledger)[NIXL_REF]
    assert ledger == {"NIXL_REF": {"nixl"}}
