"""Bundles: what is carried over is whole and verified, or it is not there."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import msgspec
import pytest

from dockwright.engines import bundle, objects
from dockwright.engines.bundle import Bundle, Cell, create, item, load
from dockwright.engines.events import Event, Progress
from dockwright.engines.objects import Entry, Manifest, describe, seal
from dockwright.engines.offline import Needs, problems
from dockwright.engines.recordings import Answer, Recording, blob, covering, write
from dockwright.engines.sources import normalise
from dockwright.engines.store import folder
from dockwright.errors import EngineError, UserError
from dockwright.model.plan import BootstrapImage
from dockwright.model.source import Archive
from tests.tree import ROOT

SOURCE = Archive(url="https://a.example/a-1.tar.gz", sha256="a" * 64, ref="1")
STEPS = {"k": "ucx: install"}


def quiet(_event: Event) -> None:
    pass


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A store with a source and a recording."""
    made = tmp_path / "from"
    place = folder(made / "sources", SOURCE)
    (place / "tree/src").mkdir(parents=True)
    (place / "tree/src/a.c").write_text("code")
    (place / "tree/configure").write_text("#!/bin/sh\n")
    (place / "tree/configure").chmod(0o755)
    (place / "tree/link").symlink_to("src/a.c")
    (place / "tree/empty").write_text("")
    normalise(place / "tree")
    seal(
        place,
        Manifest(
            kind="archive",
            version=SOURCE.version,
            origin=SOURCE.url,
            identity=SOURCE.sha256,
            time=1,
            files=describe(place / "tree"),
        ),
    )
    record(made, STEPS, [bytes([n]) * 40_000 for n in range(5)])
    return made


def record(cache: Path, steps: dict[str, str], bodies: list[bytes]) -> Recording:
    answers = []
    for number, body in enumerate(bodies):
        sha256 = hashlib.sha256(body).hexdigest()
        blob(cache, sha256).parent.mkdir(parents=True, exist_ok=True)
        blob(cache, sha256).write_bytes(body)
        url = f"http://a.example/{number}"
        answers.append(Answer(method="GET", url=url, status=200, sha256=sha256, size=len(body)))
    made = Recording(time=1, build="b", steps=steps, variables={}, answers=tuple(answers))
    write(cache, made)
    return made


def index(cache: Path) -> Bundle:
    recording = covering(cache, STEPS)
    assert recording is not None
    return Bundle(
        version=bundle.VERSION,
        time=1,
        cells=(Cell(name="none-cpu-amd64", target="runtime", platform="linux/amd64", plan="p"),),
        lock="[lock]\n",
        items=(
            item(cache, "source", folder(cache / "sources", SOURCE).name),
            *(item(cache, "blob", sha256) for sha256 in sorted(recording.blobs)),
            item(cache, "recording", recording.name),
        ),
    )


@pytest.fixture
def packed(cache: Path, tmp_path: Path) -> Path:
    file = tmp_path / "x.bundle"
    create(cache, file, index(cache), quiet)
    return file


