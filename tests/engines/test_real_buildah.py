"""The real buildah builds small images in a storage of its own: the user's is not touched.

The base image is made of programs of this host and their libraries: no network is needed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec
import pytest

from dockwright.engines.api import BaseContext, Request, Secret
from dockwright.engines.buildah import Buildah
from dockwright.engines.events import (
    Event,
    Log,
    StageCached,
    StageFailed,
    StageFinished,
    StepStarted,
)
from dockwright.engines.execute import execute
from dockwright.engines.oci import read_layout
from dockwright.engines.view import write_view
from dockwright.errors import BuildFailed
from tests.tree import ROOT

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(shutil.which("buildah") is None, reason="buildah is not installed"),
]

PROGRAMS = ("bash", "sed", "cat", "mkdir", "sleep")
OUTER = (
    'echo "$1| ::dockwright::start $2"; '
    '/bin/bash -euo pipefail -c "$0" 2>&1 </dev/null | sed -u "s/^/$1| /"; '
    'status=${PIPESTATUS[0]}; echo "$1| ::dockwright::end $2 $status"; exit "$status"'
)


def run(stage: str, step: int, script: str, flags: str = "") -> str:
    return f"RUN {flags}" + json.dumps(["/bin/bash", "-c", OUTER, script, stage, str(step)])


def dockerfile(*, one: str = "echo compile; mkdir /one; echo 1 > /one/file") -> str:
    secret = "--mount=type=secret,id=token,required=false "
    return "\n".join(
        [
            "FROM dockwright-test AS one",
            run("one", 2, f"# build one\n{one}\n"),
            "FROM dockwright-test AS two",
            "COPY --from=one /one /one",
            run("two", 3, "# build two\ncat /run/secrets/token || echo no token\n", secret),
            "FROM dockwright-test AS last",
            "COPY --from=two /one /one",
            "LABEL of=test",
            "FROM scratch AS files",
            "COPY --from=last /one /",
            "",
        ]
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseContext:
    """A tiny image: programs of this host, the libraries that they load, and /tmp."""
    layout = tmp_path_factory.mktemp("Base-Layout")
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def store(content: bytes) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    layer = _layer()
    diff = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [diff]},
        # Without it buildah cannot commit: "history lists 2 non-empty layers, but we have 3".
        "history": [{"created_by": "dockwright tests"}],
    }
    kind = "application/vnd.oci.image"
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{kind}.manifest.v1+json",
        "config": {"mediaType": f"{kind}.config.v1+json", **store(json.dumps(config).encode())},
        "layers": [{"mediaType": f"{kind}.layer.v1.tar", **store(layer)}],
    }
    entry = {
        "mediaType": f"{kind}.manifest.v1+json",
        **store(json.dumps(manifest).encode()),
        "annotations": {"org.opencontainers.image.ref.name": "base"},
    }
    index = {"schemaVersion": 2, "manifests": [entry]}
    (layout / "index.json").write_text(json.dumps(index))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    view = layout.with_name("view")
    write_view(read_layout(layout, "base"), view)
    return BaseContext(name="dockwright-test", layout=str(layout), ref="base", view=str(view))


def _layer() -> bytes:
    files: dict[str, Path] = {}
    for program in PROGRAMS:
        path = shutil.which(program)
        assert path, program
        files[f"bin/{program}"] = Path(path)
        said = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"(/\S+) \(0x", said):
            files[library.lstrip("/")] = Path(library)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        folders = {str(parent) for name in files for parent in Path(name).parents} - {"."}
        for folder in sorted(folders | {"tmp", "etc", "proc", "dev", "sys", "run"}):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for name, source in sorted(files.items()):
            content = source.read_bytes()
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), 0o755
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A storage of this module's own; `inspect` and others find it by the environment, too."""
    folder = tmp_path_factory.mktemp("storage")
    configuration = folder / "storage.conf"
    configuration.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/root"\nrunroot = "{folder}/run"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_STORAGE_CONF", str(configuration))
        if not Buildah().probe().available:
            pytest.skip("buildah cannot work here")
        yield folder
        subprocess.run(["buildah", "rm", "--all"], check=False, capture_output=True)
        subprocess.run(["buildah", "rmi", "--all", "--force"], check=False, capture_output=True)


class Built:
    """One request, executed with the real engine."""

    def __init__(self, folder: Path, base: BaseContext) -> None:
        self.folder = folder
        self.base = base
        (folder / "context").mkdir()

    def request(self, text: str, **changes: object) -> Request:
        path = self.folder / "Dockerfile"
        path.write_text(text)
        request = Request(
            dockerfile=path,
            context=self.folder / "context",
            target="last",
            purpose="build",
            platform="linux/amd64",
            stages=("one", "two", "last", "files"),
            bases=(self.base,),
        )
        return msgspec.structs.replace(request, **changes)

    def __call__(self, request: Request, **secrets: str) -> list[Event]:
        engine = Buildah()
        events: list[Event] = []
        for number, command in enumerate(engine.commands(request), start=1):
            execute(
                command,
                read=partial(engine.read, command, request),
                emit=events.append,
                run_directory=self.folder / "run",
                number=number,
                environment=os.environ,
                secrets=secrets,
                components={"one": "component-one"},
            )
        return events


