"""BuildKit's argv word for word, what is found on a host, and what a build left behind."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from dockwright.engines.api import BaseContext, Image, Request, Secret
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.buildkit_host import Host
from dockwright.engines.events import StageCached
from dockwright.engines.process import Outcome, ask
from dockwright.errors import EngineError

DATA = Path(__file__).parent / "data"
HOST = Host(buildx=("buildx",), builder="here", driver="docker-container")
ALONE = Host(buildx=("buildx",), builder="alone", driver="remote", docker=False)
REQUEST = Request(
    dockerfile=Path("/run/Dockerfile"),
    context=Path("/run"),
    target="runtime",
    purpose="build runtime image",
    platform="linux/amd64",
    stages=("base", "runtime"),
)


def request(**changes: object) -> Request:
    return msgspec.structs.replace(REQUEST, **changes)


def argv(host: Host, asked: Request) -> tuple[str, ...]:
    (command,) = BuildKit(host).commands(asked)
    return command.argv


def output(host: Host, asked: Request) -> str:
    words = argv(host, asked)
    return words[words.index("--output") + 1]


class Programs:
    """Programs of a host that never was: the answer to each command line, by its beginning."""

    def __init__(self, answers: Mapping[str, str | Outcome]) -> None:
        self.answers = answers

    def __call__(self, words: Sequence[str]) -> Outcome:
        line = " ".join(words)
        for start, answer in self.answers.items():
            if line.startswith(start):
                return (
                    answer if isinstance(answer, Outcome) else Outcome(exit_code=0, output=answer)
                )
        return Outcome(exit_code=127, output=f"{words[0]}: No such file or directory")


def test_the_whole_command_line() -> None:
    (command,) = BuildKit(HOST).commands(
        request(
            bases=(BaseContext(name="base.invalid/os:1", layout="/cache/os", ref="base"),),
            contexts={"sources": "/cache/sources", "ca": "/cache/ca"},
            secrets=(
                Secret(id="token", source="env", variable="INDEX_TOKEN"),
                Secret(id="ca", source="file", path='/etc/my, "own" ca.pem'),
            ),
            tags=("example.invalid/image:1", "example.invalid/image:2"),
            labels={"b": "2", "a": "1 one"},
            output="image",
            metadata=Path("/run/metadata.json"),
            cache_from=("type=registry,ref=example.invalid/cache",),
            cache_to=("type=local,dest=/cache/out",),
            no_cache=True,
            jobs=7,
        )
    )
    assert command.argv == (
        *("buildx", "build", "--builder", "here", "--progress=rawjson"),
        *("--file", "/run/Dockerfile", "--target", "runtime", "--platform", "linux/amd64"),
        *("--provenance=false", "--sbom=false", "--metadata-file", "/run/metadata.json"),
        *("--build-context", "base.invalid/os:1=oci-layout:///cache/os:base"),
        *("--build-context", "ca=/cache/ca", "--build-context", "sources=/cache/sources"),
        *("--secret", "id=token,env=INDEX_TOKEN"),
        *("--secret", 'id=ca,"src=/etc/my, ""own"" ca.pem"'),
        *("--label", "a=1 one", "--label", "b=2"),
        *("--tag", "example.invalid/image:1", "--tag", "example.invalid/image:2"),
        *("--cache-from", "type=registry,ref=example.invalid/cache"),
        *("--cache-to", "type=local,dest=/cache/out", "--no-cache"),
        *("--output", "type=docker", "/run"),
    )
    assert command.reader == "rawjson"
    assert command.secret_env == ("INDEX_TOKEN",)
    assert command.env == {"BUILDX_METADATA_PROVENANCE": "disabled"}
    assert command.produces == "example.invalid/image:1 in docker"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"output": "push", "tags": ("r.invalid/a:1",)}, "type=registry,rewrite-timestamp=true"),
        ({"output": "image", "tags": ("a:1",)}, "type=docker,rewrite-timestamp=true"),
        (
            {"output": "oci", "destination": Path("/out")},
            "type=oci,dest=/out,tar=false,rewrite-timestamp=true",
        ),
        ({"output": "cache"}, "type=cacheonly"),
    ],
)
def test_with_an_epoch_files_and_image_get_its_time(
    asked: dict[str, object], expected: str
) -> None:
    wanted = request(epoch="1700000000", **asked)
    assert output(HOST, wanted) == expected
    words = argv(HOST, wanted)
    assert words[words.index("--build-arg") + 1] == "SOURCE_DATE_EPOCH=1700000000"
    assert "--build-arg" not in argv(HOST, request(**asked))


def test_without_an_engine_a_dry_run_shows_what_people_type() -> None:
    (command,) = BuildKit().commands(REQUEST)
    assert command.argv[:4] == ("docker", "buildx", "build", "--progress=rawjson")


@pytest.mark.parametrize(
    ("host", "asked", "expected"),
    [
        (HOST, request(), "type=cacheonly"),
        (HOST, request(output="files", destination=Path("/o")), "type=local,dest=/o"),
        (HOST, request(output="oci", destination=Path("/o")), "type=oci,dest=/o,tar=false"),
        (HOST, request(output="image"), "type=docker"),
        (HOST, request(output="push", tags=("r.invalid/a:1",)), "type=registry"),
        (ALONE, request(output="image", destination=Path("/o")), "type=oci,dest=/o,tar=false"),
        (
            ALONE,
            request(output="files", destination=Path("/a,b")),
            'type=local,"dest=/a,b"',
        ),
    ],
)
def test_outputs(host: Host, asked: Request, expected: str) -> None:
    assert output(host, asked) == expected


@pytest.mark.parametrize(
    ("host", "asked", "message"),
    [
        (ALONE, request(output="image"), "no docker daemon answers that could hold the image"),
        (HOST, request(output="oci"), "output 'oci' needs a destination directory"),
        (HOST, request(output="push"), "an image without a name cannot be pushed"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_starts(
    host: Host, asked: Request, message: str
) -> None:
    with pytest.raises(EngineError) as caught:
        BuildKit(host).commands(asked)
    assert caught.value.message == message


INSPECT = """\
Name:          mine
Driver:        docker-container
Last Activity: 2026-01-01 00:00:00 +0000 UTC

