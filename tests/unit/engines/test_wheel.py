"""The commands of TensorRT-LLM's wheel, without running any."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from dockwright.engines import wheel
from dockwright.engines.api import Command
from dockwright.engines.wheel import Holder, Order, home, suffixed
from dockwright.model.values import Arch

COMMIT = "45d7022cc33903509fd8045bbc577d77dd1d3e2f"


def order(
    *, arch: Arch = Arch.AMD64, holder: Holder = "docker", lfs: bool = False, url: str = "u"
) -> Order:
    return Order(
        url=url,
        commit=COMMIT,
        arch=arch,
        home=Path("/cache/wheels/x"),
        output=Path("/out"),
        holder=holder,
        lfs=lfs,
    )


def lines(wanted: Order) -> list[str]:
    return [
        shlex.join(step.argv) if isinstance(step, Command) else f"# {step.text}"
        for step in wheel.steps(wanted)
    ]


def test_amd64_builds_the_triton_image_first() -> None:
    key = order().key
    made = [shlex.join(command.argv) for command in wheel.make(order())]
    docker = "make --no-print-directory -C /cache/wheels/x/tree/docker"
    options = "'BUILD_WHEEL_OPTS=--extra-cmake-vars NIXL_ROOT=/opt/nvidia/nvda_nixl'"
    assert made == [
        f"{docker} tritondevel_build IMAGE_TAG={key}",
        f"{docker} wheel_build DEVEL_IMAGE=tritondevel {options} IMAGE_TAG={key}",
    ]


def test_arm64_builds_the_wheel_alone() -> None:
    wanted = order(arch=Arch.ARM64)
    (made,) = wheel.make(wanted)
    assert made.argv[-2:] == ("wheel_build", f"IMAGE_TAG={wanted.key}")
    assert not any("triton" in line for line in lines(wanted))


def test_large_files_are_fetched_when_git_lfs_is_there() -> None:
    assert not any("lfs" in line for line in lines(order()))
    assert "git -C /cache/wheels/x/tree lfs pull" in lines(order(lfs=True))


@pytest.mark.parametrize("holder", wheel.HOLDERS)
def test_whoever_holds_the_image_gives_the_wheel_and_removes_everything(holder: Holder) -> None:
    wanted = order(holder=holder)
    text = "\n".join(lines(wanted))
    for name in (wanted.key, wanted.image, f"tensorrt_llm/tritondevel:{wanted.key}"):
        assert any(
            name in command.argv and "--force" in command.argv for command in wheel.clean(wanted)
        )
    assert f"/out/.{wanted.key}" in text
    assert {command.argv[0] for command in (*wheel.extract(wanted), *wheel.clean(wanted))} == {
        holder
    }


def test_names_belong_to_one_build() -> None:
    orders = [order(), order(arch=Arch.ARM64), order(url="v")]
    assert len({wanted.key for wanted in orders}) == 3
    assert home(Path("/c"), "https://a/x.git") != home(Path("/c"), "https://b/x.git")


@pytest.mark.parametrize(
    ("version", "made"),
    [("1.3.0rc1", "1.3.0rc1+dev45d7022c"), ("1.2.0+local", "1.2.0+local.dev45d7022c")],
)
def test_the_version_says_the_commit(version: str, made: str) -> None:
    assert suffixed(version, COMMIT) == made
