"""`dockwright preflight`, and `build` before it starts: all that is missing, at once."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockwright.config.lock_file import decode
from dockwright.engines import platforms
from dockwright.engines.api import Request
from dockwright.engines.buildah import Buildah
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.buildkit_host import Host
from dockwright.model.values import Arch
from dockwright.planning.build import plan_image
from dockwright.resolving.machine import GB, need
from tests.builders import params
from tests.fakes import Fakes
from tests.unit.cli.conftest import WORDS, Call
from tests.world import World

FOREIGN = "linux/arm64" if platforms.native() == "linux/amd64" else "linux/amd64"
STACK = {
    "FRAMEWORK": "vllm",
    "DEVICE": "cuda",
    "VLLM_PROVIDER": "wheels",
    "TARGET": "runtime",
    "BASE_IMAGE": "bootstrap:debian/bookworm",
}


def test_preflight_finds_everything(call: Call, ready: World) -> None:
    said = call("preflight", *WORDS, "--engine", "buildah", "--json")
    assert said.status == 0, said.err
    found = json.loads(said.out)
    assert found["ok"]
    kinds = {finding["kind"] for finding in found["findings"]}
    assert kinds == {"image", "git", "archive", "python", "engine", "disk", "memory"}
    assert ready.asked


def test_preflight_names_all_that_is_missing(call: Call, ready: World) -> None:
    ready.images["quay.io/pypa/manylinux_2_28_x86_64"].pop("latest")
    ready.images["quay.io/pypa/manylinux_2_28_x86_64"]["2026.01"] = b"{}"
    ready.refs["github.com/openucx/ucx.git"] = {"refs/tags/v1.20.0": "a" * 40}
    ready.files = {name: body for name, body in ready.files.items() if "etcd" not in name}
    ready.projects.pop("hatchling")
    ready.projects["meson"] = [
        {**row, "hashes": {"sha256": "0" * 64}} for row in ready.projects["meson"]
    ]
    ready.projects["ninja"] = [
        {**row, "filename": str(row["filename"]).replace("none-any", "none-win_amd64")}
        for row in ready.projects["ninja"]
    ]
    said = call("preflight", *WORDS, "--engine", "buildah")
    assert said.status == 1
    lines = said.err.splitlines()
    assert len([line for line in lines if line.startswith("✗")]) >= 5
    text = " ".join(said.err.split())
    for words in (
        "the registry has no such image",
        "hint: tags there: 2026.01",
        "does not give the commit 4b7a6ca8410f9cea0e15857233ecfeefdd863dde (v1.20.0)",
        "hatchling is not at",
        "has no file with a hash of the lock",
        "has no file for Python 3.12 on x86_64 with glibc 2.28 where:",
        "hint: there is ninja-",
    ):
        assert words in text, said.err


def test_a_server_that_is_not_there_is_named_once(
    call: Call, ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors = [mirror for mirror in ready.mirrors if "github.com" not in mirror]
    closed = "https://github.com/=http://127.0.0.1:9/"
    monkeypatch.setenv("DOCKWRIGHT_SOURCE_MIRROR", ",".join((*mirrors, closed)))
    said = call("preflight", *WORDS, "--engine", "buildah")
    assert said.status == 1
    assert "127.0.0.1:9 cannot be reached: " in said.err
    assert "Traceback" not in said.err


def test_a_build_that_cannot_end_well_does_not_start(call: Call, ready: World) -> None:
    ready.images.clear()
    said = call("build", *WORDS, "--engine", "buildah")
    text = said.refused(status=1)
    assert text.startswith("error: preflight: 2 things that the build needs are not there:")
    assert "or build without looking first: --no-preflight" in text


@pytest.mark.usefixtures("ready")
def test_a_lock_edited_by_hand_is_found_before_the_build(call: Call) -> None:
    assert call("lock", *WORDS).status == 0
    place = Path("dockwright.lock")
    digest = decode(place.read_text()).images[1].platforms["linux/amd64"]
    text = place.read_text().replace(digest, f"sha256:{'0' * 64}")
    place.write_text(text.replace("4b7a6ca8410f9cea0e15857233ecfeefdd863dde", "0" * 40))
    said = call("build", *WORDS, "--engine", "buildah")
    assert said.status == 1
    assert "preflight: 2 things that the build needs are not there" in said.err
    assert "the registry has no such manifest" in said.err
    assert "`dockwright lock --update` finds what the tag is today" in said.err
    assert f"does not give the commit {'0' * 40} (v1.20.0)" in said.err


# What the engine must be able to do


def engine_findings(call: Call, *words: str) -> dict[str, str]:
    """What was looked for of the engine → what is wrong with it."""
    said = call("preflight", *WORDS, *words, "--json")
    rows = json.loads(said.out)["findings"]
    return {row["looked_for"]: row["problem"] for row in rows if row["kind"] == "engine"}


@pytest.mark.usefixtures("ready")
def test_a_builder_that_cannot_export_the_cache_is_named(call: Call, engines: Fakes) -> None:
    export = ("--engine", "buildkit", "--cache-to", "type=registry,ref=a.example/cache")
    looked = "cache export to type=registry,ref=a.example/cache"
    assert engine_findings(call, *export)[looked] == ""
    engines.behave(driver="docker")
    assert engine_findings(call, *export)[looked] == (
        "the builder pretended (driver docker) cannot export a cache"
    )
    said = call("preflight", *WORDS, *export)
    assert (said.status, "hint: make another builder: docker buildx create" in said.err) == (
        1,
        True,
    )
    # Inline, or with docker's other store, it can.
    inline = ("--engine", "buildkit", "--cache-to", "type=inline")
    assert engine_findings(call, *inline)["cache export to type=inline"] == ""
    engines.behave(driver="docker", status="[[driver-type io.containerd.snapshotter.v1]]")
    assert engine_findings(call, *export)[looked] == ""


@pytest.mark.usefixtures("ready")
@pytest.mark.skipif(FOREIGN in platforms.runnable(), reason="this machine emulates it")
def test_a_platform_that_cannot_run_is_one_finding_among_all(call: Call) -> None:
    words = ("--framework", "none", "--device", "cpu", "--target", "wheel_builder")
    both = ("--platform", "linux/amd64,linux/arm64", "--engine", "buildah", "--json")
    said = call("preflight", *words, *both)
    assert said.status == 1
    found = {row["looked_for"]: row["problem"] for row in json.loads(said.out)["findings"]}
    assert found[f"steps for {platforms.native()}"] == ""
    assert f"buildah cannot execute {FOREIGN} here" in found[f"steps for {FOREIGN}"]
    assert len(found) > 4


@pytest.mark.usefixtures("ready")
def test_an_engine_that_is_too_old_for_secrets_and_contexts(call: Call, engines: Fakes) -> None:
    engines.behave(version="1.20.0")
    text = call("preflight", *WORDS, "--engine", "buildah").refused(status=1)
    assert "--engine buildah: missing buildah 1.28 or newer" in text


# Disk


def request(output: str, destination: Path | None = None) -> Request:
    return Request(
        dockerfile=Path(),
        context=Path(),
        target="runtime",
        purpose="",
        platform="linux/amd64",
        stages=(),
        output=output,  # type: ignore[arg-type]
        destination=destination,
    )


def test_a_stack_of_wheels_needs_several_times_its_own_size() -> None:
    wheels = 5_200_000_000
    store, layout = Path("/engine"), Path("/layout")
    alone = BuildKit(env={}, host=Host(docker=False))
    amounts = {"images": GB, "wheels": wheels}
    assert need(request("image"), Buildah(), "/engine", **amounts) == {store: 3 * GB + 6 * wheels}
    assert need(request("image", layout), alone, "/engine", **amounts) == {
        store: 3 * GB + 7 * wheels,
        layout: GB + wheels,
    }
    # Of a builder that is elsewhere nobody here knows the disk.
    assert need(request("push"), BuildKit(env={}), "", **amounts) == {}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system that has 20 GB, as far as anybody can see."""
    place = tmp_path / "small"
    place.mkdir()
    # The tests' PATH has pretended engines only.
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    words = ["-t", "tmpfs", "-o", "size=20g", "none", str(place)]
    subprocess.run(["mount", *words], check=True, env=env)
    yield place
    subprocess.run(["umount", str(place)], check=True, env=env)


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root")
def test_a_disk_that_is_too_small_is_told_before_the_build(
    call: Call, ready: World, engines: Fakes, small: Path
) -> None:
    ready.fill(plan_image(params(STACK), Arch.AMD64).inputs)
    engines.behave(store=str(small / "containers"))
    words = [f"--{name.lower().replace('_', '-')}={text}" for name, text in STACK.items()]
    text = call("build", *words, "--platform", "linux/amd64", "--engine", "buildah").refused(1)
    assert "only 21.5 GB are free, and the build takes at least 31.3 GB" in text
    assert "or build without looking first: --no-preflight" in text
    assert engines.calls() == []
    said = call("preflight", *words, "--platform", "linux/amd64", "--engine", "buildah")
    assert f"where: {small}; for the build" in said.err


def test_sizes_come_from_the_index_where_nothing_else_says_them(call: Call, ready: World) -> None:
    ready.projects["meson"] = [{**row, "size": 7 * GB} for row in ready.projects["meson"]]
    rows = json.loads(call("preflight", *WORDS, "--engine", "buildah", "--json").out)["findings"]
    (meson,) = (row for row in rows if row["looked_for"].startswith("meson=="))
    assert meson["size"] == 7 * GB
    assert max(float(row["looked_for"].split()[0]) for row in rows if row["kind"] == "disk") >= 42
