"""A build with a compiler cache on a server tries that first, beside its preflight."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dockwright.cli.cache_tried import try_caches
from dockwright.cli.secrets import Offered
from dockwright.engines.api import Secret
from dockwright.engines.cache_file import CacheOrder
from dockwright.model.cache import Backend, CacheSettings
from tests.engines.cache_servers import free_port
from tests.fakes import Fakes
from tests.unit.cli.conftest import WORDS, Call
from tests.world import World

BUILD = (*WORDS, "--engine", "buildah")


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The words for a bucket on a server that is not there; keys for it are."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "canary-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret")
    where = f"http://127.0.0.1:{free_port()}"
    words = ("--use-sccache", "--sccache-bucket", "b42", "--sccache-region", "r1")
    return (*words, "--sccache-endpoint", where)


def test_a_cache_that_is_not_there_is_a_warning(
    call: Call, ready: World, engines: Fakes, nobody: tuple[str, ...]
) -> None:
    said = call("build", *BUILD, *nobody)
    assert said.status == 0, said.err
    lines = said.err.splitlines()
    assert lines[0] == (
        f"warning: compiler cache s3: the S3 server {nobody[-1]} does not answer: "
        "[Errno 111] Connection refused; the build goes on without it"
    )
    assert lines[1].startswith("hint: is it running, ")
    assert "preflight: " in lines[2]
    assert "canary" not in said.err
    assert engines.calls()
    assert ready.asked


def test_a_required_one_refuses_the_build_before_it_starts(
    call: Call, ready: World, engines: Fakes, nobody: tuple[str, ...]
) -> None:
    ready.images.clear()
    said = call("build", *BUILD, *nobody, "--cache-required").refused(status=1)
    assert said.startswith("error: preflight: 3 things that the build needs are not there:")
    assert f"  the S3 server {nobody[-1]} does not answer: " in said
    assert "canary" not in said
    assert not [argv for argv in engines.calls() if "build" in argv]


def test_it_is_not_tried_in_vain(call: Call, ready: World, nobody: tuple[str, ...]) -> None:
    """Not for the engine's own disk, not against a person's word, not with nothing to compile."""
    disk = json.loads(call("preflight", *BUILD, "--use-sccache", "--json").out)
    assert disk["warnings"] == []
    assert "cache" not in {finding["kind"] for finding in disk["findings"]}
    assert ready.asked
    said = call("build", *BUILD, *nobody, "--no-preflight")
    assert (said.status, "compiler cache s3" in said.err) == (0, False)
    assert "compiler cache s3" not in call("preflight", *BUILD, *nobody).err


def test_a_cache_that_buildkit_would_empty_is_a_warning(
    call: Call, ready: World, engines: Fakes
) -> None:
    words = (*WORDS, "--engine", "buildkit", "--use-sccache")
    found = json.loads(call("preflight", *words, "--no-cache", "--json").out)
    (warning,) = found["warnings"]
    assert warning["problem"] == "BuildKit empties its cache mounts when it builds with --no-cache"
    for fine in (words, (*WORDS, "--engine", "buildah", "--use-sccache", "--no-cache")):
        assert json.loads(call("preflight", *fine, "--json").out)["warnings"] == []
    assert ready.asked
    assert engines.calls()


def test_the_preflight_alone_says_the_same(
    call: Call, ready: World, nobody: tuple[str, ...]
) -> None:
    said = call("preflight", *BUILD, *nobody)
    assert said.status == 0
    assert "! cache      compiler cache s3\n" in said.err
    required = call("preflight", *BUILD, *nobody, "--cache-required")
    assert required.status == 1
    assert "✗ cache      compiler cache s3\n" in required.err
    found = json.loads(call("preflight", *BUILD, *nobody, "--json").out)
    assert [warning["kind"] for warning in found["warnings"]] == ["cache"]
    assert ready.asked


def test_the_credentials_are_those_of_the_steps(tmp_path: Path) -> None:
    profile = tmp_path / "credentials"
    profile.write_text("[other]\naws_access_key_id = x\n")
    level = CacheSettings(backend=Backend.S3, bucket="b", region="r")
    order = CacheOrder(levels=(level,), required=True, names={"AWS_PROFILE": "ci"})
    secret = Secret(id="aws-profile", source="file", path=str(profile))
    (finding,) = try_caches([order], Offered(secrets=(secret,)), {}).findings
    assert finding.problem.endswith(f"no profile ci in {profile}")


def test_a_web_identity_is_no_reason_to_stop(tmp_path: Path) -> None:
    level = CacheSettings(backend=Backend.S3, bucket="b", region="r")
    order = CacheOrder(levels=(level,), required=True)
    secret = Secret(id="aws-web-identity-token", source="file", path=str(tmp_path / "token"))
    tried = try_caches([order], Offered(secrets=(secret,)), {})
    (finding,) = tried.findings
    assert (finding.problem, tried.warnings) == ("", ())
    assert finding.note.startswith("not tried: a web identity is exchanged")
