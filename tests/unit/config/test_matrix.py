"""The whole product: valid cells resolve, every other one is refused by the name of a rule."""

from __future__ import annotations

from itertools import product

import pytest

from dockwright.catalog.releases import cuda_drivers, releases
from dockwright.config.drivers import from_fleet, minimum_drivers
from dockwright.config.matrix import Variant, cell_of, cells
from dockwright.config.resolve import resolve
from dockwright.config.setting import Setting
from dockwright.errors import UserError
from dockwright.model.param import Origin, Source
from dockwright.model.values import Arch, Device, Framework, Target

VERSIONS = ("", "11.8", "12.8", "12.9", "13.0", "13.1", "14.0")
VALID = set(cells())
MATRIX_RULES = {
    "device-of-framework",
    "cuda-of-device",
    "cuda-of-framework",
    "arch-of-cell",
    "target-of-framework",
}


def settings(said: dict[str, str]) -> list[Setting]:
    return [
        Setting(name=name, text=text, origin=Origin(source=Source.FLAG, where=f"--{name.lower()}"))
        for name, text in said.items()
    ]


def test_every_cell_is_valid_or_refused_by_name() -> None:
    refused = 0
    for framework, device, cuda, arch, target in product(Framework, Device, VERSIONS, Arch, Target):
        asked = Variant(framework=framework, device=device, cuda=cuda, arch=arch, target=target)
        said = settings(asked.settings())
        if asked in VALID:
            assert cell_of(resolve(said)) == asked
            continue
        if not cuda and device is Device.CUDA:
            continue  # nobody can ask for this: without a version it is the default one
        with pytest.raises(UserError) as caught:
            resolve(said)
        names = {problem.rule for problem in caught.value.problems}
        assert names & MATRIX_RULES, asked
        refused += 1
    assert refused > 300


def test_the_number_of_cells() -> None:
    # 4 rows of none × 6 targets, 2 + 1 of vllm and trtllm × 6, 2 of sglang × 5; two architectures.
    assert len(VALID) == (4 * 6 + 3 * 6 + 2 * 5) * 2


def message(said: dict[str, str]) -> str:
    with pytest.raises(UserError) as caught:
        resolve(settings(said))
    return caught.value.message


def test_texts_of_refusals() -> None:
    assert message({"FRAMEWORK": "trtllm", "CUDA_VERSION": "12.9"}) == (
        "trtllm needs CUDA 13.1; you asked for 12.9 (--cuda_version). Valid: --cuda-version 13.1, "
        "or --framework none, vllm or sglang [cuda-of-framework]"
    )
    assert message({"DEVICE": "cpu"}) == (
        "vllm needs the device cuda; you asked for cpu (--device). "
        "Valid: --device cuda, or --framework none [device-of-framework]"
    )
    assert message({"FRAMEWORK": "none", "DEVICE": "cpu", "CUDA_VERSION": "12.9"}) == (
        "cpu has no CUDA; you asked for CUDA 12.9 (--cuda_version). "
        "Valid: no CUDA version, or --device cuda [cuda-of-device]"
    )
    assert message({"FRAMEWORK": "sglang", "TARGET": "framework"}) == (
        "sglang has no target framework (--target). Valid: --target base, wheel_builder, runtime, "
        "dev or local-dev, or --framework vllm or trtllm [target-of-framework]"
    )


def test_drivers_come_from_the_releases() -> None:
    assert len(releases()) == 30
    assert len(cuda_drivers()) == 66
    assert minimum_drivers() == {"12.8": "570", "12.9": "575", "13.0": "580", "13.1": "580"}
    assert {variant.cuda for variant in VALID} - {""} <= set(minimum_drivers())


def test_an_old_driver_is_refused_before_the_build() -> None:
    assert message({"CUDA_VERSION": "13.0", "TARGET_DRIVER": "575.57"}) == (
        "CUDA 13.0 (--cuda_version) needs driver 580 or newer; the oldest driver is 575.57 "
        "(--target_driver). Valid: --cuda-version 12.9, or a driver of at least 580 "
        "[driver-of-cuda]"
    )
    assert message({"FRAMEWORK": "trtllm", "TARGET_DRIVER": "570"}) == (
        "CUDA 13.1 (default) needs driver 580 or newer; the oldest driver is 570 "
        "(--target_driver). Valid: --framework none with CUDA 12.8, or a driver of at least 580 "
        "[driver-of-cuda]"
    )
    resolve(settings({"CUDA_VERSION": "13.0", "TARGET_DRIVER": "580"}))


def test_a_fleet_is_as_old_as_its_oldest_driver() -> None:
    fleet = '[drivers]\nnew = "580.65.06"\nold = "575.57"\n'
    with pytest.raises(UserError) as caught:
        resolve([*settings({"CUDA_VERSION": "13.0"}), *from_fleet(fleet, name="fleet.toml")])
    assert "the oldest driver is 575.57 (fleet.toml: old)" in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "fleet.toml: has no table [drivers]"),
        ("drivers = 3", "fleet.toml: has no table [drivers]"),
        ("[drivers]\na = 'x'", "fleet.toml: a must be a driver version such as 570, not 'x'"),
        ("[", "fleet.toml: not valid TOML: "),
    ],
)
def test_a_broken_fleet_file_is_said(text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(from_fleet(text, name="fleet.toml"))
    assert caught.value.message.startswith(said)
