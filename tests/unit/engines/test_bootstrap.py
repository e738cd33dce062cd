"""Base images without an archive: names, digests, and bad days played by fake programs."""

from __future__ import annotations

import io
import os
import sys
import tarfile
import textwrap
import threading
from pathlib import Path

import pytest

from dockwright.engines import mmdebstrap
from dockwright.engines.bootstrap import Base, bootstrap
from dockwright.engines.bootstrap_spec import (
    BootstrapSpec,
    parse_packages,
    parse_simulation,
    parse_spec,
)
from dockwright.engines.events import Event, Log, StageCached, StageFailed, StageFinished
from dockwright.errors import EngineError, UserError

STATUS = """\
Package: zlib1g
Status: install ok installed
Architecture: amd64
Version: 1:1.2
Description: a library
 Version: not this

Package: apt
Status: install ok installed
Version: 2.6
Architecture: amd64

Package: gone
Status: deinstall ok config-files
Version: 1
Architecture: all
"""
FAKE = """\
#!{python}
import os, sys, time, pathlib
if "--version" in sys.argv:
    print("mmdebstrap 9.9")
    sys.exit()
with open({calls!r}, "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
{body}
"""


class Bench:
    """A cache, a PATH with a fake mmdebstrap, and the events of a run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bin = path / "bin"
        self.bin.mkdir()
        self.events: list[Event] = []
        self.env = {"PATH": f"{self.bin}:/usr/bin:/bin"}

    def fake(self, body: str) -> None:
        program = self.bin / "mmdebstrap"
        text = FAKE.format(
            python=sys.executable, calls=str(self.path / "calls"), body=textwrap.dedent(body)
        )
        program.write_text(text)
        program.chmod(0o755)

    def fake_tar(self, files: dict[str, str], simulated: str = "") -> None:
        tar = self.path / "root.tar"
        with tarfile.open(tar, "w") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(f"./{name}")
                member.size = len(content.encode())
                archive.addfile(member, io.BytesIO(content.encode()))
        self.fake(
            f"""
            if "--simulate" in sys.argv:
                print({simulated!r})
                sys.exit()
            print("I: running apt-get update...", file=sys.stderr)
            sys.stdout.buffer.write(pathlib.Path({str(tar)!r}).read_bytes())
            """
        )

    def run(self, *, refresh: bool = False, mirror: str = "") -> Base:
        return bootstrap(
            parse_spec("debian/bookworm"),
            cache_dir=self.path / "cache",
            emit=self.events.append,
            env=self.env,
            refresh=refresh,
            mirror=mirror,
        )

    def calls(self) -> int:
        return len((self.path / "calls").read_text().splitlines())

    def leftovers(self) -> list[str]:
        return [p.name for p in (self.path / "cache" / "bases").iterdir() if ".lock" not in p.name]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


GOOD = {"var/lib/dpkg/status": STATUS, "etc/machine-id": ""}


def test_names() -> None:
    spec = parse_spec("bootstrap:debian/bookworm")
    assert spec == parse_spec("debian/bookworm", packages=("ca-certificates", "ca-certificates"))
    assert spec.name.startswith("debian-bookworm-amd64-")
    assert spec.name.endswith(spec.digest[7:19])
    assert spec.name != parse_spec("debian/bookworm", packages=("python3",)).name
    both = BootstrapSpec(distribution="debian", suite="trixie", packages=("b1", "a1"))
    assert both.packages == ("a1", "b1")
    assert both.epoch == 1754697600


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("debian/bokworm", "unknown suite 'debian/bokworm'", "did you mean 'debian/bookworm'?"),
        ("debian", "does not name a distribution and a suite", "debian/bookworm, debian/trixie"),
        ("arch/2024", "unknown suite 'arch/2024'", "known are debian/bookworm"),
    ],
)
def test_wrong_names(text: str, message: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_spec(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_all_problems_at_once() -> None:
    with pytest.raises(UserError) as caught:
        parse_spec("debian/nope", architecture="vax", packages=("--hook=rm", "a b", "ok"))
    assert len(caught.value.problems) == 4


def test_package_lists() -> None:
    assert parse_packages(STATUS) == ("apt=2.6:amd64", "zlib1g=1:1.2:amd64")
    simulated = (
        "Inst zlib1g (1:1.2 Some:12/oldstable, Other:12/x [amd64]) []",
        "Inst apt (2.6 Some:12/oldstable [amd64])",
        "Inst apt (2.6 Some:12/oldstable [amd64])",
        "Conf apt (2.6 Some:12/oldstable [amd64])",
    )
    assert parse_simulation(simulated) == parse_packages(STATUS)


def test_made_once_then_cached(bench: Bench) -> None:
    bench.fake_tar(GOOD)
    first = bench.run()
    assert first.fresh
    assert first.packages == ("apt=2.6:amd64", "zlib1g=1:1.2:amd64")
    assert first.record.mmdebstrap == "9.9"
    assert first.layout.annotations["dev.dockwright.bootstrap.packages"].startswith("sha256:")
    assert isinstance(bench.events[-1], StageFinished)
    second = bench.run()
    assert not second.fresh
    assert second.layout == first.layout
    assert isinstance(bench.events[-1], StageCached)
    assert bench.calls() == 1
    assert bench.leftovers() == [first.path.name]


def test_refresh_replaces_only_another_list(bench: Bench) -> None:
    same = "Inst apt (2.6 X [amd64])\nInst zlib1g (1:1.2 X [amd64])"
    bench.fake_tar(GOOD, same)
    first = bench.run()
    assert not bench.run(refresh=True).fresh
    assert bench.calls() == 2
    newer = {"var/lib/dpkg/status": STATUS.replace("2.6", "2.7")}
    bench.fake_tar(newer, same.replace("2.6", "2.7"))
    third = bench.run(refresh=True)
    assert third.fresh
    assert third.layout.digest != first.layout.digest
    assert "apt=2.7:amd64" in third.packages
    assert bench.leftovers() == [third.path.name]


def test_a_refresh_without_network_keeps_the_base(bench: Bench) -> None:
    bench.fake_tar(GOOD)
    base = bench.run()
    bench.fake('sys.exit("E: Failed to fetch")')
    with pytest.raises(EngineError, match="cannot be reached"):
        bench.run(refresh=True)
    assert bench.run().layout == base.layout


def test_a_damaged_base_is_made_again(bench: Bench) -> None:
    bench.fake_tar(GOOD)
    base = bench.run()
    base.layout.blob(base.layout.layers[0]).write_bytes(b"short")
    again = bench.run()
    assert again.fresh
    assert again.layout == base.layout


def test_stale_work_is_removed(bench: Bench) -> None:
    bench.fake_tar(GOOD)
    stale = bench.path / "cache" / "bases" / f".work-{parse_spec('debian/bookworm').name}-1"
    (stale / "root").mkdir(parents=True)
    base = bench.run()
    assert bench.leftovers() == [base.path.name]


def test_missing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_kwargs: None)
    with pytest.raises(EngineError, match="mmdebstrap is not installed") as caught:
        bench.run()
    assert caught.value.hint == "install it: apt-get install mmdebstrap"
    assert isinstance(bench.events[-1], StageFailed)


@pytest.mark.parametrize(
    ("output", "kind", "message"),
    [
        ("E: Failed to fetch http://u:pw@host/x", EngineError, "archive cannot be reached"),
        ("E: Unable to locate package nonsuch", UserError, "has no package 'nonsuch'"),
        ("tar: x: Cannot write: No space left on device", EngineError, "no space left on the disk"),
        ("W: NO_PUBKEY 1234\nE: is not signed.", EngineError, "signature cannot be checked"),
        ("E: need newuidmap", EngineError, "may not make a root file system"),
        ("E: arm64 can neither be executed natively: binfmt", EngineError, "that architecture"),
        ("I: fine\nE: something else\nI: bye", EngineError, "exit code 3: E: something else"),
        ("", EngineError, "exit code 3: it printed nothing"),
    ],
)
def test_failures(bench: Bench, output: str, kind: type[Exception], message: str) -> None:
    bench.fake(f"print({output!r}, file=sys.stderr); sys.exit(3)")
    with pytest.raises(kind, match=message):
        bench.run()
    failed = bench.events[-1]
    assert isinstance(failed, StageFailed)
    assert "pw@" not in "".join(e.line for e in bench.events if isinstance(e, Log))
    assert bench.leftovers() == []


def test_no_space(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.fake_tar(GOOD)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EngineError, match="No space left on device"):
        bench.run()
    assert bench.leftovers() == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("etc/resolv.conf", "nameserver 1.2.3.4", "/etc/resolv.conf"),
        ("etc/hostname", "me", "/etc/hostname"),
        ("etc/machine-id", "0123", "/etc/machine-id"),
        ("var/log/dpkg.log", "x", "/var/log/dpkg.log"),
        ("etc/apt/apt.conf.d/proxy", "http://proxy.example:3128", "the value of http_proxy"),
        ("root/.x", "s3cretpassword", "the credentials of the mirror"),
    ],
)
def test_traces_of_the_host_are_refused(bench: Bench, name: str, content: str, told: str) -> None:
    bench.env["http_proxy"] = "http://proxy.example:3128"
    bench.fake_tar({"var/lib/dpkg/status": STATUS, name: content})
    with pytest.raises(EngineError, match="traces of this host") as caught:
        bench.run(mirror="http://user:s3cretpassword@mirror.example/debian")
    assert told in caught.value.message
    assert "s3cret" not in caught.value.message
    assert bench.leftovers() == []


def test_a_system_without_packages(bench: Bench) -> None:
    bench.fake_tar({"etc/motd": ""})
    with pytest.raises(EngineError, match="without packages"):
        bench.run()


def test_output_that_is_no_tar(bench: Bench) -> None:
    bench.fake("print('hello' * 1000)")
    with pytest.raises(EngineError, match="broken archive"):
        bench.run()


def test_a_wrong_mirror(bench: Bench) -> None:
    with pytest.raises(UserError, match=r"'http://\*\*\*@h /x' is not a mirror"):
        bench.run(mirror="http://u:p@h /x")


def test_an_exception_ends_the_process(bench: Bench) -> None:
    pid = bench.path / "pid"
    bench.fake(
        f"""
        pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))
        print("I: running apt-get update...", file=sys.stderr, flush=True)
        sys.stdout.buffer.write(b"x" * (1 << 21))
        sys.stdout.flush()
        time.sleep(60)
        """
    )

    def stop(event: Event) -> None:
        if event.__class__.__name__ == "Progress":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bootstrap(
            parse_spec("debian/bookworm"), cache_dir=bench.path / "cache", emit=stop, env=bench.env
        )
    assert bench.leftovers() == []
    assert "mmdebstrap" not in _command_lines(bench)


def _command_lines(bench: Bench) -> str:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        if os.fsencode(bench.path) in line:
            found.append(line.decode())
    return "\n".join(found)


def test_two_at_once_make_it_once(bench: Bench) -> None:
    bench.fake_tar(GOOD)
    program = bench.bin / "mmdebstrap"
    program.write_text(
        program.read_text().replace('print("I: run', 'time.sleep(0.5); print("I: run')
    )
    results: list[Base] = []
    threads = [threading.Thread(target=lambda: results.append(bench.run())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(base.fresh for base in results) == [False, True]
    assert bench.calls() == 1


def test_the_environment_is_reduced(tmp_path: Path) -> None:
    env = mmdebstrap.environment(
        parse_spec("debian/bookworm"),
        {"PATH": "/bin", "HTTP_PROXY": "http://p", "AWS_SECRET": "x", "APT_CONFIG": "/x"},
        temporary=tmp_path,
        mirror="",
        security_mirror="",
    )
    assert env["HTTP_PROXY"] == "http://p"
    assert not {"AWS_SECRET", "APT_CONFIG"} & env.keys()
    assert env["SOURCE_DATE_EPOCH"] == "1686355200"
