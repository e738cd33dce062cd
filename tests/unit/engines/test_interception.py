"""The proxy that records package steps and replays them, spoken to as steps do."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from dockwright.engines.authority import authority
from dockwright.engines.interception import intercepting
from dockwright.engines.network import Policy, client
from dockwright.engines.recordings import (
    Answer,
    Recording,
    blob,
    covering,
    lacking,
    package_steps,
    unknown,
    write,
)
from dockwright.engines.replay import Answers, Recorder, Replayer
from dockwright.engines.store import certificate_path
from tests.builders import planned
from tests.upstream import Answer as Bad
from tests.upstream import Upstream, self_signed, serving


@contextmanager
def step(answers: Answers, cache: Path, proxy: str = "") -> Iterator[httpx.Client]:
    """A client that knows what a step knows: the proxy, and the certificate of its authority."""
    with intercepting(answers, authority(cache)) as url:
        context = ssl.create_default_context(cafile=certificate_path(cache))
        with httpx.Client(proxy=proxy or url, verify=context, trust_env=False) as made:
            yield made


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Upstream]:
    with serving(certificate=self_signed(tmp_path)) as made:
        made.put("/simple/", b"<a href=x>x</a>")
        made.put("/big.whl", bytes(range(256)) * 4000)
        yield made


def recorder(cache: Path, session: httpx.Client, policy: Policy) -> Recorder:
    session.follow_redirects = False
    return Recorder(cache=cache, session=session, policy=policy, log=print)


@pytest.fixture
def recorded(tmp_path: Path, secure: Upstream) -> tuple[Path, tuple[Answer, ...]]:
    """What a step asked for while it was recorded, over TLS and plain."""
    cache = tmp_path / "cache"
    policy = Policy(certificates=tmp_path / "tests.pem", wait=lambda _: None)
    secure.bad["/moved"] = [Bad(status=301, headers={"Location": "/simple/"})]
    secure.bad["/big.whl"] = [Bad(status=503), Bad(cut=1000)]
    with client(policy) as session, serving() as plain:
        plain.put("/InRelease", b"signed")
        made = recorder(cache, session, policy)
        with step(made, cache) as ask:
            assert ask.get(f"{secure.url}/simple/", headers={"Accept": "text/html"}).content
            assert ask.get(f"{secure.url}/moved").status_code == 301
            assert ask.get(f"{secure.url}/none").status_code == 404
            part = ask.get(f"{secure.url}/big.whl", headers={"Range": "bytes=5-9"})
            assert (part.status_code, part.content) == (206, bytes([5, 6, 7, 8, 9]))
            assert ask.get(f"{secure.url}/big.whl").content == secure.files["/big.whl"]
            assert ask.get(f"{plain.url}/InRelease").content == b"signed"
            plain.put("/InRelease", b"newer")
            assert ask.get(f"{plain.url}/InRelease").content == b"signed"
        answers = tuple(made.found.values())
        urls = {answer.url.rpartition("/")[2]: answer for answer in answers}
        assert urls["InRelease"].url == f"{plain.url}/InRelease"
    # One question, a busy answer and one that broke off, and then the whole.
    assert [r.path for r in secure.asked].count("/big.whl") == 3
    return cache, answers


def test_what_was_recorded_is_replayed_without_a_network(
    recorded: tuple[Path, tuple[Answer, ...]],
) -> None:
    cache, answers = recorded
    url = {answer.url.rpartition("/")[2]: answer.url for answer in answers}
    base = url["moved"].removesuffix("moved")
    with step(Replayer(cache=cache, answers=answers), cache) as ask:
        assert ask.get(url["InRelease"]).content == b"signed"
        moved = ask.get(url["moved"])
        assert (moved.status_code, moved.headers["location"]) == (301, "/simple/")
        assert ask.get(url["none"]).status_code == 404
        # Another client may say another Accept; there is one form only.
        assert ask.get(f"{base}simple/", headers={"Accept": "*/*"}).content == b"<a href=x>x</a>"
        assert ask.head(url["big.whl"]).headers["content-length"] == str(256 * 4000)
        tail = ask.get(url["big.whl"], headers={"Range": "bytes=-3"})
        assert (tail.status_code, tail.content) == (206, bytes([253, 254, 255]))
        assert ask.get(url["big.whl"], headers={"Range": "bytes=2000000-"}).status_code == 416


def test_what_was_not_recorded_is_refused_and_told(
    recorded: tuple[Path, tuple[Answer, ...]],
) -> None:
    cache, answers = recorded
    replayer = Replayer(cache=cache, answers=answers)
    with step(replayer, cache) as ask:
        answer = ask.get("https://elsewhere.example/x?key=1")
    assert answer.status_code == 504
    assert answer.text == "GET https://elsewhere.example/x is not in the recording\n"
    assert replayer.missing == [
        "https://elsewhere.example/x, which is not recorded; make the bundle again"
    ]


def test_a_damaged_body_is_never_given_out(recorded: tuple[Path, tuple[Answer, ...]]) -> None:
    cache, answers = recorded
    (release,) = [answer for answer in answers if answer.url.endswith("InRelease")]
    body = blob(cache, release.sha256)
    body.write_bytes(b"sIgned")
    replayer = Replayer(cache=cache, answers=answers)
    with step(replayer, cache) as ask:
        assert ask.get(release.url).status_code == 504
    assert replayer.missing == [f"{release.url}, which is damaged; load the bundle again"]
    assert not body.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root")
def test_a_full_disk_while_recording_is_told_to_the_step(tmp_path: Path, secure: Upstream) -> None:
    small = tmp_path / "small"
    small.mkdir()
    policy = Policy(certificates=tmp_path / "tests.pem")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(small)], check=True)
    try:
        with client(policy) as session:
            made = recorder(small, session, policy)
            with step(made, small) as ask:
                refused = ask.get(f"{secure.url}/big.whl")
                assert ask.get(f"{secure.url}/simple/").status_code == 200
        told = f"{secure.url}/big.whl cannot be kept: No space left on device"
        assert (refused.status_code, refused.text, made.failed) == (504, f"{told}\n", [told])
        assert [answer.url for answer in made.found.values()] == [f"{secure.url}/simple/"]
        assert not list(blob(small, "x").parent.glob(".new-*"))
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_server_that_stays_busy_is_told_to_the_step(tmp_path: Path) -> None:
    policy = Policy(tries=2, wait=lambda _: None)
    with serving() as plain, client(policy) as session:
        plain.put("/a", b"a")
        plain.bad["/a"] = [Bad(status=429, headers={"Retry-After": "1"})] * 2
        made = recorder(tmp_path, session, policy)
        with step(made, tmp_path) as ask:
            refused = ask.get(f"{plain.url}/a")
            assert refused.status_code == 504
            # Else the next question could go into a connection that is being closed.
            assert refused.headers["connection"] == "close"
            assert ask.get(f"{plain.url}/a").content == b"a"
        assert made.failed == [f"{plain.url}/a: the server answered 429 (tried 2 times)"]


def test_nobody_else_of_this_machine_gets_through(tmp_path: Path) -> None:
    replayer = Replayer(cache=tmp_path, answers=())
    with intercepting(replayer, authority(tmp_path)) as url:
        bare = f"http://127.0.0.1:{url.rpartition(':')[2]}"
        with httpx.Client(proxy=bare, trust_env=False) as client_:
            assert client_.get("http://a.example/").status_code == 407
            with pytest.raises(httpx.ProxyError, match="407"):
                client_.get("https://a.example/")
    assert replayer.missing == []


def test_a_tunnel_is_opened_for_http_1_0_too(tmp_path: Path) -> None:
    """As pip asks for it."""
    with intercepting(Replayer(cache=tmp_path, answers=()), authority(tmp_path)) as url:
        login, _, place = url.removeprefix("http://").rpartition("@")
        host, _, port = place.partition(":")
        word = base64.b64encode(login.encode()).decode()
        ask = f"CONNECT a.example:443 HTTP/1.0\r\nProxy-Authorization: Basic {word}\r\n\r\n"
        context = ssl.create_default_context(cafile=certificate_path(tmp_path))
        with socket.create_connection((host, int(port)), timeout=10) as plain:
            plain.sendall(ask.encode())
            assert b" 200 " in plain.recv(1000)
            with context.wrap_socket(plain, server_hostname="a.example") as secure_:
                secure_.sendall(b"GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n")
                assert secure_.recv(1000).startswith(b"HTTP/1.1 504 ")


def test_the_authority_stays_and_its_key_is_private(tmp_path: Path) -> None:
    first = authority(tmp_path)
    assert authority(tmp_path).certificate == first.certificate
    key = certificate_path(tmp_path).with_suffix(".key")
    assert key.stat().st_mode & 0o777 == 0o600
    key.write_text("broken")
    assert authority(tmp_path).certificate != first.certificate


# Which recording holds


def recording(cache: Path, steps: dict[str, str], time: float, body: bytes = b"x") -> Recording:
    import hashlib

    sha256 = hashlib.sha256(body).hexdigest()
    blob(cache, sha256).parent.mkdir(parents=True, exist_ok=True)
    blob(cache, sha256).write_bytes(body)
    answer = Answer(method="GET", url="http://a/", status=200, sha256=sha256, size=len(body))
    made = Recording(time=time, build="b", steps=steps, variables={}, answers=(answer,))
    write(cache, made)
    return made


def test_a_recording_holds_for_its_steps_and_fewer(tmp_path: Path) -> None:
    both = recording(tmp_path, {"1": "a: one", "2": "b: two"}, 1)
    one = recording(tmp_path, {"1": "a: one"}, 2)
    assert covering(tmp_path, {"1": "a: one"}) == one
    assert covering(tmp_path, {"2": "b: two"}) == both
    assert covering(tmp_path, {"1": "", "3": "c: three"}) is None
    assert unknown(tmp_path, {"1": "a: one", "3": "c: three"}) == ("c: three",)


def test_a_recording_without_its_bodies_holds_for_nothing(tmp_path: Path) -> None:
    made = recording(tmp_path, {"1": "a: one"}, 1)
    (sha256,) = made.blobs
    blob(tmp_path, sha256).write_bytes(b"xy")
    assert lacking(tmp_path, made) == (sha256,)
    assert covering(tmp_path, {"1": "a: one"}) is None


def test_a_step_is_known_by_all_that_it_is() -> None:
    cell = {"FRAMEWORK": "none", "DEVICE": "cpu", "BASE_IMAGE": "bootstrap:debian/bookworm"}
    plan = planned(cell).plan
    before = package_steps(plan, [plan.target])
    assert any(title.startswith("runtime: ") for title in before.values())
    other = planned({**cell, "UCX_PACKAGE_VERSION": "1.13.1-1"}).plan
    after = package_steps(other, [other.target])
    assert {title.partition(":")[0] for key, title in after.items() if key not in before} == {"ucx"}
