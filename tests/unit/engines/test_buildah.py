from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from dockwright.engines import buildah
from dockwright.engines.api import BaseContext, Image, Request, Secret
from dockwright.engines.buildah import Buildah, parse_image, parse_version
from dockwright.engines.events import Log
from dockwright.errors import EngineError, UserError

REQUEST = Request(
    dockerfile=Path("/p/Dockerfile"),
    context=Path("/p/context"),
    target="runtime",
    purpose="build the image",
    platform="linux/amd64",
    stages=("ucx", "runtime"),
)
BASE = BaseContext(
    name="dockwright/base", layout="/store/Bases/layout", ref="base", view="/store/Bases/dir"
)
MANIFEST = {"layers": [{"size": 189007360}, {"size": 2048}]}


def words(request: Request) -> list[str]:
    return [shlex.join(command.argv) for command in Buildah().commands(request)]


def with_(**changes: object) -> Request:
    return msgspec.structs.replace(REQUEST, **changes)


def test_a_build_without_a_result() -> None:
    (line,) = words(REQUEST)
    assert line == (
        "buildah build --layers --force-rm --format oci --jobs 4 --network host --pull=false "
        "--platform linux/amd64 --identity-label=false --target runtime --file /p/Dockerfile "
        "/p/context"
    )


def test_with_an_epoch_every_file_has_its_time() -> None:
    (line,) = words(with_(epoch="1700000000"))
    assert "--identity-label=false --timestamp 1700000000 --target runtime" in line


def test_a_base_is_imported_before_the_stages_race_for_it() -> None:
    other = msgspec.structs.replace(BASE, name="other-name")
    first, second = words(with_(bases=(BASE, other)))
    assert first == "buildah pull dir:/store/Bases/dir"
    view = "container-image://dir:/store/Bases/dir"
    assert f"--build-context dockwright/base={view} --build-context other-name={view}" in second


def test_everything_that_a_build_reads() -> None:
    (line,) = words(
        with_(
            contexts={"sources": "/store/sources"},
            secrets=(
                Secret(id="netrc", source="file", path="/home/me/.netrc"),
                Secret(id="token", source="env", variable="INDEX_TOKEN"),
            ),
            cache_from=("example.org/cache",),
            cache_to=("example.org/cache",),
            no_cache=True,
            jobs=2,
        )
    )
    assert "--jobs 2" in line
    assert (
        "--build-context sources=/store/sources --secret id=netrc,src=/home/me/.netrc "
        "--secret id=token,env=INDEX_TOKEN --cache-from example.org/cache "
        "--cache-to example.org/cache --no-cache" in line
    )


def test_only_secrets_from_the_environment_are_set_by_the_executor() -> None:
    secrets = (
        Secret(id="netrc", source="file", path="/home/me/.netrc"),
        Secret(id="token", source="env", variable="INDEX_TOKEN"),
    )
    (command,) = Buildah().commands(with_(secrets=secrets))
    assert command.secret_env == ("INDEX_TOKEN",)


def test_an_image_is_tagged() -> None:
    (line,) = words(with_(output="image", tags=("localhost/a:1", "localhost/b:2")))
    assert "--tag localhost/a:1 --tag localhost/b:2" in line


def test_files() -> None:
    (line,) = words(with_(output="files", destination=Path("/out")))
    assert "--output type=local,dest=/out" in line
    assert "--tag" not in line


def test_files_need_a_destination() -> None:
    with pytest.raises(UserError, match="needs a destination"):
        words(with_(output="files"))


def test_an_oci_layout_is_written_from_the_local_storage() -> None:
    _, push = words(with_(output="oci", destination=Path("/out"), tags=("reg:5000/a/b:1.2",)))
    assert push == "buildah push reg:5000/a/b:1.2 oci:/out:1.2"


def test_every_tag_is_pushed() -> None:
    _, *pushes = words(with_(output="push", tags=("example.org/a:1", "example.org/a:2")))
    assert pushes == [
        "buildah push example.org/a:1 docker://example.org/a:1",
        "buildah push example.org/a:2 docker://example.org/a:2",
    ]


def test_labels_are_set_after_the_build() -> None:
    build, *steps = words(
        with_(output="image", tags=("localhost/a:1", "localhost/a:2"), labels={"x": "a b"})
    )
    assert "--label" not in build
    container = steps[0].split()[4]
    assert steps == [
        f"buildah from --pull-never --name {container} localhost/a:1",
        f"buildah config --label 'x=a b' {container}",
        f"buildah commit --rm --format oci --identity-label=false {container} localhost/a:1",
        "buildah tag localhost/a:1 localhost/a:2",
    ]


