"""The BuildKit engine against the pinned BuildKit: what argv does, what comes back as events."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dockwright.engines.api import BaseContext, Command, Request, Secret
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.buildkit_host import Host
from dockwright.engines.events import (
    Event,
    Log,
    StageCached,
    StageFailed,
    StageFinished,
    StageStarted,
    StepStarted,
)
from tests.engines import tiny
from tests.engines.buildkitd import Daemon, running

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="buildkitd needs root"),
    pytest.mark.skipif(not shutil.which("go"), reason="Go is needed to build BuildKit"),
    pytest.mark.skipif(platform.system() != "Linux", reason="containers need Linux"),
]

DOCKERFILE = f"""\
FROM {tiny.NAME} AS base
RUN echo from-base > /base
FROM base AS left
RUN --network=none --mount=type=secret,id=extra,target=/run/dockwright/extra <<'EOF'
#!/bin/bash
set -euo pipefail
echo "flags of lo: $(< /sys/class/net/lo/flags)"
ls /sys/class/net
echo "secret: $(cat /run/dockwright/extra 2>/dev/null || echo absent)"
mkdir /left && echo '$HOME \\ "quoted"' > /left/file
echo -n 'no newline at the end'
EOF
FROM base AS right
RUN mkdir /right && echo right > /right/file
FROM base AS unused
RUN false
FROM base AS final
COPY --link --from=left /left /opt/left
COPY --from=right /right /opt/right
FROM base AS broken
COPY --from=left /left /opt/left
RUN echo 'about to fail' && cat /opt/left/file && exit 3
FROM scratch AS report
COPY --from=final /opt/left/file /
"""
STAGES = ("base", "left", "right", "unused", "final", "broken", "report")


class Bench:
    """A running BuildKit, an engine that found it, and a place for builds."""

    def __init__(self, daemon: Daemon, directory: Path) -> None:
        self.env = os.environ | daemon.env
        self.directory = directory
        self.engine = BuildKit(env=self.env)
        self.probe = self.engine.probe()
        layout = tiny.tiny_layout(directory / "base")
        context = directory / "context"
        context.mkdir()
        dockerfile = context / "Dockerfile"
        dockerfile.write_text(DOCKERFILE)
        self.request = Request(
            dockerfile=dockerfile,
            context=context,
            target="final",
            purpose="build the test image",
            platform=layout.platform,
            stages=STAGES,
            bases=(BaseContext(name=tiny.NAME, layout=str(layout.directory), ref="1"),),
            metadata=directory / "metadata.json",
        )

    def ask(self, **changes: object) -> Request:
        return msgspec.structs.replace(self.request, **changes)

    def build(self, request: Request) -> tuple[int, list[Event]]:
        """Execute a request as the executor does: both outputs on one pipe, read as they come."""
        (command,) = self.engine.commands(request)
        code, lines = self.run(command)
        return code, list(self.engine.read(command, request, lines))

    def run(self, command: Command) -> tuple[int, list[str]]:
        done = subprocess.run(
            command.argv,
            env=self.env | command.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout.splitlines()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with running() as daemon:
        yield Bench(daemon, tmp_path_factory.mktemp("buildkit"))


def kinds(events: list[Event], kind: type[Event]) -> list[str]:
    return [event.stage for event in events if isinstance(event, kind)]


def logged(events: list[Event], stage: str) -> list[str]:
    return [event.line for event in events if isinstance(event, Log) and event.stage == stage]


def test_probe_describes_the_daemon(bench: Bench) -> None:
    assert bench.probe.available
    assert bench.probe.version == "0.33.0"
    assert bench.probe.detail.startswith("builder dockwright-tests (remote), buildx 0.36.1")
    assert bench.engine.host.driver == "remote"


def test_a_build_reports_every_stage_and_the_next_one_is_cached(bench: Bench) -> None:
    request = bench.ask(no_cache=True)
    code, events = bench.build(request)
    assert code == 0
    used = {"base", "left", "right", "final"}
    assert set(kinds(events, StageStarted)) == set(kinds(events, StageFinished)) == used
    assert kinds(events, StageFailed) == kinds(events, StageCached) == []
    assert logged(events, "left") == [
        "flags of lo: 0x9",  # up, loopback
        "lo",
        "secret: absent",
        "no newline at the end",
    ]
    assert kinds(events, StepStarted).count("final") == 2

    code, events = bench.build(bench.request)
    assert code == 0
    assert set(kinds(events, StageCached)) == used
    assert kinds(events, StageFinished) == []


def test_secrets_are_no_part_of_the_cache_key_nor_of_the_image(
    bench: Bench, tmp_path: Path
) -> None:
    path = tmp_path / "secret, with a comma"
    path.write_text("swordfish")
    secret = Secret(id="extra", source="file", path=str(path))
    layout = tmp_path / "layout"
    assert bench.build(bench.request)[0] == 0
    _, events = bench.build(bench.ask(secrets=(secret,)))
    assert kinds(events, StageFinished) == []
    _, events = bench.build(
        bench.ask(secrets=(secret,), no_cache=True, output="oci", destination=layout)
    )
    assert "secret: swordfish" in logged(events, "left")
    found = subprocess.run(
        ["grep", "-rl", "swordfish", str(layout)], capture_output=True, check=False
    )
    assert found.stdout == b""


def test_the_executor_hands_over_secrets_in_variables(bench: Bench) -> None:
    secret = Secret(id="extra", source="env", variable="TEST_SECRET_VALUE")
    request = bench.ask(secrets=(secret,), no_cache=True, target="left")
    (command,) = bench.engine.commands(request)
    assert command.secret_env == ("TEST_SECRET_VALUE",)
    env = {**command.env, "TEST_SECRET_VALUE": "swordfish"}
    code, lines = bench.run(msgspec.structs.replace(command, env=env))
    assert code == 0
    assert "secret: swordfish" in logged(list(bench.engine.read(command, request, lines)), "left")


def test_a_layout_is_described_also_when_it_is_written_again(bench: Bench, tmp_path: Path) -> None:
    request = bench.ask(
        output="oci",
        destination=tmp_path / "layout",
        tags=("registry.invalid:5000/image:one",),
        labels={"org.example.answer": "42"},
    )
    assert bench.build(request)[0] == 0
    first = bench.engine.inspect(request)
    assert first.where == f"oci:{tmp_path}/layout:one"
    assert len(first.layers) == 4  # the base, and three steps; a stage without steps adds none
    assert sum(first.layers) == first.size
    changed = msgspec.structs.replace(request, labels={"org.example.answer": "43"})
    assert bench.build(changed)[0] == 0
    second = bench.engine.inspect(changed)
    assert second.digest != first.digest
    assert second.layers == first.layers


def test_without_docker_an_image_becomes_a_layout(bench: Bench, tmp_path: Path) -> None:
    engine = BuildKit(msgspec.structs.replace(bench.engine.host, docker=False), env=bench.env)
    request = bench.ask(output="image", destination=tmp_path / "layout")
    (command,) = engine.commands(request)
    assert bench.run(command)[0] == 0
    assert engine.inspect(request).where == f"oci:{tmp_path}/layout:latest"


def test_files_are_written(bench: Bench, tmp_path: Path) -> None:
    request = bench.ask(target="report", output="files", destination=tmp_path / "out")
    assert bench.build(request)[0] == 0
    assert (tmp_path / "out" / "file").read_text() == '$HOME \\ "quoted"\n'
    assert bench.engine.inspect(request).size == 17


def test_a_failed_step_is_named_with_what_it_printed(bench: Bench) -> None:
    code, events = bench.build(bench.ask(target="broken"))
    assert code == 1
    (failed,) = [event for event in events if isinstance(event, StageFailed)]
    assert (failed.stage, failed.exit_code, failed.message) == ("broken", 3, "exit code 3")
    assert failed.step.startswith("RUN echo 'about to fail'")
    assert logged(events, "broken") == ["about to fail", '$HOME \\ "quoted"']
    assert "broken" not in kinds(events, StageFinished)


def test_a_builder_that_is_gone_is_said_to_be_gone(bench: Bench, tmp_path: Path) -> None:
    config = {"BUILDX_CONFIG": str(tmp_path)}
    env = bench.env | config
    subprocess.run(
        ["buildx", "create", "--name", "gone", "--driver", "remote", f"unix://{tmp_path}/none"],
        env=env,
        check=True,
        capture_output=True,
    )
    probe = BuildKit(Host(), env=env | {"BUILDX_BUILDER": "gone"}).probe()
    assert not probe.available
    assert probe.detail.startswith("the selected builder (driver remote) does not answer: ")
    assert "buildx use NAME" in probe.hint


def test_docker_without_its_daemon_is_said_to_be_silent(bench: Bench, tmp_path: Path) -> None:
    env = {**bench.env, "BUILDX_CONFIG": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/none"}
    del env["BUILDX_BUILDER"]
    probe = BuildKit(env=env).probe()
    assert (probe.available, probe.detail) == (False, "the docker daemon does not answer")
