"""Bad days of a fetch: never a wrong byte in the store, never a good one lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dockwright.engines.events import Event, Log, Progress
from dockwright.engines.network import Policy
from dockwright.engines.objects import look, manifest_of, verify
from dockwright.engines.sources import Fetcher
from dockwright.engines.store import folder
from dockwright.errors import EngineError
from dockwright.model.source import Archive
from tests.tree import ROOT
from tests.upstream import Answer, Upstream, serving

CONTENT = os.urandom(3 << 20)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving() as made:
        made.put("/a.bin", CONTENT)
        yield made


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def fetcher(tmp_path: Path, events: list[Event]) -> Fetcher:
    policy = Policy(wait=lambda _: None, jitter=lambda: 1.0)
    return Fetcher(
        store=tmp_path / "store", emit=events.append, env=dict(os.environ), policy=policy
    )


def source(upstream: Upstream, path: str = "/a.bin", *, size: int = 0) -> Archive:
    digest = hashlib.sha256(upstream.files[path]).hexdigest()
    return Archive(url=f"{upstream.url}{path}", sha256=digest, unpack=False, size=size)


def fetched(fetcher: Fetcher, wanted: Archive) -> bytes:
    return (fetcher.fetch(wanted) / "tree" / wanted.file).read_bytes()


def lines(events: list[Event]) -> str:
    return "\n".join(event.line for event in events if isinstance(event, Log))


def ranges(upstream: Upstream) -> list[str]:
    return [request.headers.get("range", "") for request in upstream.asked]


# Downloads that break off


def test_a_truncated_download_goes_on_where_it_broke_off(
    upstream: Upstream, fetcher: Fetcher
) -> None:
    upstream.bad["/a.bin"] = [Answer(cut=1_000_000), Answer(cut=500_000)]
    assert fetched(fetcher, source(upstream)) == CONTENT
    assert ranges(upstream) == ["", "bytes=1000000-", "bytes=1500000-"]
    assert upstream.asked[1].headers["if-range"].startswith('"')


def test_a_server_without_ranges_starts_again(upstream: Upstream, fetcher: Fetcher) -> None:
    upstream.ranges = False
    upstream.bad["/a.bin"] = [Answer(cut=1_000_000)]
    assert fetched(fetcher, source(upstream)) == CONTENT


def test_a_file_that_changed_meanwhile_is_not_mixed(upstream: Upstream, fetcher: Fetcher) -> None:
    wanted = source(upstream)
    upstream.files["/a.bin"] = bytes(len(CONTENT))
    upstream.bad["/a.bin"] = [Answer(cut=1_000_000)]
    part = fetcher.store / f".{folder(fetcher.store, wanted).name}.part"
    with pytest.raises(EngineError, match="is not what its pin says"):
        fetcher.fetch(wanted)
    assert not part.exists()
    upstream.files["/a.bin"] = CONTENT
    assert fetched(fetcher, wanted) == CONTENT


def test_a_damaged_partial_file_is_thrown_away(upstream: Upstream, fetcher: Fetcher) -> None:
    upstream.bad["/a.bin"] = [Answer(cut=1_000_000), *[Answer(status=503)] * 4]
    wanted = source(upstream)
    with pytest.raises(EngineError, match="503"):
        fetcher.fetch(wanted)
    part = fetcher.store / f".{folder(fetcher.store, wanted).name}.part"
    assert part.stat().st_size == 1_000_000
    with part.open("r+b") as file:
        file.write(b"not what it was")
    assert fetched(fetcher, wanted) == CONTENT
    assert ranges(upstream)[-2:] == ["bytes=1000000-", ""]


def test_a_short_file_is_refused(upstream: Upstream, fetcher: Fetcher) -> None:
    wanted = source(upstream, size=len(CONTENT))
    upstream.files["/a.bin"] = CONTENT[:-1]
    with pytest.raises(EngineError, match="it broke off after 3145727 of 3145728 bytes"):
        fetcher.fetch(wanted)
    assert not folder(fetcher.store, wanted).exists()


def test_a_wrong_file_is_refused_and_not_kept(upstream: Upstream, fetcher: Fetcher) -> None:
    wanted = source(upstream)
    upstream.files["/a.bin"] = b"evil" * 100
    with pytest.raises(EngineError, match="is not what its pin says") as caught:
        fetcher.fetch(wanted)
    assert hashlib.sha256(b"evil" * 100).hexdigest() in str(caught.value)
    assert {path.suffix for path in fetcher.store.iterdir()} <= {".lock"}


# Several


def test_many_files_come_side_by_side_and_failures_are_told_together(
    upstream: Upstream, fetcher: Fetcher
) -> None:
    for number in range(20):
        upstream.put(f"/{number}", str(number).encode() * 999)
    good = [source(upstream, f"/{number}") for number in range(20)]
    gone = [Archive(url=f"{upstream.url}/no{number}", sha256=f"{number:064}") for number in (1, 2)]
    with pytest.raises(EngineError, match="2 sources cannot be had") as caught:
        fetcher.fetch_all([*good, *gone])
    assert f"{upstream.url}/no1: the server answered 404" in str(caught.value)
    assert f"{upstream.url}/no2: the server answered 404" in str(caught.value)
    before = len(upstream.asked)
    assert all(path.is_dir() for path in fetcher.fetch_all(good))
    assert len(upstream.asked) == before


def test_progress_has_bytes_and_totals(
    upstream: Upstream, fetcher: Fetcher, events: list[Event]
) -> None:
    fetcher.fetch(source(upstream))
    told = [event for event in events if isinstance(event, Progress)]
    assert told[0].current == 0
    assert (told[-1].current, told[-1].total) == (len(CONTENT), len(CONTENT))
    assert told[-1].name == f"{upstream.url}/a.bin"


# Processes


def start(cache: Path, wanted: Archive) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            *("-m", "dockwright", "fetch", "--events"),
            msgspec.json.encode(wanted).decode(),
        ],
        env=os.environ
        | {"PYTHONPATH": str(ROOT / "src")}
        | {"XDG_CACHE_HOME": str(cache), "XDG_STATE_HOME": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, size: int) -> None:
    deadline = time.monotonic() + 20
    while not path.exists() or path.stat().st_size < size:
        assert time.monotonic() < deadline, f"{path} did not grow to {size}"
        time.sleep(0.01)


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_fetch_loses_nothing(
    upstream: Upstream, tmp_path: Path, kill: signal.Signals
) -> None:
    upstream.rate = 1 << 20
    wanted = source(upstream)
    store = tmp_path / "dockwright" / "sources"
    part = store / f".{folder(store, wanted).name}.part"
    process = start(tmp_path, wanted)
    wait_for(part, 600_000)
    process.send_signal(kill)
    process.communicate(timeout=20)
    assert process.returncode == (130 if kill is signal.SIGINT else -kill)
    assert not folder(store, wanted).exists()
    kept = part.stat().st_size
    upstream.rate = 0
    again = start(tmp_path, wanted)
    _, err = again.communicate(timeout=20)
    assert again.returncode == 0, err
    assert ranges(upstream) == ["", f"bytes={kept}-"]
    assert (folder(store, wanted) / "tree/a.bin").read_bytes() == CONTENT
    assert not part.exists()


def test_two_processes_fetch_once(upstream: Upstream, tmp_path: Path) -> None:
    upstream.rate = 3 << 20
    wanted = source(upstream)
    both = [start(tmp_path, wanted) for _ in range(2)]
    said = [process.communicate(timeout=30) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert len(upstream.asked) == 1
    assert "another process fetches this source" in said[0][0] + said[1][0]


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root")
def test_a_full_disk_is_told_and_later_it_goes_on(upstream: Upstream, tmp_path: Path) -> None:
    cache = tmp_path / "small"
    cache.mkdir()
    wanted = source(upstream)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(cache)], check=True)
    try:
        process = start(cache, wanted)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "No space left on device" in err
        assert "hint: free some space" in err
        subprocess.run(["mount", "-o", "remount,size=9m", str(cache)], check=True)
        again = start(cache, wanted)
        out, err = again.communicate(timeout=30)
        assert again.returncode == 0, err
        assert ranges(upstream)[1].startswith("bytes=")
        store = cache / "dockwright" / "sources"
        assert verify(folder(store, wanted)) == ()
        assert all(json.loads(line) for line in out.splitlines())
    finally:
        subprocess.run(["umount", str(cache)], check=True)


# Objects of the store


def test_an_object_knows_its_files(upstream: Upstream, fetcher: Fetcher) -> None:
    wanted = source(upstream)
    made = fetcher.fetch(wanted)
    manifest = manifest_of(made)
    assert manifest is not None
    assert (manifest.identity, manifest.size) == (wanted.sha256, len(CONTENT))
    assert look(made) == ""
    assert verify(made) == ()


@pytest.mark.parametrize("damage", ["size", "time", "gone", "more", "kind", "mode", "manifest"])
def test_a_damaged_object_is_told_and_fetched_again(
    upstream: Upstream, fetcher: Fetcher, events: list[Event], damage: str
) -> None:
    wanted = source(upstream)
    made = fetcher.fetch(wanted)
    file = made / "tree/a.bin"
    match damage:
        case "size":
            os.truncate(file, 5)
        case "time":
            file.write_bytes(bytes(len(CONTENT)))
        case "gone":
            file.unlink()
        case "more":
            (made / "tree/b.bin").write_text("x")
        case "kind":
            file.unlink()
            file.symlink_to("/etc/passwd")
        case "mode":
            file.chmod(0o755)
        case _:
            (made / "manifest.json").write_text("{")
    assert look(made)
    assert fetched(fetcher, wanted) == CONTENT
    assert "in the store is damaged" in lines(events)
    assert look(made) == ""
    assert verify(made) == ()


def test_what_keeps_size_and_time_is_found_by_verify(upstream: Upstream, fetcher: Fetcher) -> None:
    made = fetcher.fetch(source(upstream))
    file = made / "tree/a.bin"
    found = file.stat()
    with file.open("r+b") as stream:
        stream.write(b"x" if not CONTENT.startswith(b"x") else b"y")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert look(made) == ""
    assert verify(made) == ("a.bin has another content",)


def test_offline_takes_only_what_is_there(upstream: Upstream, fetcher: Fetcher) -> None:
    wanted = source(upstream)
    offline = Fetcher(store=fetcher.store, emit=print, env={}, offline=True)
    with pytest.raises(EngineError, match="cannot be used from the store: it is not there"):
        offline.fetch(wanted)
    fetcher.fetch(wanted)
    assert offline.fetch(wanted) == folder(fetcher.store, wanted)
    assert len(upstream.asked) == 1