@pytest.fixture
def built(tmp_path: Path, base: BaseContext, storage: Path) -> Built:
    assert storage.exists()
    return Built(tmp_path, base)


def ends(events: list[Event]) -> dict[str, str]:
    kinds = (StageCached, StageFinished, StageFailed)
    return {event.stage: type(event).__name__ for event in events if isinstance(event, kinds)}


def logs(events: list[Event], stage: str) -> list[str]:
    return [event.line for event in events if isinstance(event, Log) and event.stage == stage]


def test_a_build_its_repetition_and_a_change(built: Built) -> None:
    every = ("one", "two", "last")
    request = built.request(dockerfile(), output="image", tags=("localhost/test/a:1",))
    first = built(request)
    assert ends(first) == dict.fromkeys(every, "StageFinished")
    assert logs(first, "one") == ["compile"]
    titles = [event.name for event in first if isinstance(event, StepStarted)]
    assert {"build one", "build two"} <= set(titles)
    image = Buildah().inspect(request)
    assert image.where == "containers-storage:localhost/test/a:1"
    assert image.digest.startswith("sha256:")
    assert len(image.layers) == 2
    assert image.size > 1_000_000

    assert ends(built(request)) == dict.fromkeys(every, "StageCached")

    same = built.request(dockerfile(one="echo again; mkdir /one; echo 1 > /one/file"))
    assert ends(built(same)) == dict.fromkeys(every, "StageCached") | {"one": "StageFinished"}


def test_files(built: Built) -> None:
    destination = built.folder / "out"
    built(built.request(dockerfile(), target="files", output="files", destination=destination))
    assert (destination / "file").read_text() == "1\n"


def test_an_oci_layout(built: Built) -> None:
    destination = built.folder / "layout"
    request = built.request(
        dockerfile(), output="oci", destination=destination, tags=("localhost/test/b:7",)
    )
    built(request)
    image = Buildah().inspect(request)
    assert image.where == f"oci:{destination}:7"
    assert (destination / "blobs" / "sha256" / image.digest.removeprefix("sha256:")).exists()


def test_labels_are_there_although_all_is_cached(built: Built) -> None:
    built(built.request(dockerfile()))
    name = "localhost/test/labels:1"
    request = built.request(dockerfile(), output="image", tags=(name,), labels={"k": "v w"})
    built(request)
    said = subprocess.run(
        ["buildah", "inspect", "--type", "image", name], capture_output=True, check=True
    )
    assert json.loads(said.stdout)["OCIv1"]["config"]["Labels"] == {"of": "test", "k": "v w"}


def test_a_secret_reaches_the_step_and_nothing_else(built: Built) -> None:
    canary = "canary-51d2"
    secret = Secret(id="token", source="env", variable="DOCKWRIGHT_TEST_TOKEN")
    one = "mkdir /one; echo secret > /one/file"
    request = built.request(dockerfile(one=one), secrets=(secret,))
    events = built(request, DOCKWRIGHT_TEST_TOKEN=canary)
    assert logs(events, "two") == ["***"]
    for path in (built.folder / "run").rglob("*.log"):
        assert canary not in path.read_text()
    # Without the secret nothing is built again: it is no part of the cache key.
    without = built(built.request(dockerfile(one=one)))
    assert set(ends(without).values()) == {"StageCached"}


def test_a_failure_names_its_component_and_leaves_nothing(built: Built) -> None:
    engine = Buildah()
    before = engine.working_containers()
    with pytest.raises(BuildFailed) as caught:
        built(built.request(dockerfile(one="echo about to fail; exit 3")))
    error = caught.value
    assert error.component == "component-one"
    assert "in step 'build one'" in error.message
    assert error.tail == ("about to fail",)
    engine.clean_up(before)
    assert engine.working_containers() == before


def test_a_stage_that_runs_on_after_a_failure_is_ended(built: Built) -> None:
    engine = Buildah()
    before = engine.working_containers()
    text = "\n".join(
        [
            "FROM dockwright-test AS one",
            run("one", 2, "# fails\nsleep 1; exit 3\n"),
            "FROM dockwright-test AS two",
            run("two", 2, "# takes long\nsleep 47.25\n"),
            "FROM dockwright-test AS last",
            "COPY --from=one /bin/cat /one",
            "COPY --from=two /bin/cat /two",
            "",
        ]
    )
    with pytest.raises(BuildFailed, match="in step 'fails'"):
        built(built.request(text))
    assert b"sleep\x0047.25\x00" not in _command_lines()
    assert engine.clean_up(before) in {0, 1}
    assert engine.working_containers() == before


def _command_lines() -> list[bytes]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes())
    return found


def test_a_plan_makes_no_storage(tmp_path: Path) -> None:
    configuration = tmp_path / "storage.conf"
    places = f'graphroot = "{tmp_path}/root"\nrunroot = "{tmp_path}/run"\n'
    configuration.write_text(f'[storage]\ndriver = "overlay"\n{places}')
    words = ("plan", "--framework", "none", "--device", "cpu", "--engine", "buildah")
    subprocess.run(
        [sys.executable, "-m", "dockwright", *words],
        check=True,
        capture_output=True,
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT / "src"),
            "CONTAINERS_STORAGE_CONF": str(configuration),
            "HOME": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path),
        },
    )
    assert list(tmp_path.iterdir()) == [configuration]
