"""The main job on both engines: the standard image is built, proven, kept, and built again.

The tests go on from each other's state, in this order, as a person's working day does; each engine
builds the image once. The first build goes through a proxy with a password.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.bench import Bench, ends, events, processes, wait_for
from tests.engines.canaries import holders, layer_holders
from tests.engines.first import PASSWORD, REMARK, First
from tests.engines.lookup import newest
from tests.engines.proxy import USER

pytestmark = pytest.mark.engine


def test_one_command_builds_an_image_that_serves(engine: Bench, first: First) -> None:
    found = first.said.data
    assert "dockwright/quickstart:latest" in found["names"]
    image = found["image"]
    assert image["digest"].startswith("sha256:")
    assert len(image["digest"]) == 71
    assert image["size"] == sum(image["layers"]) > 100_000_000
    assert image["where"]
    assert found["checks"]["ok"]
    assert found["checks"]["failed"] == 0
    components = {check["component"] for check in found["checks"]["checks"]}
    assert {"image", "dynamo", "etcd", "libfabric", "nats", "ucx"} <= components
    assert any("chat" in check["check"].lower() for check in found["checks"]["checks"])
    # Other tests of the session need some of the same stages (base, uv), on the same engine.
    states = ends(first.said)
    assert set(states.values()) <= {"built", "cached"}
    own = ("etcd", "libfabric", "nats", "ucx", "dynamo", "runtime", "verify")
    assert {states[name] for name in own} == {"built"}
    assert engine.leftovers() == []


CANARIES = (PASSWORD, REMARK, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())


def test_no_trace_of_the_network_is_left(engine: Bench, first: First, tmp_path: Path) -> None:
    assert {host for host in first.seen.hosts if host}, "no step went through the proxy"
    assert first.seen.refused == 0 or first.seen.hosts
    texts = first.said.out + first.said.err
    assert PASSWORD not in texts
    assert REMARK not in texts
    # All that the engine keeps: layers of the image and of every stage, configurations, caches.
    # All that dockwright keeps: plans, Dockerfiles, logs, events, results, layouts.
    assert holders(CANARIES, engine.storage, engine.cache, engine.state) == []
    if engine.engine == "buildkit":
        where = first.said.data["image"]["where"].removeprefix("oci:").rpartition(":")[0]
        assert layer_holders(CANARIES, Path(where), tmp_path) == []


def test_the_canaries_would_be_found(engine: Bench, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"using {PASSWORD}")
    (tmp_path / f"{REMARK}.crt").touch()
    assert len(holders(CANARIES, tmp_path)) == 2
    assert engine.env["XDG_CACHE_HOME"]


def test_without_changes_nothing_is_built(engine: Bench, first: First) -> None:
    plan = engine.plan()
    assert plan == engine.plan()
    # Without proxy and bundle, and under another name, so that the engine is asked.
    again = engine.build("--tag", "dockwright/again:1")
    assert set(ends(again).values()) == {"cached"}
    assert again.data["image"]["digest"] == first.said.data["image"]["digest"]
    assert again.data["checks"]["ok"]
    same = engine.build("--tag", "dockwright/again:1")
    assert set(ends(same).values()) == {"cached"}
    assert same.data["image"] == again.data["image"]
    assert engine.plan() == plan


@pytest.fixture(scope="session")
def change(engine: Bench, first: First) -> tuple[str, str]:
    """A parameter that concerns the component ucx and nothing else."""
    assert first.said.status == 0
    return "--ucx-package-version", newest(engine, "libucx0")


@pytest.mark.parametrize("group", [True, False], ids=["terminal", "process"])
def test_an_interrupted_build_ends_in_order(
    engine: Bench, change: tuple[str, str], *, group: bool
) -> None:
    process = engine.start("build", "--json", *change)
    run = wait_for(process, engine, "ucx")
    if group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    said = engine.end(process, timeout=60)
    assert said.out == ""
    assert "interrupted" in said.explained(130)
    assert said.seconds < 60
    assert engine.leftovers() == []
    assert not (run / "result.json").exists()


def test_an_engine_that_dies_is_said_to_be_dead(engine: Bench, change: tuple[str, str]) -> None:
    process = engine.start("build", "--json", *change)
    wait_for(process, engine, "ucx")
    with killed(engine):
        said = engine.end(process, timeout=120)
        words = said.explained(1)
        assert said.out == ""
        assert "buildah was ended by SIGKILL" in words or "lost its engine" in words, words
    assert engine.leftovers() == []


@contextlib.contextmanager
def killed(engine: Bench) -> Iterator[None]:
    """The engine, killed; at the end there is one again."""
    if engine.daemon:
        os.kill(engine.daemon.pid, signal.SIGKILL)
        yield
        engine.restart()
        return
    (pid,) = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.read_bytes().startswith(b"buildah\0build\0")
        and os.fsencode(engine.cache) in path.read_bytes()
    ]
    os.kill(pid, signal.SIGKILL)
    yield


def test_a_change_of_one_component_runs_its_stage_only(
    engine: Bench, first: First, change: tuple[str, str]
) -> None:
    """Whatever was interrupted before: what was finished then is not built again."""
    said = engine.build(*change)
    ran = {name for name, end in ends(said).items() if end == "built"}
    # What copies from it runs when the copied files differ, which is the engine's to find out.
    assert {"ucx"} <= ran <= {"ucx", "runtime", "verify", "evidence"}
    run = Path(said.data["run_directory"])
    executed = {event["stage"] for event in events(run) if event["event"] == "stage_finished"}
    assert executed == ran
    assert said.data["checks"]["ok"]
    assert first.said.status == 0


def test_a_component_that_fails_is_named(engine: Bench, change: tuple[str, str]) -> None:
    said = engine("build", "--json", *change, "--etcd-package-version", "0.0.0")
    words = said.explained(1)
    assert said.out == ""
    assert re.search(r"^error: stage etcd failed in step .etcd: ", words, re.MULTILINE)
    assert "'0.0.0'" in words  # the last lines of the step: apt says what it did not find
    log = next(line for line in words.splitlines() if line.startswith("log: "))
    assert "0.0.0" in Path(log.removeprefix("log: ")).read_text()
    assert engine.leftovers() == []
    after = engine.build(*change)
    assert set(ends(after).values()) == {"cached"}
    assert processes(str(engine.cache)) == []
