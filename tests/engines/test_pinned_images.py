"""Images by digest, at a mirror, on real engines; BuildKit's source policy refuses all others."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from dockwright.cli.engines import choose
from dockwright.cli.host import places
from dockwright.engines.network import Mirror, Policy, client
from dockwright.engines.registry import Registry
from dockwright.engines.registry_names import parse, reference
from dockwright.engines.schedule import Wanted, schedule
from dockwright.engines.session import run
from dockwright.errors import BuildFailed, UserError
from dockwright.model.lock import Lock, LockedImage
from dockwright.model.plan import Copy, Label, Plan, RegistryImage, Stage
from dockwright.planning.pin import pin
from tests.engines.bench import Bench
from tests.engines.registries import Running, registry

pytestmark = pytest.mark.engine

REF = "upstream.example/team/tool:1"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with registry(tmp_path_factory.mktemp("upstream")) as running:
        running.push("mirrored/tool:1", text="the pinned one")
        running.push("mirrored/other:1", text="another")
        yield running


def policy(upstream: Running) -> Policy:
    mirror = Mirror(old="https://upstream.example/team/", new=f"http://{upstream.host}/mirrored/")
    return Policy(mirrors=(mirror,), tries=1)


def digest(upstream: Running, ref: str) -> str:
    with client(policy(upstream)) as session:
        registry_ = Registry(session=session, policy=policy(upstream))
        return registry_.resolve(parse(ref), "linux/amd64")


def plan(upstream: Running) -> Plan:
    """The file of an image, out of its lock."""
    found = Plan(
        name="pinned",
        platform="linux/amd64",
        target="copy",
        images={"tool": RegistryImage(ref=REF)},
        stages=(
            Stage(name="tool-stage", base="tool", summary="t", steps=(Label(values={"a": "b"}),)),
            Stage(
                name="copy",
                base="scratch",
                summary="c",
                steps=(Copy(stage="tool-stage", source="/text", target="/text"),),
            ),
        ),
    )
    entry = LockedImage(ref=REF, platforms={"linux/amd64": digest(upstream, REF)})
    return pin(found, Lock(images=(entry,)), "3.12")


def built(
    upstream: Running,
    engine: Bench,
    folder: Path,
    *,
    policed: bool,
    contexts: Mapping[str, str] | None = None,
) -> str:
    """What the plan's file says, after a real build."""
    value = plan(upstream)
    (image,) = (image.ref for image in value.images.values() if isinstance(image, RegistryImage))
    made = choose(engine.engine, engine.env)
    scheduled = schedule(
        value,
        made,
        Wanted(
            output="files",
            destination=folder / "out",
            pulled={image: reference(parse(image), policy(upstream))},
            source_policy=policed,
            contexts=dict(contexts or {}),
        ),
        places(engine.env),
        python=sys.executable,
    )
    run(
        scheduled,
        made,
        lambda _: None,
        run_directory=folder / "run",
        environment={**engine.env, "CONTAINERS_REGISTRIES_CONF": str(insecure(folder, upstream))},
        secrets={},
        now=time.time,
    )
    return (folder / "out/text").read_text()


def insecure(folder: Path, upstream: Running) -> Path:
    """buildah takes plain http only from registries that it was told of."""
    path = folder / "registries.conf"
    path.write_text(f'[[registry]]\nlocation = "{upstream.host}"\ninsecure = true\n')
    return path


def test_an_image_is_pulled_by_its_digest_from_the_mirror(
    upstream: Running, engine: Bench, tmp_path: Path
) -> None:
    policed = engine.engine == "buildkit"
    assert built(upstream, engine, tmp_path, policed=policed) == "the pinned one"


def test_the_policy_refuses_another_image(upstream: Running, engine: Bench, tmp_path: Path) -> None:
    if engine.engine == "buildah":
        with pytest.raises(UserError, match="buildah knows no source policies"):
            built(upstream, engine, tmp_path, policed=True)
        return
    other = f"{upstream.host}/mirrored/other:1"
    (name,) = (i.ref for i in plan(upstream).images.values() if isinstance(i, RegistryImage))
    contexts = {name: f"docker-image://{other}"}
    assert built(upstream, engine, tmp_path, policed=False, contexts=contexts) == "another"
    with pytest.raises(BuildFailed, match="denied by policy"):
        built(upstream, engine, tmp_path, policed=True, contexts=contexts)


def test_a_plan_without_digests_has_no_policy(upstream: Running, engine: Bench) -> None:
    value = replace(plan(upstream), images={"tool": RegistryImage(ref=REF)})
    if engine.engine == "buildkit":
        with pytest.raises(UserError, match="has no digest"):
            schedule(
                value,
                choose(engine.engine, engine.env),
                Wanted(source_policy=True),
                places(engine.env),
                python=sys.executable,
            )
