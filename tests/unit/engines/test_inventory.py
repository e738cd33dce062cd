"""The store as people see it: listed, verified, pruned."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from dockwright.engines import inventory, objects
from dockwright.engines.inventory import (
    DAY,
    Thing,
    note_use,
    remove,
    set_aside,
    things,
    to_prune,
    verify,
)
from dockwright.engines.oci import write_layout
from dockwright.engines.recordings import Answer, Recording, blob, covering, write
from dockwright.engines.sources import normalise

NOW = 100 * DAY


def no_bytes(_count: int) -> None:
    pass


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """One of each kind."""
    cache = tmp_path / "cache"
    source = cache / "sources" / "archive-1"
    (source / "tree").mkdir(parents=True)
    (source / "tree/a.c").write_text("code")
    normalise(source / "tree")
    objects.seal(
        source,
        objects.Manifest(
            kind="archive",
            version="v1",
            origin="https://a.example/a",
            identity="a" * 64,
            time=NOW - 50 * DAY,
            files=objects.describe(source / "tree"),
        ),
    )
    (cache / "sources/.archive-2.part").write_bytes(b"half")
    os.utime(cache / "sources/.archive-2.part", (NOW - 3 * DAY, NOW - 3 * DAY))
    base = cache / "bases" / "debian-1"
    base.mkdir(parents=True)
    (tmp_path / "tar").write_bytes(b"layer")
    layout = write_layout(
        base / "layout",
        tmp_path / "tar",
        architecture="amd64",
        config_env=(),
        cmd=("sh",),
        ref="base",
        annotations={},
        created="2026-01-01T00:00:00Z",
    )
    (base / "base.json").write_text(f'{{"manifest": "{layout.digest}"}}')
    os.utime(base / "base.json", (NOW - 40 * DAY, NOW - 40 * DAY))
    sha256 = hashlib.sha256(b"body").hexdigest()
    blob(cache, sha256).parent.mkdir(parents=True)
    blob(cache, sha256).write_bytes(b"body")
    blob(cache, "unnamed").write_bytes(b"of no recording")
    answer = Answer(method="GET", url="http://a/", status=200, sha256=sha256, size=4)
    write(
        cache,
        Recording(
            time=NOW - 20 * DAY, build="b", steps={"k": "s"}, variables={}, answers=(answer,)
        ),
    )
    return cache


def kinds(found: tuple[Thing, ...]) -> list[str]:
    return [thing.kind for thing in found]


def test_everything_is_listed(cache: Path) -> None:
    found = things(cache)
    assert kinds(found) == ["base", "leftover", "recording", "source"]
    source = found[-1]
    assert (source.identity, source.size, source.used) == ("a" * 64, 4, NOW - 50 * DAY)
    assert source.about == "v1 https://a.example/a"
    assert things(cache / "none") == ()


def test_what_is_whole_is_found_whole(cache: Path) -> None:
    read: list[int] = []
    assert [verify(thing, cache, read.append) for thing in things(cache)] == [()] * 4
    assert sum(read) > 8


@pytest.mark.parametrize("kind", ["source", "base", "recording"])
def test_what_is_damaged_is_set_aside(cache: Path, kind: str) -> None:
    (thing,) = [thing for thing in things(cache) if thing.kind == kind]
    match kind:
        case "source":
            file = thing.path / "tree/a.c"
        case "base":
            file = next((thing.path / "layout/blobs/sha256").iterdir())
        case _:
            file = blob(cache, hashlib.sha256(b"body").hexdigest())
    found = file.stat()
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    (fault,) = verify(thing, cache, no_bytes)
    assert fault.endswith("has another content")
    set_aside(thing, cache)
    if kind == "recording":
        assert covering(cache, {"k": "s"}) is None
    else:
        assert kind not in kinds(things(cache))
    assert "damaged" in {other.about for other in things(cache)}


def pruned(cache: Path, **words: float | str) -> list[str]:
    settings = {"older": 30 * DAY, "largest": 0, "keep": 7 * DAY, "lock": "", **words}
    return kinds(to_prune(things(cache), now=NOW, **settings))  # type: ignore[arg-type]


def test_the_old_goes_and_the_new_stays(cache: Path) -> None:
    assert pruned(cache) == ["leftover", "source", "base"]
    assert pruned(cache, older=45 * DAY) == ["leftover", "source"]


def test_what_a_lock_names_or_a_run_used_stays(cache: Path) -> None:
    assert pruned(cache, lock=f"sha256 = {'a' * 64}\n") == ["leftover", "base"]
    assert pruned(cache, keep=45 * DAY) == ["leftover", "source"]


def test_the_oldest_goes_until_the_rest_fits(cache: Path) -> None:
    everything = 1 << 40
    assert pruned(cache, older=99 * DAY, largest=everything) == ["leftover"]
    assert pruned(cache, older=99 * DAY, largest=1) == ["leftover", "source", "base", "recording"]


def test_removed_is_gone_and_what_is_at_work_stays(cache: Path) -> None:
    source = things(cache)[-1]
    lock = cache / "sources/.archive-1.lock"
    with objects.alone(lock, print):
        assert not remove(source, cache)
    assert source.path.is_dir()
    assert remove(source, cache)
    assert "source" not in kinds(things(cache))
    assert not source.path.exists()


def test_bodies_of_no_recording_are_dropped(cache: Path) -> None:
    assert inventory.drop_bodies(cache) == len(b"of no recording")
    assert covering(cache, {"k": "s"}) is not None


def test_a_use_is_remembered_with_its_image(cache: Path) -> None:
    note_use(cache, "source", "archive-1", "vllm-cuda runtime", NOW - 9 * DAY)
    note_use(cache, "source", "archive-1", "none-cpu runtime", NOW - 8 * DAY)
    source = things(cache)[-1]
    assert source.used == NOW - 8 * DAY
    assert source.by == ("none-cpu runtime", "vllm-cuda runtime")
    assert pruned(cache) == ["leftover", "base"]
    assert pruned(cache, keep=8.5 * DAY, older=8 * DAY) == ["leftover", "base", "recording"]