Nodes:
Name:             mine0
Endpoint:         unix:///var/run/docker.sock
Status:           running
BuildKit version: v0.16.0
Platforms:        linux/amd64
"""
BUILDX = "github.com/docker/buildx v0.17.1 257815a"


def found(answers: Mapping[str, str | Outcome]) -> tuple[BuildKit, str, tuple[str, ...], str]:
    engine = BuildKit(ask=Programs(answers))
    probe = engine.probe()
    assert probe.available == (not probe.hint)
    return engine, probe.detail, probe.missing, probe.hint


def test_a_standalone_buildx_is_preferred_and_its_builder_is_named() -> None:
    engine, detail, _, _ = found({"buildx version": BUILDX, "buildx inspect": INSPECT})
    assert detail == "builder mine (docker-container), buildx 0.17.1"
    assert engine.host == Host(
        buildx=("buildx",),
        buildx_version="0.17.1",
        builder="mine",
        driver="docker-container",
        buildkit_version="0.16.0",
        docker=True,
    )
    assert argv(engine.host, REQUEST)[:4] == ("buildx", "build", "--builder", "mine")


def test_the_plugin_of_docker_is_found() -> None:
    engine, *_ = found({"docker buildx version": BUILDX, "docker buildx inspect": INSPECT})
    assert engine.host.buildx == ("docker", "buildx")


def test_a_builder_that_starts_with_the_first_build_is_there() -> None:
    stopped = INSPECT.replace("running", "inactive").replace("BuildKit version: v0.16.0\n", "")
    _, detail, *_ = found({"buildx version": BUILDX, "buildx inspect": stopped})
    assert detail.endswith(", BuildKit starts with the first build")


@pytest.mark.parametrize("docker", [False, True])
def test_a_remote_builder_may_stand_beside_docker(docker: bool) -> None:  # noqa: FBT001
    inspect = INSPECT.replace("docker-container", "remote")
    answers: dict[str, str | Outcome] = {"buildx version": BUILDX, "buildx inspect": inspect}
    if docker:
        answers["docker version"] = "27.0.1"
    engine, *_ = found(answers)
    assert engine.host.docker == docker


NO_DAEMON = "failed to connect to the docker API at unix:///var/run/docker.sock; check if …"


@pytest.mark.parametrize(
    ("answers", "detail", "missing"),
    [
        ({}, "buildx is not installed", ("buildx",)),
        (
            {"docker --version": "Docker version 29.0.0"},
            "the docker daemon does not answer, and buildx is not installed",
            ("buildx", "a docker daemon"),
        ),
        (
            {"docker --version": "Docker version 29.0.0", "docker version": "29.0.0"},
            "buildx is not installed",
            ("buildx",),
        ),
        (
            {"buildx version": "github.com/docker/buildx v0.12.1 30feaa1"},
            "buildx 0.12.1 is too old",
            ("buildx 0.13.0 or newer",),
        ),
        (
            {"docker buildx version": BUILDX, "docker buildx inspect": f"Error: {NO_DAEMON}"},
            "the docker daemon does not answer",
            (),
        ),
        (
            {
                "buildx version": BUILDX,
                "buildx inspect": Outcome(exit_code=1, output=f"ERROR: {NO_DAEMON}"),
            },
            "the docker daemon does not answer",
            (),
        ),
        (
            {
                "buildx version": BUILDX,
                "buildx inspect": Outcome(exit_code=124, output="", timed_out=True),
            },
            "the selected builder does not answer: nothing in 20 s",
            (),
        ),
        (
            {
                "buildx version": BUILDX,
                "buildx inspect": INSPECT.replace("v0.16.0", "v0.10.6"),
            },
            "BuildKit 0.10.6 of builder mine is too old",
            ("BuildKit 0.11.0 or newer",),
        ),
        (
            {
                "buildx version": BUILDX,
                "buildx inspect": Outcome(exit_code=1, output='ERROR: no builder "x" found'),
            },
            'the selected builder does not answer: ERROR: no builder "x" found',
            (),
        ),
    ],
)
def test_what_is_missing_is_said(
    answers: Mapping[str, str | Outcome], detail: str, missing: tuple[str, ...]
) -> None:
    engine, said, lacks, hint = found(answers)
    assert (said, lacks) == (detail, missing)
    assert hint
    assert engine.host == Host()


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    child = f"import time; open({str(tmp_path / 'pid')!r}, 'w').write('x'); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    began = time.monotonic()
    answer = ask((sys.executable, "-c", parent), seconds=0.5)
    assert answer.timed_out
    assert not answer.ok
    assert time.monotonic() - began < 10


def test_asking_uses_the_environment_that_was_given(tmp_path: Path) -> None:
    program = tmp_path / "buildx"
    program.write_text('#!/bin/sh\necho "$WORD"\n')
    program.chmod(0o755)
    env = {"PATH": f"{tmp_path}{os.pathsep}/usr/bin:/bin", "WORD": "hello"}
    assert ask(("buildx",), env=env).output == "hello\n"
    assert ask(("no-such-program",), env=env).exit_code == 127


def test_reading_knows_the_stages_of_the_request() -> None:
    asked = request(stages=("base", "left", "right", "final"))
    engine = BuildKit(HOST)
    (command,) = engine.commands(asked)
    lines = (DATA / "buildkit-cached.rawjson").read_text().splitlines()
    events = list(engine.read(command, asked, lines))
    cached = [event.stage for event in events if isinstance(event, StageCached)]
    assert sorted(cached) == ["base", "final", "left", "right"]


def metadata(path: Path, digest: str) -> Path:
    path.write_text(json.dumps({"containerimage.digest": digest}))
    return path


def test_an_image_in_docker_is_described(tmp_path: Path) -> None:
    programs = Programs(
        {
            "docker image inspect --format {{.Id}} {{.Size}} a.invalid/b:1": "sha256:1d 300\n",
            "docker history --no-trunc --human=false --format {{.Size}} a.invalid": "0\n200\n100\n",
        }
    )
    asked = request(
        output="image", tags=("a.invalid/b:1",), metadata=metadata(tmp_path / "m", "sha256:d")
    )
    assert BuildKit(HOST, ask=programs).inspect(asked) == Image(
        where="docker: a.invalid/b:1", digest="sha256:d", size=300, layers=(100, 200)
    )


def test_a_pushed_image_is_described_by_its_registry(tmp_path: Path) -> None:
    manifest = {"config": {"size": 5}, "layers": [{"size": 100}, {"size": 200}]}
    programs = Programs(
        {"buildx imagetools inspect --raw r.invalid:5000/b@sha256:d": json.dumps(manifest)}
    )
    asked = request(
        output="push", tags=("r.invalid:5000/b:1",), metadata=metadata(tmp_path / "m", "sha256:d")
    )
    assert BuildKit(HOST, ask=programs).inspect(asked) == Image(
        where="r.invalid:5000/b:1", digest="sha256:d", size=305, layers=(100, 200)
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            request(output="image", tags=("a.invalid/b:1",)),
            "docker does not know the image a.invalid/b:1 that was just built",
        ),
        (
            request(output="push", tags=("a.invalid/b:1",)),
            "the registry does not show the image a.invalid/b:1 that was just pushed",
        ),
    ],
)
def test_an_image_that_is_not_there_is_an_error(asked: Request, message: str) -> None:
    with pytest.raises(EngineError) as caught:
        BuildKit(HOST, ask=Programs({})).inspect(asked)
    assert caught.value.message == message


def test_a_build_into_the_cache_made_no_image() -> None:
    assert BuildKit(HOST).inspect(REQUEST).layers == ()
