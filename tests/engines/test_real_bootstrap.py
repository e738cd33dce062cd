"""Real bootstraps of Debian 12: killed, raced, cached, clean, and the same twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from dockwright.engines.bootstrap import Base, bootstrap
from dockwright.engines.bootstrap_spec import parse_spec
from dockwright.engines.events import Event, StageCached
from dockwright.engines.oci import read_layout

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not shutil.which("mmdebstrap"), reason="mmdebstrap is not installed"),
]

SPEC = parse_spec("debian/bookworm")
PROGRAM = """
import json, os, sys
from pathlib import Path
from dockwright.engines.bootstrap import bootstrap
from dockwright.engines.bootstrap_spec import parse_spec
from dockwright.engines.events import StepStarted
def emit(event):
    if isinstance(event, StepStarted):
        print(event.name, file=sys.stderr, flush=True)
base = bootstrap(
    parse_spec("debian/bookworm"), cache_dir=Path(sys.argv[1]), emit=emit, env=os.environ
)
print(json.dumps([base.fresh, base.layout.digest]))
"""


def start(cache: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(cache)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


def bases(cache: Path) -> list[str]:
    names = (path.name for path in (cache / "bases").iterdir())
    return sorted(name for name in names if not name.startswith(".lock"))


def mentions(path: Path) -> list[str]:
    """Processes and mounts that still work in a directory."""
    found = [
        line
        for line in Path("/proc/self/mountinfo").read_text().splitlines()
        if f" {path}/" in line
    ]
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes()
        except OSError:
            continue
        if os.fsencode(path) in line:
            found.append(line.decode())
    return found


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which one run was killed in the middle and two then ran at once."""
    path = tmp_path_factory.mktemp("bases")
    path.chmod(0o755)
    victim = start(path)
    assert victim.stderr is not None
    for line in victim.stderr:
        if line.startswith("installing essential packages"):
            break
    time.sleep(1)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    (left,) = bases(path)
    assert left.startswith(".work-")
    if os.geteuid() == 0:
        deadline = time.monotonic() + 5
        while mentions(path) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not mentions(path)
    racers = [start(path), start(path)]
    answers = []
    for racer in racers:
        out, log = racer.communicate(timeout=300)
        assert racer.returncode == 0, log
        answers.append(json.loads(out))
    assert sorted(fresh for fresh, _ in answers) == [False, True]
    assert answers[0][1] == answers[1][1]
    return path


@pytest.fixture(scope="session")
def base(cache: Path) -> Base:
    return bootstrap(SPEC, cache_dir=cache, emit=lambda _event: None, env=os.environ)


def test_a_killed_run_and_a_race_leave_one_whole_base(cache: Path, base: Base) -> None:
    assert bases(cache) == [base.path.name]
    assert read_layout(base.path / "layout", "base", verify_layers=True) == base.layout
    record = json.loads((base.path / "base.json").read_bytes())
    assert record["manifest"] == base.layout.digest
    assert (base.path / "packages.txt").read_text().splitlines() == list(base.packages)


def test_a_cached_base_is_found_at_once_and_offline(cache: Path) -> None:
    events: list[Event] = []
    started = time.perf_counter()
    found = bootstrap(SPEC, cache_dir=cache, emit=events.append, env={"PATH": "/nonexistent"})
    assert time.perf_counter() - started < 0.1
    assert not found.fresh
    assert [type(event) for event in events] == [StageCached]


def test_a_refresh_asks_and_keeps(cache: Path, base: Base) -> None:
    events: list[Event] = []
    found = bootstrap(SPEC, cache_dir=cache, emit=events.append, env=os.environ, refresh=True)
    assert isinstance(events[-1], StageCached), "the simulation and the result differ"
    assert found == base


def test_what_is_inside(base: Base) -> None:
    names = {line.split("=")[0] for line in base.packages}
    assert {"apt", "bash", "ca-certificates", "dpkg"} <= names
    assert not {"perl", "usrmerge"} & names
    with tarfile.open(base.layout.blob(base.layout.layers[0])) as archive:
        members = {member.name.removeprefix("./"): member for member in archive}

        def text(name: str) -> str:
            file = archive.extractfile(members[name])
            assert file is not None
            return file.read().decode()

        sources = text("etc/apt/sources.list").splitlines()
        assert "path-include=/usr/share/doc/*/copyright" in text("etc/dpkg/dpkg.cfg.d/dockwright")
    assert any(" bookworm main" in line for line in sources)
    assert any(" bookworm-security main" in line for line in sources)
    keyring = "usr/share/keyrings/debian-archive-keyring.gpg"
    assert keyring in members
    assert all(line.startswith(f"deb [signed-by=/{keyring}] ") for line in sources if line)
    assert members["bin"].linkname == "usr/bin"
    assert "usr/share/doc/bash/copyright" in members
    assert "etc/ssl/certs/ca-certificates.crt" in members
    assert max(member.mtime for member in members.values()) <= SPEC.epoch


def test_no_traces(base: Base) -> None:
    """A look of its own, not through the eyes of the code."""
    with tarfile.open(base.layout.blob(base.layout.layers[0])) as archive:
        members = {member.name.removeprefix("./"): member for member in archive}
    gone = ("etc/resolv.conf", "etc/hostname", "etc/apt/preferences.d/dockwright")
    assert not set(gone) & members.keys()
    for prefix in ("var/lib/apt/lists/", "var/cache/apt/", "var/log/", "run/", "tmp/"):
        assert not [n for n, m in members.items() if n.startswith(prefix) and m.isfile() and m.size]
    assert not [name for name in members if "mmdebstrap" in name or "proxy" in name.lower()]
    manuals = [n for n, m in members.items() if n.startswith("usr/share/man/") and m.isfile()]
    assert not manuals
    assert "etc/machine-id" not in members or not members["etc/machine-id"].size


def test_the_same_packages_make_the_same_bytes(base: Base, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    again = bootstrap(SPEC, cache_dir=tmp_path, emit=lambda _event: None, env=os.environ)
    if again.packages != base.packages:
        pytest.skip("the archive changed in between")
    assert again.layout.digest == base.layout.digest
