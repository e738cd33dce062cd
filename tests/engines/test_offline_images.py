"""Base images of a registry in the store: pulled, carried over, built on without the registry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockwright.cli.engines import choose
from dockwright.cli.host import places
from dockwright.engines import inventory, objects
from dockwright.engines.bundle import VERSION, Bundle, create, load
from dockwright.engines.images import Puller, is_there
from dockwright.engines.logins import Logins
from dockwright.engines.network import Policy, client
from dockwright.engines.oci import read_layout
from dockwright.engines.offline import items, needs, problems
from dockwright.engines.registry import Registry
from dockwright.engines.registry_names import parse
from dockwright.engines.schedule import Wanted, schedule
from dockwright.engines.session import run
from dockwright.engines.store import image_layout
from dockwright.model.plan import Copy, Plan, RegistryImage, Stage
from tests.engines.bench import Bench
from tests.engines.registries import Running, registry

pytestmark = pytest.mark.engine

PLATFORM = "linux/amd64"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with registry(tmp_path_factory.mktemp("registry")) as made:
        made.push("team/both:1", platforms=(PLATFORM, "linux/arm64"), text="from the registry\n")
        yield made


def pull(cache: Path, ref: str) -> list[str]:
    said: list[str] = []
    policy = Policy(tries=1)
    with client(policy) as session:
        made = Registry(session=session, policy=policy, logins=Logins())
        emit = lambda event: said.append(getattr(event, "line", ""))  # noqa: E731
        Puller(cache=cache, registry=made, emit=emit).pull(ref, PLATFORM)
        wanted = made.resolve(parse(ref), PLATFORM)
    layout = read_layout(image_layout(cache, ref, PLATFORM), "base", verify_layers=True)
    assert layout.digest == wanted
    return [line for line in said if line]


def test_an_image_is_pulled_once_and_is_the_registrys(running: Running, tmp_path: Path) -> None:
    ref = f"{running.host}/team/both:1"
    assert pull(tmp_path, ref) == [f"pulling {ref} for {PLATFORM}"]
    assert pull(tmp_path, ref) == [f"{ref}: in the store"]
    (thing,) = inventory.things(tmp_path)
    assert (thing.kind, thing.about) == ("image", f"{ref} {PLATFORM}")
    assert inventory.verify(thing, tmp_path, lambda _: None) == ()
    blob = max((thing.path / "layout/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    os.truncate(blob, 1)
    assert not is_there(tmp_path, ref, PLATFORM)
    pull(tmp_path, ref)
    assert objects.checksum(blob) == blob.name


def test_a_build_stands_on_an_image_whose_registry_is_gone(
    engine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Copy(stage="tool", source="/text", target="/text")
    with registry(tmp_path / "registry") as running:
        running.push("tool:1", text="from the registry\n")
        ref = f"{running.host}/tool:1"
        pull(places(engine.env).cache, ref)
    plan = Plan(
        name="images",
        platform=PLATFORM,
        target="files",
        images={"upstream": RegistryImage(ref=ref)},
        stages=(
            Stage(name="tool", base="upstream", summary="as it is", outputs=("/text",)),
            Stage(name="files", base="scratch", summary="its file", steps=(copy,)),
        ),
    )
    wanted = needs([plan])
    there = engine.env | {"XDG_CACHE_HOME": str(tmp_path / "there")}
    assert [problem.what for problem in problems(places(there).cache, wanted)] == [
        f"image {ref} for {PLATFORM}: it is not in the store"
    ]
    made = items(places(engine.env).cache, wanted, None)
    index = Bundle(version=VERSION, time=1, cells=(), lock="", items=made)
    create(places(engine.env).cache, tmp_path / "bundle", index, lambda _: None)
    load(places(there).cache, tmp_path / "bundle", lambda _: None)
    assert problems(places(there).cache, wanted) == ()
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    chosen = choose(engine.engine, engine.env)
    scheduled = schedule(
        plan,
        chosen,
        Wanted(output="files", destination=tmp_path / "out", offline=True),
        places(there),
        python="python",
    )
    run(
        scheduled,
        chosen,
        lambda _: None,
        run_directory=tmp_path / "run",
        environment=engine.env,
        secrets={},
        now=lambda: 1.0,
    )
    assert (tmp_path / "out/text").read_text() == "from the registry\n"
