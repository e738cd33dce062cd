"""The compiler cache on real engines: every kind of build, and servers that misbehave."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from dockwright.catalog.registry import components
from dockwright.engines.cache_file import CacheOrder
from dockwright.engines.events import CacheUsed
from dockwright.errors import BuildFailed
from dockwright.model.cache import Backend, CacheSettings
from dockwright.model.plan import Plan
from dockwright.planning.names import CACHE_FOLDER
from tests.engines import built
from tests.engines.bench import Bench
from tests.engines.cache_servers import s3_server
from tests.engines.test_sources import Upstream, plan, upstream

pytestmark = pytest.mark.engine

__all__ = ["upstream"]

# by_make compiles and links in one call, which no cache takes.
KINDS = ("by_autotools", "by_cmake", "by_meson", "by_cargo")
SMALL = ("by_autotools",)


def cached(of: Upstream, only: tuple[str, ...], salt: str) -> Plan:
    """A plan whose compile steps the engine has not in its own cache, by `salt`."""
    return plan(of, only=only, tools={"sccache": components()["sccache"]}, salt=salt)


def used(of: built.Built) -> dict[str, CacheUsed]:
    return {event.component: event for event in of.events if isinstance(event, CacheUsed)}


def disk(prefix: str) -> CacheOrder:
    """The engine's own disk, in a folder that no other test uses."""
    level = CacheSettings(backend=Backend.DISK, directory=f"{CACHE_FOLDER}/{prefix}")
    return CacheOrder(levels=(level,))


def test_every_kind_of_build_finds_what_it_compiled_before(
    engine: Bench, upstream: Upstream, tmp_path: Path
) -> None:
    order = disk(f"test-{tmp_path.name}-{engine.folder.parent.name}")
    first = built.build(
        cached(upstream, KINDS, f"{tmp_path} first"),
        engine,
        tmp_path / "first",
        upstream.mirrors,
        cache=order,
    )
    again = built.build(
        cached(upstream, KINDS, f"{tmp_path} again"),
        engine,
        tmp_path / "again",
        upstream.mirrors,
        cache=order,
    )
    before, after = used(first), used(again)
    assert set(before) == set(after) == set(KINDS)
    for kind in KINDS:
        assert before[kind].state == after[kind].state == "used", (before[kind], after[kind])
        cold, warm = before[kind].stats, after[kind].stats
        assert cold
        assert warm
        assert (cold.found, warm.compiled) == (0, 0), kind
        assert cold.compiled == warm.found > 0, kind


def test_a_bucket_serves_and_what_goes_wrong_with_it_fails_no_build(
    engine: Bench, upstream: Upstream, tmp_path: Path
) -> None:
    def build(name: str, order: CacheOrder, logins: dict[str, str]) -> CacheUsed:
        value = cached(upstream, SMALL, f"{tmp_path} {name}")
        done = built.build(
            value, engine, tmp_path / name, upstream.mirrors, cache=order, logins=logins
        )
        (event,) = used(done).values()
        everything = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        secret = logins["AWS_SECRET_ACCESS_KEY"].encode()
        assert not [path for path in everything if secret in path.read_bytes()]
        return event

    with s3_server(tmp_path / "s3") as server:
        order = CacheOrder(levels=(server.settings,))
        logins = dict(server.credentials)
        cold, warm = build("cold", order, logins), build("warm", order, logins)
        assert cold.stats
        assert warm.stats
        assert (cold.stats.found, warm.stats.compiled) == (0, 0)
        assert warm.stats.found > 0
        wrong = build("wrong", order, {**logins, "AWS_SECRET_ACCESS_KEY": "x" * 40})
        assert wrong.state == "failed"
        assert "SignatureDoesNotMatch" in wrong.reason
        missing = replace(server.settings, bucket="nobody-has-it")
        gone = build("missing", CacheOrder(levels=(missing,)), logins)
        assert gone.state == "failed"
        server.stop()
        down = build("down", order, logins)
        assert down.state == "failed"
        assert down.reason
        with pytest.raises(BuildFailed):
            build("required", replace(order, required=True), logins)