def test_what_is_loaded_is_what_was_there(packed: Path, cache: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    loaded = load(there, packed, quiet)
    assert (loaded.new, loaded.there) == (7, 0)
    place = folder(there / "sources", SOURCE)
    assert objects.look(place) == ""
    assert objects.verify(place) == ()
    assert describe(place) == describe(folder(cache / "sources", SOURCE))
    assert covering(there, STEPS) == covering(cache, STEPS)
    again = load(there, packed, quiet)
    assert (again.new, again.there) == (0, 7)
    assert loaded.lock is not None
    assert loaded.lock.read_text() == "[lock]\n"
    assert msgspec.json.decode(loaded.record.read_bytes(), type=Bundle).cells == index(cache).cells


def test_what_is_damaged_here_is_loaded_anew(packed: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    load(there, packed, quiet)
    (folder(there / "sources", SOURCE) / "tree/src/a.c").write_text("changed")
    body = next(path for path in blob(there, "x").parent.iterdir())
    os.truncate(body, 3)
    assert (load(there, packed, quiet).new, objects.checksum(body)) == (2, body.name)
    assert objects.look(folder(there / "sources", SOURCE)) == ""


def test_a_cut_bundle_loads_what_it_has_and_says_where_it_ends(
    packed: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    whole = packed.read_bytes()
    packed.write_bytes(whole[:120_000])
    with pytest.raises(UserError, match="cut off"):
        load(there, packed, quiet)
    assert objects.look(folder(there / "sources", SOURCE)) == ""
    assert covering(there, STEPS) is None
    packed.write_bytes(whole)
    loaded = load(there, packed, quiet)
    assert loaded.there >= 2
    assert covering(there, STEPS) is not None


def test_no_wrong_byte_gets_in(packed: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    content = bytearray(packed.read_bytes())
    place = content.index(b"code")
    content[place] ^= 1
    packed.write_bytes(content)
    with pytest.raises(UserError, match=r"in source archive-.* tree/src/a.c") as caught:
        load(there, packed, quiet)
    assert "copy it again" in caught.value.hint
    assert not folder(there / "sources", SOURCE).exists()
    assert not [path for path in (there / "sources").iterdir() if ".load-" in path.name]


def test_a_damaged_index_is_refused(packed: Path, tmp_path: Path) -> None:
    content = packed.read_bytes().replace(b"a-1.tar", b"b-1.tar", 1)
    content = content.replace(b'"kind":"source"', b'"kind":"sourcf"', 1)
    packed.write_bytes(content)
    with pytest.raises(UserError, match="its index is damaged"):
        load(tmp_path / "there", packed, quiet)


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\0" * 10240])
def test_what_is_no_bundle_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(UserError, match="is no bundle"):
        load(tmp_path / "there", tmp_path / "x", quiet)
    with pytest.raises(UserError, match=r"cannot read .*No such file"):
        load(tmp_path / "there", tmp_path / "y", quiet)


def forged(file: Path, made: Bundle | dict[str, object]) -> None:
    content = msgspec.json.encode(made)
    with tarfile.open(file, "w") as archive:
        member = tarfile.TarInfo(f"{hashlib.sha256(content).hexdigest()}.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))


def test_a_newer_bundle_is_told(tmp_path: Path) -> None:
    forged(tmp_path / "x", {"version": 99, "shape": "unknown"})
    with pytest.raises(UserError, match="newer dockwright") as caught:
        load(tmp_path / "there", tmp_path / "x", quiet)
    assert "update" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "path"), [("../../evil", "a"), ("a", "../../evil"), ("a", "/evil"), ("a/b", "c")]
)
def test_a_bundle_cannot_leave_the_store(cache: Path, tmp_path: Path, name: str, path: str) -> None:
    evil = bundle.Item(kind="source", name=name, files={path: Entry(sha256="0" * 64, size=0)})
    forged(tmp_path / "x", msgspec.structs.replace(index(cache), items=(evil,)))
    with pytest.raises(UserError, match="leaves its place"):
        load(tmp_path / "there", tmp_path / "x", quiet)


def test_progress_has_bytes(packed: Path, tmp_path: Path) -> None:
    told: list[Event] = []
    loaded = load(tmp_path / "there", packed, told.append)
    last = [event for event in told if isinstance(event, Progress)][-1]
    assert last.current == last.total == loaded.bundle.size


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root")
def test_a_full_disk_is_told_and_later_it_goes_on(packed: Path, tmp_path: Path) -> None:
    there = tmp_path / "small"
    there.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=150k", "none", str(there)], check=True)
    try:
        with pytest.raises(EngineError, match="No space left on device") as caught:
            load(there, packed, quiet)
        assert "kept" in caught.value.hint
        subprocess.run(["mount", "-o", "remount,size=2m", str(there)], check=True)
        assert load(there, packed, quiet).there > 0
        assert covering(there, STEPS) is not None
    finally:
        subprocess.run(["umount", str(there)], check=True)


def loading(file: Path, home: Path) -> tuple[list[str], dict[str, str], Path]:
    """A process that loads a bundle: its words, its environment, and the store below `home`."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    env |= {"XDG_CACHE_HOME": str(home), "XDG_STATE_HOME": str(home)}
    argv = [sys.executable, "-m", "dockwright", "bundle", "load", str(file), "--json"]
    return argv, env, home / "dockwright"


def test_a_killed_load_goes_on(cache: Path, tmp_path: Path) -> None:
    bodies = [os.urandom(4 << 20) for _ in range(24)]
    record(cache, STEPS, bodies)
    file = tmp_path / "big.bundle"
    create(cache, file, index(cache), quiet)
    argv, env, there = loading(file, tmp_path / "x")
    process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while process.poll() is None and len(list(blob(there, "x").parent.glob("[!.]*"))) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    kept = list(blob(there, "x").parent.glob("[!.]*"))
    assert all(objects.checksum(path) == path.name for path in kept)
    assert covering(there, STEPS) is None
    done = subprocess.run(argv, env=env, capture_output=True, check=True)
    said = msgspec.json.decode(done.stdout)
    assert said["there"] >= len(kept) >= 3
    recording = covering(there, STEPS)
    assert recording is not None
    assert all(objects.checksum(blob(there, sha256)) == sha256 for sha256 in recording.blobs)
    assert not [path for path in there.rglob(".*") if ".load-" in path.name]


def test_two_loads_at_once_share_the_work(packed: Path, cache: Path, tmp_path: Path) -> None:
    argv, env, there = loading(packed, tmp_path / "x")
    # The lock is held while both begin, so that they meet.
    there.mkdir(parents=True)
    with objects.alone(there / ".bundle.lock", print):
        pipe = subprocess.PIPE
        both = [subprocess.Popen(argv, env=env, stdout=pipe, stderr=pipe) for _ in range(2)]
        time.sleep(1)
        assert [process.poll() for process in both] == [None, None]
    said = [process.communicate(timeout=30) for process in both]
    counts = [msgspec.json.decode(out) for out, _ in said]
    assert sorted(count["new"] for count in counts) == [0, len(index(cache).items)]
    assert covering(there, STEPS) is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system needs root")
def test_a_full_disk_leaves_no_bundle(cache: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", str(small)], check=True)
    try:
        with pytest.raises(EngineError, match="No space left on device") as caught:
            create(cache, small / "x.bundle", index(cache), quiet)
        assert caught.value.hint == "free some space there"
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_killed_create_leaves_no_bundle_and_the_next_one_is_whole(
    cache: Path, tmp_path: Path
) -> None:
    file = tmp_path / "x.bundle"
    made = index(cache)

    def kill(_event: Event) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        create(cache, file, made, kill)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert [path.name for path in tmp_path.glob("*x.bundle*")] == [".x.bundle.part"]
    create(cache, file, made, quiet)
    assert [path.name for path in tmp_path.glob("*x.bundle*")] == ["x.bundle"]
    assert load(tmp_path / "there", file, quiet).new == len(made.items)


# What a build without network lacks


def test_all_that_is_missing_is_named(cache: Path, tmp_path: Path) -> None:
    wanted = Needs(
        sources=(SOURCE,),
        bootstrapped=(
            BootstrapImage(
                distribution="debian", suite="bookworm", arch="amd64", packages=("ca-certificates",)
            ),
        ),
        registry=(),
        steps=STEPS,
    )
    assert [problem.what for problem in problems(tmp_path / "empty", wanted)] == [
        "source 1 aaaaaaaaaaaa of https://a.example/a-1.tar.gz: it is not in the store",
        "base image debian/bookworm: it is not in the store",
        "the packages of step 'ucx: install': nothing of them is recorded",
    ]
    (folder(cache / "sources", SOURCE) / "tree/empty").unlink()
    assert [problem.what for problem in problems(cache, wanted)] == [
        "source 1 aaaaaaaaaaaa of https://a.example/a-1.tar.gz: empty is missing",
        "base image debian/bookworm: it is not in the store",
    ]