def test_isolation_is_passed_on() -> None:
    (command,) = Buildah(isolation="chroot").commands(REQUEST)
    assert shlex.join(command.argv).count("--isolation chroot") == 1


def test_other_commands_only_log() -> None:
    engine = Buildah()
    pull, _ = engine.commands(with_(bases=(BASE,)))
    events = list(engine.read(pull, REQUEST, ["Copying blob sha256:0", "--> 0123456789a"]))
    assert [event.line for event in events if isinstance(event, Log)] == ["Copying blob sha256:0"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("buildah version 1.28.2 (image-spec 1.1.0-rc2)", ("1.28.2", (1, 28, 2))),
        ("buildah version 1.41", ("1.41", (1, 41))),
        ("something else", ("", ())),
    ],
)
def test_versions(said: str, expected: tuple[str, tuple[int, ...]]) -> None:
    assert parse_version(said) == expected


def test_an_image_has_its_layers() -> None:
    answer = json.dumps({"FromImageDigest": "sha256:1", "Manifest": json.dumps(MANIFEST)})
    assert parse_image(answer, where="here") == Image(
        where="here", digest="sha256:1", size=189009408, layers=(189007360, 2048)
    )


def test_an_answer_that_is_no_image() -> None:
    with pytest.raises(EngineError, match="cannot read"):
        parse_image("{}", where="here")


def test_what_made_no_image_is_not_inspected() -> None:
    with pytest.raises(EngineError, match="made no image"):
        Buildah().inspect(REQUEST)


INFO = {
    "host": {"rootless": False},
    "store": {"GraphDriverName": "overlay", "GraphRoot": "/var/lib/containers/storage"},
}


def _host(monkeypatch: pytest.MonkeyPatch, programs: set[str], answers: Mapping[str, str]) -> None:
    def query(argv: tuple[str, ...], *, timeout: float) -> str:
        assert timeout <= 60
        if argv[1] not in answers:
            raise EngineError("`buildah info` gave no answer", hint="a lock")
        return answers[argv[1]]

    monkeypatch.setattr(buildah, "query", query)
    monkeypatch.setattr(
        shutil, "which", lambda name: f"/usr/bin/{name}" if name in programs else None
    )


def test_probe_of_a_good_host(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"--version": "buildah version 1.28.2", "info": json.dumps(INFO)}
    _host(monkeypatch, {"buildah", "runc"}, answers)
    probe = Buildah().probe()
    assert (probe.available, probe.version, probe.hint) == (True, "1.28.2", "")
    assert "overlay" in probe.detail


def test_probe_without_buildah(monkeypatch: pytest.MonkeyPatch) -> None:
    _host(monkeypatch, set(), {})
    probe = Buildah().probe()
    assert not probe.available
    assert "apt-get install buildah" in probe.hint


def test_probe_of_an_old_version(monkeypatch: pytest.MonkeyPatch) -> None:
    _host(monkeypatch, {"buildah", "runc"}, {"--version": "buildah version 1.23.1"})
    probe = Buildah().probe()
    assert not probe.available
    assert probe.missing == ("buildah 1.28 or newer",)


def test_probe_of_a_storage_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    _host(monkeypatch, {"buildah", "runc"}, {"--version": "buildah version 1.28.2"})
    probe = Buildah().probe()
    assert not probe.available
    assert probe.hint == "a lock"


def test_probe_without_a_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"--version": "buildah version 1.28.2", "info": json.dumps(INFO)}
    _host(monkeypatch, {"buildah"}, answers)
    probe = Buildah().probe()
    assert "BUILDAH_ISOLATION=chroot" in probe.hint


def test_probe_of_a_rootless_host(monkeypatch: pytest.MonkeyPatch) -> None:
    info = {"host": {"rootless": True}, "store": {"GraphDriverName": "vfs"}}
    answers = {"--version": "buildah version 1.33.0", "info": json.dumps(info)}
    _host(monkeypatch, {"buildah", "crun"}, answers)
    probe = Buildah().probe()
    assert probe.missing == ("newuidmap",)
    assert "fuse-overlayfs" in probe.hint
