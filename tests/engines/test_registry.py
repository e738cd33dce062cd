"""The registry client against real registries: logins, TLS, indexes, and what goes wrong."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dockwright.engines.logins import Logins
from dockwright.engines.network import Mirror, Policy, client
from dockwright.engines.registry import Absent, Registry
from dockwright.engines.registry_names import parse, reference
from dockwright.errors import EngineError, UserError
from tests.engines.registries import PASSWORD, USER, Running, registry

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not shutil.which("docker-registry"), reason="needs docker-registry"),
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("buildah"), reason="needs buildah"),
]
BOTH = ("linux/amd64", "linux/arm64")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with registry(tmp_path_factory.mktemp("plain")) as running:
        running.push("tool:v1.20.0", text="one")
        running.push("team/both:1", platforms=BOTH, text="two")
        yield running


Reader = Callable[..., Registry]


@pytest.fixture
def reader() -> Iterator[Reader]:
    with ExitStack() as stack:

        def make(policy: Policy | None = None, *, logins: Logins | None = None) -> Registry:
            policy = policy or Policy(tries=1)
            session = stack.enter_context(client(policy))
            return Registry(session=session, policy=policy, logins=logins or Logins())

        yield make


def written(folder: Path, content: object) -> Logins:
    path = folder / "config.json"
    path.write_text(json.dumps(content))
    return Logins(files=(folder / "absent.json", path), env=os.environ | {"PATH": str(folder)})


def auths(host: str, password: str = PASSWORD) -> dict[str, object]:
    text = base64.b64encode(f"{USER}:{password}".encode()).decode()
    return {"auths": {host: {"auth": text}}}


def test_an_image_has_the_digest_that_its_pusher_saw(reader: Reader, plain: Running) -> None:
    found = reader().resolve(parse(f"{plain.host}/tool:v1.20.0"), "linux/amd64")
    again = reader().manifest(parse(f"{plain.host}/tool@{found}"))
    assert again.digest == found
    assert again.manifest.layers[0].size > 0


def test_an_index_has_a_manifest_for_each_platform(reader: Reader, plain: Running) -> None:
    image = parse(f"{plain.host}/team/both:1")
    digests = {reader().resolve(image, platform) for platform in BOTH}
    assert len(digests) == 2
    with pytest.raises(Absent) as raised:
        reader().resolve(image, "linux/s390x")
    assert raised.value.hint == "it is there for linux/amd64, linux/arm64"


def test_an_image_for_another_platform_is_refused(reader: Reader, plain: Running) -> None:
    image = parse(f"{plain.host}/tool:v1.20.0")
    with pytest.raises(Absent) as raised:
        reader().resolve(image, "linux/arm64")
    assert raised.value.message == f"{plain.host}/tool:v1.20.0 is not there for linux/arm64"
    assert raised.value.hint == "it is there for linux/amd64"


def test_a_missing_tag_names_the_candidates(reader: Reader, plain: Running) -> None:
    with pytest.raises(Absent) as raised:
        reader().resolve(parse(f"{plain.host}/tool:1.20.0"), "linux/amd64")
    assert raised.value.message == f"{plain.host}/tool:1.20.0: the registry has no such image"
    assert raised.value.hint == "tags there: v1.20.0"


def test_a_missing_repository_and_a_deleted_digest(reader: Reader, plain: Running) -> None:
    with pytest.raises(Absent, match="no such image") as raised:
        reader().resolve(parse(f"{plain.host}/nobody:1"), "linux/amd64")
    assert "is the name right?" in raised.value.hint
    with pytest.raises(Absent, match="no such manifest"):
        reader().manifest(parse(f"{plain.host}/tool@sha256:{'0' * 64}"))


def test_a_mirror_stands_in_for_a_registry(reader: Reader, plain: Running) -> None:
    mirrors = (Mirror(old="https://upstream.example/nvidia/", new=f"http://{plain.host}/team/"),)
    policy = Policy(mirrors=mirrors, tries=1)
    image = parse("upstream.example/nvidia/both:1")
    assert reader(policy).resolve(image, "linux/arm64").startswith("sha256:")
    assert reference(image, policy) == f"{plain.host}/team/both:1"
    with pytest.raises(Absent) as raised:
        reader(policy).manifest(parse("upstream.example/nvidia/both:2"))
    assert raised.value.message == (
        f"upstream.example/nvidia/both:2 (at {plain.host}/team/both): "
        "the registry has no such image"
    )


@pytest.fixture(scope="module", params=["basic", "token"])
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with registry(tmp_path_factory.mktemp(request.param), auth=request.param) as running:
        running.push("tool:1", text="secret")
        yield running


def test_a_login_of_dockers_file_opens_the_registry(
    reader: Reader, guarded: Running, tmp_path: Path
) -> None:
    image = parse(f"{guarded.host}/tool:1")
    logins = written(tmp_path, auths(guarded.host))
    assert reader(logins=logins).resolve(image, "linux/amd64")


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_right_login_it_is_refused(
    reader: Reader, guarded: Running, tmp_path: Path, password: str
) -> None:
    logins = written(tmp_path, auths(guarded.host, password) if password else {})
    with pytest.raises(EngineError) as raised:
        reader(logins=logins).resolve(parse(f"{guarded.host}/tool:1"), "linux/amd64")
    assert raised.value.message == (f"{guarded.host}: it does not let us read tool (status 401)")
    assert f"docker login {guarded.host}" in raised.value.hint


def test_a_credential_helper_is_asked(reader: Reader, guarded: Running, tmp_path: Path) -> None:
    helper = tmp_path / "docker-credential-test"
    helper.write_text(
        "#!/bin/sh\nread -r name\n"
        f'[ "$1 $name" = "get {guarded.host}" ] || {{ echo "credentials not found"; exit 1; }}\n'
        f'echo \'{{"ServerURL": "x", "Username": "{USER}", "Secret": "{PASSWORD}"}}\'\n'
    )
    helper.chmod(0o755)
    image = parse(f"{guarded.host}/tool:1")
    for content in ({"credHelpers": {guarded.host: "test"}}, {"credsStore": "test"}):
        assert reader(logins=written(tmp_path, content)).resolve(image, "linux/amd64")
    missing = written(tmp_path, {"credHelpers": {guarded.host: "nowhere"}})
    with pytest.raises(UserError, match="docker-credential-nowhere, which is not installed"):
        reader(logins=missing).resolve(image, "linux/amd64")


def test_tls_by_a_ca_that_is_named_and_one_that_is_not(reader: Reader, tmp_path: Path) -> None:
    with registry(tmp_path / "tls", auth="basic", tls=True) as running:
        running.push("tool:1", text="tls")
        image = parse(f"{running.host}/tool:1")
        logins = written(tmp_path, auths(running.host))
        trusting = Policy(certificates=running.ca, tries=1)
        assert reader(trusting, logins=logins).resolve(image, "linux/amd64")
        with pytest.raises(EngineError, match="certificate is not trusted") as raised:
            reader(logins=logins).resolve(image, "linux/amd64")
        assert "SSL_CERT_FILE" in raised.value.hint
