"""Base images of a registry in the store: pulled, carried over, built on without the registry."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
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
BOTH = (PLATFORM, "linux/arm64")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with registry(tmp_path_factory.mktemp("registry")) as made:
        made.push("team/both:1", platforms=BOTH, text="from the registry\n")
        yield made


def pull(cache: Path, ref: str, platform: str = PLATFORM) -> list[str]:
    said: list[str] = []
    policy = Policy(tries=1)
    with client(policy) as session:
        made = Registry(session=session, policy=policy, logins=Logins())
        emit = lambda event: said.append(getattr(event, "line", ""))  # noqa: E731
        Puller(cache=cache, registry=made, emit=emit).pull(ref, platform)
        wanted = made.resolve(parse(ref), platform)
    layout = read_layout(image_layout(cache, ref, platform), "base", verify_layers=True)
    assert (layout.digest, layout.platform) == (wanted, platform)
    return [line for line in said if line]


def plan_of(ref: str, platform: str = PLATFORM) -> Plan:
    """A file out of an image of a registry: nothing of the platform is executed."""
    copy = Copy(stage="tool", source="/text", target="/text")
    return Plan(
        name="images",
        platform=platform,
        target="files",
        images={"upstream": RegistryImage(ref=ref)},
        stages=(
            Stage(name="tool", base="upstream", summary="as it is", outputs=("/text",)),
            Stage(name="files", base="scratch", summary="its file", steps=(copy,)),
        ),
    )


def carried(plans: Sequence[Plan], here: Path, there: Path, file: Path) -> None:
    """What the plans need, in a bundle, from one store to another."""
    wanted = needs(plans)
    assert [problem.what for problem in problems(there, wanted)] == [
        f"image {image.ref} for {platform}: it is not in the store"
        for image, platform in wanted.registry
    ]
    index = Bundle(version=VERSION, time=1, cells=(), lock="", items=items(here, wanted, None))
    create(here, file, index, lambda _: None)
    load(there, file, lambda _: None)
    assert problems(there, wanted) == ()


def built(plan: Plan, engine: Bench, env: Mapping[str, str], folder: Path) -> str:
    """The file, built without network from a store."""
    folder.mkdir()
    chosen = choose(engine.engine, engine.env)
    wanted = Wanted(output="files", destination=folder / "out", offline=True)
    run(
        schedule(plan, chosen, wanted, places(env), python="python"),
        chosen,
        lambda _: None,
        run_directory=folder / "run",
        environment=engine.env,
        secrets={},
        now=lambda: 1.0,
    )
    return (folder / "out/text").read_text()


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


def test_a_build_stands_on_images_whose_registry_is_gone(
    engine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For two platforms in one bundle."""
    here = places(engine.env).cache
    there = engine.env | {"XDG_CACHE_HOME": str(tmp_path / "there")}
    with registry(tmp_path / "registry") as running:
        running.push("both:1", platforms=BOTH, text="from the registry\n")
        plans = [plan_of(f"{running.host}/both:1", platform) for platform in BOTH]
        for platform in BOTH:
            pull(here, f"{running.host}/both:1", platform)
    carried(plans, here, places(there).cache, tmp_path / "bundle")
    kept = [thing for thing in inventory.things(places(there).cache) if thing.kind == "image"]
    assert len({thing.identity for thing in kept}) == 2
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    for plan in plans:
        folder = tmp_path / plan.platform.rpartition("/")[2]
        assert built(plan, engine, there, folder) == "from the registry\n"
