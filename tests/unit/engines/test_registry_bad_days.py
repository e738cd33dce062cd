"""The registry client and the index client when servers are busy, wrong, or not there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockwright.engines.logins import Logins
from dockwright.engines.network import Policy, client
from dockwright.engines.registry import Registry
from dockwright.engines.registry_names import parse, place, reference
from dockwright.engines.wheels import Indexes, Where, usable
from dockwright.errors import EngineError, UserError
from tests.upstream import Answer, Upstream, serving

MANIFEST = json.dumps(
    {"mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}, "layers": []}
).encode()
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
PATH = "/v2/team/tool/manifests/1"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving() as made:
        made.put(PATH, MANIFEST)
        yield made


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def registry(waited: list[float]) -> Iterator[Registry]:
    policy = Policy(tries=3, wait=waited.append, jitter=lambda: 1.0)
    with client(policy) as session:
        yield Registry(session=session, policy=policy)


def image(upstream: Upstream, tag: str = "1") -> str:
    return f"{upstream.url.removeprefix('http://')}/team/tool:{tag}"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_registry_is_asked_again_when_it_says(
    registry: Registry, upstream: Upstream, waited: list[float], status: int
) -> None:
    upstream.bad[PATH] = [Answer(status=status, headers={"Retry-After": "7"}), Answer(status=502)]
    assert registry.manifest(parse(image(upstream))).digest == DIGEST
    assert waited == [7.0, 2.0]


def test_a_limit_that_stays_is_explained(registry: Registry, upstream: Upstream) -> None:
    upstream.bad[PATH] = [Answer(status=429)] * 3
    with pytest.raises(EngineError, match=r"the server answered 429 \(tried 3 times\)") as raised:
        registry.manifest(parse(image(upstream)))
    assert raised.value.hint == (
        "the registry limits how often it is asked; log in, wait, or name a mirror: --source-mirror"
    )


def test_a_redirect_loop(registry: Registry, upstream: Upstream) -> None:
    loop = Answer(status=307, headers={"Location": PATH})
    upstream.bad[PATH] = [loop] * 30
    with pytest.raises(EngineError, match="redirected more than 10 times"):
        registry.manifest(parse(image(upstream)))


def test_nobody_there(registry: Registry) -> None:
    with pytest.raises(EngineError, match=r"127\.0\.0\.1:9/.*\(tried 3 times\)"):
        registry.manifest(parse("127.0.0.1:9/team/tool:1"))


def test_other_bytes_than_the_digest(registry: Registry, upstream: Upstream) -> None:
    wrong = f"sha256:{'0' * 64}"
    upstream.put(f"/v2/team/tool/manifests/{wrong}", MANIFEST)
    name = image(upstream).rpartition(":")[0]
    with pytest.raises(EngineError, match="the registry sent something else") as raised:
        registry.manifest(parse(f"{name}@{wrong}"))
    assert DIGEST in raised.value.message


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"[]", b'{"mediaType": "text/plain"}'])
def test_an_answer_that_is_no_manifest(registry: Registry, upstream: Upstream, body: bytes) -> None:
    upstream.put(PATH, body)
    with pytest.raises(EngineError, match=r"no manifest|cannot be read"):
        registry.manifest(parse(image(upstream)))


def test_an_unknown_challenge(registry: Registry, upstream: Upstream) -> None:
    upstream.bad[PATH] = [Answer(status=401, headers={"WWW-Authenticate": "Negotiate"})]
    with pytest.raises(EngineError, match="in a way that is not known: Negotiate"):
        registry.manifest(parse(image(upstream)))


@pytest.mark.parametrize(
    ("name", "registry_", "repository"),
    [
        ("ubuntu:24.04", "registry-1.docker.io", "library/ubuntu"),
        ("docker.io/lmsysorg/sglang:1", "registry-1.docker.io", "lmsysorg/sglang"),
        ("nvcr.io/nvidia/cuda:12", "nvcr.io", "nvidia/cuda"),
        ("localhost:5000/x", "localhost:5000", "x"),
    ],
)
def test_where_a_name_is_asked_for(name: str, registry_: str, repository: str) -> None:
    found = place(parse(name), Policy())
    assert (found.registry, found.repository) == (registry_, repository)
    assert reference(parse(name), Policy()) == name


def test_a_file_of_logins_that_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"auths": {"r.example": {"auth": "canary-secret"')
    with pytest.raises(UserError) as raised:
        Logins(files=(path,)).find("r.example")
    assert "canary" not in raised.value.message
    path.write_text('{"auths": {"r.example": {"auth": "%%%"}}}')
    with pytest.raises(UserError, match=r"the login for r\.example cannot be read"):
        Logins(files=(path,)).find("r.example")


def test_a_login_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auths": {"r.example": {"username": "u", "password": "canary"}}}))
    found = Logins(files=(path,), env={"X": "canary"}).find("r.example")
    assert found
    assert found.basic == "Basic dTpjYW5hcnk="
    assert "canary" not in f"{found!r} {Logins(files=(path,), env={'X': 'canary'})!r}"


HERE = Where(python="3.12", machine="x86_64", glibc=36)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-cp312-cp312-manylinux_2_28_x86_64.whl", True),
        ("a-1-cp39-abi3-manylinux2014_x86_64.whl", True),
        ("a-1-cp312-cp312-manylinux_2_39_x86_64.whl", False),
        ("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", False),
        ("a-1-cp312-cp312-manylinux_2_28_aarch64.whl", False),
        ("a-1-cp312-cp312-musllinux_1_2_x86_64.whl", False),
        ("a-1.tar.gz", True),
        ("a-1.exe", False),
    ],
)
def test_which_files_an_image_can_use(name: str, *, fits: bool) -> None:
    assert usable(name, HERE) is fits


def test_an_index_in_html_is_read(upstream: Upstream) -> None:
    policy = Policy(tries=1)
    sha256 = "a" * 64
    upstream.put(
        "/simple/my-tool/", f'<a href="../f/my_tool-1-py3-none-any.whl#sha256={sha256}">'.encode()
    )
    upstream.bad["/simple/my-tool/"] = [Answer(headers={"Content-Type": "text/html"})]
    with client(policy) as session:
        indexes = Indexes(session=session, policy=policy, main=f"{upstream.url}/simple")
        assert indexes.problem(f"My_Tool==1 --hash=sha256:{sha256}", HERE) == ("", "")
        what, hint = indexes.problem("my.tool==2", HERE)
        assert what.endswith("has no version ==2")
        assert hint == "there is 1"
        assert indexes.problem('my-tool==1; python_version < "3.9"', HERE) == ("", "")
        assert (
            "no file with a hash"
            in indexes.problem(f"my-tool==1 --hash=sha256:{'b' * 64}", HERE)[0]
        )
        assert indexes.problem("absent==1", HERE)[0].startswith("absent is not at")
        assert "is no requirement" in indexes.problem("==1", HERE)[0]
