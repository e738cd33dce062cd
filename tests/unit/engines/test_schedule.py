"""From a plan to commands: what runs, in which order, with which files and names."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dockwright.engines.api import Engine, Secret
from dockwright.engines.buildah import Buildah
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.schedule import Places, Schedule, Wanted, schedule, stages_of
from dockwright.model.plan import LayoutImage, Plan, RegistryImage
from dockwright.planning import names
from tests.builders import planned

PLACES = Places(cache=Path("/cache"), state=Path("/state"))
ENGINES: list[Engine] = [Buildah(), BuildKit()]
by_engine = pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: str(engine.name))


def made(
    engine: Engine, wanted: Wanted | None = None, plan: Plan | None = None, *, only: bool = False
) -> Schedule:
    return schedule(
        plan or planned().plan,
        engine,
        wanted or Wanted(tags=("a/b:c",)),
        PLACES,
        python="python",
        secrets=(Secret(id="dockwright-ca", source="file", path="/ca"),),
        verify_only=only,
    )


def builds(found: Schedule) -> list[tuple[str, ...]]:
    return [command.argv for command in found.commands if "build" in command.argv[:3]]


def targets(found: Schedule) -> list[str]:
    return [argv[argv.index("--target") + 1] for argv in builds(found)]


@by_engine
def test_the_image_is_named_after_its_checks(engine: Engine) -> None:
    found = made(engine)
    argvs = [command.argv for command in found.commands]
    assert argvs[0] == (
        *("python", "-m", "dockwright", "bootstrap", "debian/bookworm", "--arch", "amd64"),
        *("--events", "--include", "ca-certificates"),
    )
    (verified,) = [place for place, argv in enumerate(argvs) if names.EVIDENCE in argv]
    named = [
        place
        for place, argv in enumerate(argvs)
        if any(word in {"a/b:c", "localhost/a/b:c"} for word in argv)
    ]
    assert named
    assert min(named) > verified
    assert found.evidence == found.folder / "evidence"


@by_engine
def test_without_checks_there_is_one_build(engine: Engine) -> None:
    found = made(engine, Wanted(tags=("a/b:c",), verify=False))
    assert targets(found) == [names.RUNTIME]
    assert found.evidence is None
    assert names.VERIFY not in stages_of(found)


@by_engine
def test_only_checks(engine: Engine) -> None:
    found = made(engine, Wanted(output="cache", no_cache=True), only=True)
    assert targets(found) == [names.EVIDENCE]
    assert all("--no-cache" in argv for argv in builds(found))


@by_engine
def test_everything_is_read_from_the_folder_of_the_text(engine: Engine) -> None:
    found = made(engine)
    assert found.folder == PLACES.cache / "plans" / found.rendered.sha256[:16]
    for argv in builds(found):
        assert argv[argv.index("--file") + 1] == str(found.folder / "Dockerfile")
        assert argv[-1] == str(found.folder / "context")
    # Another text is another folder, so two builds at once do not disturb each other.
    other = made(engine, plan=planned({"UCX_PACKAGE_VERSION": "1"}).plan)
    assert other.folder != found.folder


@by_engine
def test_secrets_and_bases_are_given_to_every_build(engine: Engine) -> None:
    found = made(engine)
    (image,) = found.plan.images.values()
    for argv in builds(found):
        text = " ".join(argv)
        assert "id=dockwright-ca,src=/ca" in text
        assert names.from_name(image) in text


@by_engine
def test_a_layout_is_used_where_it_lies(engine: Engine) -> None:
    plan = planned().plan
    image = LayoutImage(name="mine", digest="sha256:" + "a" * 64, ref="1")
    plan = msgspec.structs.replace(plan, images={"base-image": image})
    wanted = Wanted(tags=("a/b:c",), layouts={names.from_name(image): "/layouts/mine"})
    found = made(engine, wanted, plan)
    (base,) = found.image.bases
    assert (base.layout, base.ref) == ("/layouts/mine", "1")
    assert base.view == str(PLACES.cache / "views" / ("a" * 16))
    assert all("bootstrap" not in command.argv for command in found.commands)


@by_engine
def test_a_registry_image_needs_no_command(engine: Engine) -> None:
    plan = planned().plan
    plan = msgspec.structs.replace(plan, images={"base-image": RegistryImage(ref="r.invalid/a:1")})
    found = made(engine, plan=plan)
    assert found.image.bases == ()
    assert all("bootstrap" not in command.argv for command in found.commands)


@by_engine
def test_no_command_is_there_twice(engine: Engine) -> None:
    argvs = [command.argv for command in made(engine).commands]
    assert len(set(argvs)) == len(argvs)


@by_engine
def test_the_touched_stages_have_the_order_of_the_plan(engine: Engine) -> None:
    found = made(engine)
    assert stages_of(found) == tuple(stage.name for stage in found.plan.stages)


def test_pull_asks_the_archive() -> None:
    found = made(Buildah(), Wanted(tags=("a/b:c",), pull=True))
    assert found.commands[0].argv[-1] == "--pull"
