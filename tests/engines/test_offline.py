"""Builds that are recorded and replayed, on real engines; and one without any route."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dockwright.catalog.parameters.axes import ARCH
from dockwright.cli import offline
from dockwright.cli.engines import choose
from dockwright.cli.host import places
from dockwright.cli.offline import Network
from dockwright.engines.bundle import VERSION, Bundle, create, load
from dockwright.engines.events import Event, StageCached
from dockwright.engines.offline import items, needs
from dockwright.engines.recordings import covering
from dockwright.engines.schedule import Wanted, schedule
from dockwright.engines.session import run
from dockwright.errors import BuildFailed, UserError
from dockwright.model.plan import Copy, Plan, Run, Stage, Tag
from dockwright.planning import names
from dockwright.planning.bases import base_image
from dockwright.planning.wrap import wrap_all
from tests.builders import params
from tests.engines.bench import STANDARD, Bench
from tests.tree import ROOT
from tests.upstream import Upstream, serving

pytestmark = pytest.mark.engine

GET = r"""
address=${http_proxy#http://}
login=$(printf %s "${address%@*}" | base64 -w0)
host=${address##*@}
exec 3<>"/dev/tcp/${host%:*}/${host#*:}"
printf 'GET %s HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic %s\r\nConnection: close\r\n\r\n' \
    "$URL" "$login" >&3
cat <&3 >/answer
grep -q '^HTTP/1.1 200' /answer
sed -i '1,/^\r$/d' /answer
[[ -s $APT_CONFIG && -s /run/dockwright/ca.crt ]]
"""


def plan(url: str) -> Plan:
    """A step that downloads one file, as a package manager would."""
    values = params()
    image, _ = base_image(values, values[ARCH], {})
    step = Run(title="packages: get it", script=GET, env={"URL": url}, tags=(Tag.NETWORK,))
    proof = Run(
        title="proof",
        script="mkdir /proof; cp /answer /proof/; ls -a /dev/shm /run >/proof/left\n",
    )
    copy = Copy(stage="packages", source="/proof", target="/proof")
    return wrap_all(
        Plan(
            name="offline",
            platform=values[ARCH].platform,
            target="files",
            images={names.BASE: image},
            stages=(
                Stage(
                    name="packages",
                    base=names.BASE,
                    summary="asks for something",
                    steps=(step, proof),
                    outputs=("/proof",),
                ),
                Stage(name="files", base="scratch", summary="the proof", steps=(copy,)),
            ),
        )
    )


Build = Callable[[Plan, Network, str], list[Event]]


@pytest.fixture
def build(engine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Builds a plan on the engine, with an offer to its package steps; `no_cache` when named."""
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    made = choose(engine.engine, engine.env)

    def one(value: Plan, network: Network, name: str) -> list[Event]:
        wanted = Wanted(
            output="files", destination=tmp_path / name, no_cache=name.startswith("anew")
        )
        scheduled = schedule(
            value,
            made,
            wanted,
            places(engine.env),
            python=sys.executable,
            secrets=network.secrets,
        )
        events: list[Event] = []
        run(
            scheduled,
            made,
            events.append,
            run_directory=tmp_path / f"run-{name}",
            environment=engine.env,
            secrets={k: v for k, v in network.values.items() if v},
            now=time.time,
        )
        return events

    return one


def record(upstream: Upstream, engine: Bench, build: Build, url: str) -> None:
    with offline.recording([plan(url)], engine.env, print) as network:
        build(plan(url), network, "recorded")
    assert [request.path for request in upstream.asked] == ["/a"]


def test_a_recorded_build_is_replayed_from_a_bundle(
    engine: Bench, build: Build, tmp_path: Path
) -> None:
    with serving() as upstream:
        upstream.put("/a", b"a package\n")
        url = f"{upstream.url}/a"
        record(upstream, engine, build, url)
    assert (tmp_path / "recorded/proof/answer").read_text() == "a package\n"
    # The bundle goes to the store of another machine.
    wanted = needs([plan(url)])
    cache = places(engine.env).cache
    index = Bundle(
        version=VERSION,
        time=1,
        cells=(),
        lock="",
        items=items(cache, wanted, covering(cache, wanted.steps)),
    )
    create(cache, tmp_path / "bundle", index, lambda _: None)
    there = engine.env | {"XDG_CACHE_HOME": str(tmp_path / "there")}
    with pytest.raises(UserError) as caught:
        offline.check([plan(url)], there)
    assert [problem.what for problem in caught.value.problems] == [
        "base image debian/bookworm: it is not in the store",
        "the packages of step 'packages: get it': nothing of them is recorded",
    ]
    load(places(there).cache, tmp_path / "bundle", lambda _: None)
    # The server is gone; only the recording can answer.
    with offline.replaying([plan(url)], there) as network:
        build(plan(url), network, "anew")
    assert (tmp_path / "anew/proof/answer").read_text() == "a package\n"
    left = (tmp_path / "anew/proof/left").read_text()
    assert "dockwright-apt" not in left
    # Switching it on changes no text and no cache key.
    with offline.replaying([plan(url)], there) as network:
        events = build(plan(url), network, "again")
    assert "packages" in {event.stage for event in events if isinstance(event, StageCached)}


def test_what_was_not_recorded_ends_the_build_and_is_named(engine: Bench, build: Build) -> None:
    with serving() as upstream:
        upstream.put("/a", b"a package\n")
        url = f"{upstream.url}/a"
        record(upstream, engine, build, url)
    cache = places(engine.env).cache
    recording = covering(cache, needs([plan(url)]).steps)
    assert recording is not None
    path = cache / "recordings" / recording.name / "recording.json"
    path.write_text(path.read_text().replace("/a", "/b"))
    with (
        pytest.raises(BuildFailed) as caught,
        offline.replaying([plan(url)], engine.env) as network,
    ):
        build(plan(url), network, "anew")
    assert (
        caught.value.hint == f"a step asked for {url}, which is not recorded; make the bundle again"
    )


@pytest.mark.heavy
def test_the_quickstart_image_is_built_without_any_route(engine: Bench, tmp_path: Path) -> None:
    bundle = tmp_path / "quickstart.bundle"
    env = engine.env
    made = engine.end(engine.start("bundle", "create", str(bundle)))
    assert made.status == 0, made.err
    home = tmp_path / "there"
    for name in ("cache", "state", "storage"):
        (home / name).mkdir(parents=True)
    conf = home / "storage.conf"
    conf.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{home}/storage/root"\n'
        f'runroot = "{home}/storage/run"\n'
    )
    there = env | {
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "CONTAINERS_STORAGE_CONF": str(conf),
    }
    dockwright = f"{sys.executable} -m dockwright"
    # BuildKit was built into this machine's own cache; the other machine's is for dockwright.
    own = os.environ.get("XDG_CACHE_HOME", str(Path("~/.cache").expanduser()))
    daemon = (
        f"env XDG_CACHE_HOME={own} {sys.executable} -m tests.engines.buildkitd -- "
        f"env XDG_CACHE_HOME={home}/cache"
    )
    daemon = daemon if engine.engine == "buildkit" else ""
    words = f"--offline --json --engine {engine.engine} {' '.join(STANDARD)}"
    script = (
        'set -e; ip link set lo up; test -z "$(ip route)"; '
        f"{dockwright} bundle load {bundle}; {daemon} {dockwright} build {words}"
    )
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", script],
        env=there,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"failed": 0' in done.stdout
    shutil.rmtree(home / "storage", ignore_errors=True)
    bundle.unlink()
