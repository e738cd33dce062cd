"""The vLLM and SGLang images of the provider `wheels`: built, verified, pushed, shared.

`scripts/test -m heavy -s tests/engines/test_engine_images.py` prints the numbers, too.
"""

from __future__ import annotations

import json
import os
import shutil

import pytest

from benchmarks.images import DISK, Built, measure, report, shared, show, unpacked
from benchmarks.measure import remove

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(os.geteuid() != 0, reason="buildkitd needs root"),
    pytest.mark.skipif(not shutil.which("docker-registry"), reason="docker-registry is not there"),
]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    folder = tmp_path_factory.mktemp("images")
    if shutil.disk_usage(folder).free < DISK:
        pytest.skip(f"needs {DISK // 10**9} GB of free disk")
    try:
        made = measure(folder)
    finally:
        remove(folder)
    show(made)
    print(json.dumps(report(made), indent=1))
    return made


@pytest.mark.parametrize("framework", ["vllm", "sglang"])
def test_every_check_held(images: dict[str, Built], framework: str) -> None:
    checks = {check["check"]: check for check in images[framework].said["checks"]["checks"]}
    assert all(check["ok"] for check in checks.values())
    assert {
        f"dynamo.{framework} prints its help",
        "one copy of UCX and of NIXL",
        "every wheel that is for CUDA is for CUDA 12",
        "libraries resolve (but for the GPU driver's and optional plugins')",
        "any user of group 0 can change all of the venv",
    } <= checks.keys()


def test_the_images_share_what_their_wheels_have_in_common(images: dict[str, Built]) -> None:
    assert unpacked(shared(images["vllm"], images["sglang"])) >= 6_500_000_000


def test_a_push_uploads_nothing_that_the_registry_has(images: dict[str, Built]) -> None:
    first, second = images["vllm"], images["sglang"]
    there = {layer.digest for layer in first.layers}
    assert {layer.digest for layer in first.layers} <= first.uploaded
    assert not second.uploaded & there
    assert second.uploaded_bytes < first.uploaded_bytes / 2


@pytest.mark.parametrize("framework", ["vllm", "sglang"])
def test_no_layer_is_larger_than_its_largest_package(
    images: dict[str, Built], framework: str
) -> None:
    sizes = sorted((layer.unpacked for layer in images[framework].layers), reverse=True)
    assert len(sizes) < 60
    assert sizes[0] < unpacked(images[framework].layers) / 3
