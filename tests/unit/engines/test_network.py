"""The network policy, against real servers on loopback."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from errno import ENOENT
from os import strerror
from pathlib import Path

import pytest

from dockwright.cli.network import policy as policy_of
from dockwright.engines.credentials import Credentials, Secret, Token
from dockwright.engines.network import (
    Mirror,
    Policy,
    Retry,
    again,
    ask,
    client,
    retry_after,
    shown,
)
from dockwright.engines.sources_git import configuration, environment
from dockwright.errors import EngineError, UserError
from tests.upstream import Answer, Upstream, self_signed, serving

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving() as made:
        made.put("/a", b"content")
        yield made


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def patient(waits: list[float]) -> Policy:
    return Policy(wait=waits.append, jitter=lambda: 1.0, connect=2)


def fetched(policy: Policy, url: str, said: list[str] | None = None) -> bytes:
    with client(policy) as session:
        return ask(session, policy, url, log=(said if said is not None else []).append).content


# Retries


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(
    upstream: Upstream, patient: Policy, waits: list[float], status: int
) -> None:
    upstream.bad["/a"] = [Answer(status=status), Answer(status=status)]
    said: list[str] = []
    assert fetched(patient, f"{upstream.url}/a", said) == b"content"
    assert waits == [1, 2]
    assert said[0] == f"{upstream.url}/a: the server answered {status}; again in 1.0 s"


def test_the_pauses_double_up_to_a_limit_and_are_spread() -> None:
    policy = Policy(jitter=lambda: 1.0)
    assert [policy.pause(n) for n in (1, 2, 3, 6, 60)] == [1, 2, 4, 30, 30]
    assert Policy(jitter=lambda: 0.0).pause(3) == 2


def test_the_server_says_how_long_to_wait(
    upstream: Upstream, patient: Policy, waits: list[float]
) -> None:
    soon = {"Retry-After": "7"}
    late = {"Retry-After": "86400"}
    upstream.bad["/a"] = [Answer(status=429, headers=soon), Answer(status=503, headers=late)]
    assert fetched(patient, f"{upstream.url}/a") == b"content"
    assert waits == [7, patient.longest_asked]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("12", 12),
        (format_datetime(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC), usegmt=True), 30),
        (format_datetime(datetime(2025, 1, 1, tzinfo=UTC), usegmt=True), 0),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float) -> None:
    assert retry_after(value, NOW.timestamp()) == seconds


def test_patience_ends_with_an_error_that_helps(
    upstream: Upstream, patient: Policy, waits: list[float]
) -> None:
    upstream.bad["/a"] = [Answer(status=503)] * 9
    with pytest.raises(EngineError, match=r"/a: the server answered 503 \(tried 5 times\)"):
        fetched(patient, f"{upstream.url}/a")
    assert waits == [1, 2, 4, 8]


def test_a_transfer_that_gets_further_is_not_given_up(patient: Policy, waits: list[float]) -> None:
    tries = iter([True] * 20 + [False] * 2)

    def work() -> str:
        if (moved := next(tries, None)) is not None:
            raise Retry("broke off", moved=moved)
        return "done"

    assert again(work, patient, print) == "done"
    assert len(waits) == 22


# What is no use trying again


@pytest.mark.parametrize(
    ("status", "hint"), [(404, "is the version right"), (401, "--source-login"), (403, "netrc")]
)
def test_a_refusal_is_final(
    upstream: Upstream, patient: Policy, waits: list[float], status: int, hint: str
) -> None:
    upstream.bad["/a"] = [Answer(status=status)]
    with pytest.raises(EngineError, match=f"the server answered {status}") as caught:
        fetched(patient, f"{upstream.url}/a")
    assert hint in caught.value.hint
    assert waits == []


def test_redirects_are_followed_but_not_in_circles(
    upstream: Upstream, patient: Policy, waits: list[float]
) -> None:
    upstream.bad["/one"] = [Answer(status=302, headers={"Location": "/a"})]
    assert fetched(patient, f"{upstream.url}/one") == b"content"
    upstream.bad["/round"] = [Answer(status=302, headers={"Location": "/round"})] * 99
    with pytest.raises(EngineError, match="redirected more than 10 times") as caught:
        fetched(patient, f"{upstream.url}/round")
    assert "circles" in caught.value.hint
    assert len([request for request in upstream.asked if request.path == "/round"]) == 11
    assert waits == []


def test_a_certificate_is_trusted_when_its_bundle_is_named(
    tmp_path: Path, patient: Policy, waits: list[float]
) -> None:
    bundle = self_signed(tmp_path)
    with serving(certificate=bundle) as upstream:
        upstream.put("/a", b"content")
        with pytest.raises(EngineError, match=r"is not trusted.*self-signed") as caught:
            fetched(patient, f"{upstream.url}/a")
        assert "SSL_CERT_FILE" in caught.value.hint
        assert waits == []
        with_ca = policy_of({"SSL_CERT_FILE": str(bundle)})
        assert fetched(with_ca, f"{upstream.url}/a") == b"content"


def test_a_bundle_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(EngineError, match="cannot be read"):
        client(Policy(certificates=tmp_path / "ca.pem"))


# Proxies and mirrors


def test_a_proxy_gets_everything_but_what_needs_none(upstream: Upstream) -> None:
    upstream.put("http://far.example/b", b"by the proxy")
    env = {"HTTP_PROXY": upstream.url, "NO_PROXY": "127.0.0.1,.internal"}
    policy = policy_of(env)
    assert fetched(policy, "http://far.example/b") == b"by the proxy"
    assert fetched(policy, f"{upstream.url}/a") == b"content"
    assert [request.path for request in upstream.asked] == ["http://far.example/b", "/a"]


def test_the_longest_mirror_wins() -> None:
    policy = Policy(
        mirrors=(
            Mirror.parse("https://a.example/=https://m.example/a/"),
            Mirror.parse("https://a.example/x/=https://m.example/x/"),
        )
    )
    assert policy.address("https://a.example/x/y") == "https://m.example/x/y"
    assert policy.address("https://a.example/z") == "https://m.example/a/z"
    assert policy.address("https://b.example/z") == "https://b.example/z"


# Logins

CANARY = "canary-5f1c"


def test_a_token_goes_to_its_prefix_only(upstream: Upstream, tmp_path: Path) -> None:
    upstream.put("/private/x", b"x")
    (tmp_path / "token").write_text(f"{CANARY}-file\n")
    policy = policy_of(
        {"T": CANARY},
        logins=(
            f"{upstream.url}/=file:{tmp_path}/token",
            f"{upstream.url}/private/=env:T",
            "https://other.example/=env:T",
        ),
    )
    fetched(policy, f"{upstream.url}/private/x")
    fetched(policy, f"{upstream.url}/a")
    sent = [request.headers["authorization"] for request in upstream.asked]
    assert sent == [f"Bearer {CANARY}", f"Bearer {CANARY}-file"]
    assert CANARY not in repr(policy)


def test_a_redirect_to_another_server_takes_no_token_along(upstream: Upstream) -> None:
    with serving() as other:
        other.put("/a", b"elsewhere")
        location = {"Location": f"{other.url}/a"}
        upstream.bad["/a"] = [Answer(status=302, headers=location)]
        policy = policy_of({"T": CANARY}, logins=(f"{upstream.url}/=env:T",))
        assert fetched(policy, f"{upstream.url}/a") == b"elsewhere"
        assert "authorization" in upstream.asked[0].headers
        assert "authorization" not in other.asked[0].headers


def test_netrc_is_read(upstream: Upstream, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login me password {CANARY}\n")
    (tmp_path / ".netrc").chmod(0o600)
    fetched(policy_of({"HOME": str(tmp_path)}), f"{upstream.url}/a")
    login = base64.b64encode(f"me:{CANARY}".encode()).decode()
    assert upstream.asked[0].headers["authorization"] == f"Basic {login}"


def test_a_netrc_that_cannot_be_read_is_named_but_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text(f"machin 127.0.0.1 login me password {CANARY}\n")
    policy = policy_of({"NETRC": str(tmp_path / "netrc")})
    with pytest.raises(UserError, match=r"netrc:1: cannot be read as a netrc") as caught:
        policy.credentials.headers("https://a.example/x")
    assert CANARY not in str(caught.value)


def test_all_missing_tokens_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        policy_of({}, logins=("https://a.example/=env:NONE", f"https://b/=file:{tmp_path}/none"))
    assert [problem.what for problem in caught.value.problems] == [
        "--source-login https://a.example/=env:NONE: the variable NONE is not set",
        f"--source-login https://b/=file:{tmp_path}/none: cannot read it: {strerror(ENOENT)}",
    ]


def test_git_gets_the_same_policy_and_no_secret_in_its_words() -> None:
    policy = Policy(
        mirrors=(Mirror.parse("https://a.example/=https://m.example/"),),
        certificates=Path("/ca.pem"),
        proxies={"https_proxy": "http://p:1"},
        credentials=Credentials(tokens=(Token(prefix="https://m.example/", value=Secret(CANARY)),)),
    )
    words = configuration(policy)
    assert "url.https://m.example/.insteadOf=https://a.example/" in words
    assert CANARY not in " ".join(words)
    env = environment({"PATH": "/bin"}, policy, "https://m.example/x")
    assert env["GIT_SSL_CAINFO"] == "/ca.pem"
    assert env["https_proxy"] == "http://p:1"
    login = base64.b64encode(f"x-access-token:{CANARY}".encode()).decode()
    assert env["GIT_CONFIG_KEY_0"] == "http.https://m.example/.extraHeader"
    assert env["GIT_CONFIG_VALUE_0"] == f"Authorization: Basic {login}"


def test_an_address_is_shown_without_its_secrets() -> None:
    assert shown("https://me:pw@a.example/x?key=1") == "https://a.example/x"
    assert shown("/path") == "/path"
