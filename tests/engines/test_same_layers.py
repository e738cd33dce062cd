"""A layer is a function of its package: two images, two builds, one digest, on real engines.

The part is made by the shell that makes the parts of a real image; in uv's place stands a script
that installs one file, so that no index is needed.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dockwright.catalog.locked import EPOCH, INTO
from dockwright.catalog.stack import VENV
from dockwright.catalog.steps import shell
from dockwright.engines.api import BaseContext, Engine, Request
from dockwright.engines.buildah import Buildah
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.oci import read_layout
from dockwright.engines.view import write_view
from dockwright.model.plan import Copy, LayoutImage, Plan, Run, Stage
from dockwright.rendering.dockerfile import render
from tests.engines import tiny
from tests.engines.buildkitd import running

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="the tests of engines need root"),
    pytest.mark.skipif(platform.system() != "Linux", reason="containers need Linux"),
]

UV = """\
#!/bin/bash
case $1 in
    venv) mkdir -p "$PREFIX/bin" && echo "made at $(date +%s%N)" >"$PREFIX/pyvenv.cfg" ;;
    pip) mkdir -p "$PREFIX/lib" && echo package >"$PREFIX/lib/package.py" && ln -s package.py "$PREFIX/lib/link" ;;
esac
"""  # noqa: E501 -- a script
PROGRAMS = (
    *tiny.PROGRAMS,
    *("find", "id", "mktemp", "mv", "readlink", "sed", "touch", "true", "unshare", "xargs"),
)


def plan(layout: str, package: str) -> Plan:
    """An image with files of its own, below and above the part that others have, too."""
    own = Run(title="own files", script=f"echo {package} >/own-{package}\n")
    part = Run(
        title="install the part",
        script=f"cat >/bin/uv <<'UV'\n{UV}UV\nchmod 755 /bin/uv\nexport PREFIX={VENV}\n"
        + shell("part.sh"),
        env={
            "PREFIX": VENV,
            "PYTHON": "/bin/python",
            "REQUIREMENTS": "package==1",
            "INTO": INTO,
            "WITH_VENV": "",
            "USER_ID": "1000",
            "EPOCH": EPOCH,
        },
    )
    return Plan(
        name=package,
        platform=f"linux/{tiny.ARCHITECTURE}",
        target="image",
        images={"tiny": LayoutImage(name="tiny", digest=layout, ref="1")},
        stages=(
            Stage(name="part", base="tiny", summary="part", steps=(part,), outputs=(INTO,)),
            Stage(
                name="image",
                base="tiny",
                summary="image",
                steps=(own, Copy(stage="part", source=INTO, target="/"), own),
            ),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Bench:
    """An engine, what it needs in its environment, and the base image."""

    engine: Engine
    env: dict[str, str]
    base: BaseContext
    digest: str
    folder: Path

    def layers(self, package: str, epoch: str = "") -> tuple[str, ...]:
        """Build an image from nothing; the digests of its layers, the base's first."""
        from dockwright.planning.names import from_name

        made = plan(self.digest, package)
        folder = self.folder / f"{package}-{time.monotonic_ns()}"
        context, layout = folder / "context", folder / "layout"
        context.mkdir(parents=True)
        (folder / "Dockerfile").write_text(render(made, self.engine.dialect()).text)
        request = Request(
            dockerfile=folder / "Dockerfile",
            context=context,
            target="image",
            purpose="build",
            platform=made.platform,
            stages=("part", "image"),
            bases=(
                BaseContext(
                    name=from_name(made.images["tiny"]),
                    layout=self.base.layout,
                    ref=self.base.ref,
                    view=self.base.view,
                ),
            ),
            tags=(f"localhost/{package}:1",),
            output="oci",
            destination=layout,
            no_cache=True,
            epoch=epoch,
        )
        for command in self.engine.commands(request):
            done = subprocess.run(
                command.argv,
                env=self.env | command.env,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        return tuple(layer.digest for layer in read_layout(layout, "1").layers)


@pytest.fixture(scope="module", params=["buildah", "buildkit"])
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "PROGRAMS", PROGRAMS)
        layout = tiny.tiny_layout(folder / "base")
    view = folder / "view"
    write_view(layout, view)
    base = BaseContext(name="", layout=str(layout.directory), ref="1", view=str(view))
    if request.param == "buildkit":
        if not shutil.which("go"):
            pytest.skip("Go is needed to build BuildKit")
        with running() as daemon:
            env = dict(os.environ | daemon.env)
            engine = BuildKit(env=env)
            engine.probe()
            yield Bench(engine=engine, env=env, base=base, digest=layout.digest, folder=folder)
        return
    if not shutil.which("buildah"):
        pytest.skip("buildah is not installed")
    configuration = folder / "storage.conf"
    configuration.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/root"\nrunroot = "{folder}/run"\n'
    )
    env = {**os.environ, "CONTAINERS_STORAGE_CONF": str(configuration)}
    yield Bench(engine=Buildah(), env=env, base=base, digest=layout.digest, folder=folder)
    subprocess.run(
        ["buildah", "rmi", "--all", "--force"], env=env, check=False, capture_output=True
    )


def test_two_images_share_the_layer_of_a_package(bench: Bench) -> None:
    # buildah writes the directories above a copy anew, with the time of the build.
    epoch = "1700000000" if bench.engine.name == "buildah" else ""
    one, two = bench.layers("one", epoch), bench.layers("two", epoch)
    assert set(one) & set(two) == {one[0], one[2]}
    assert one[2] == two[2]


def test_with_an_epoch_a_build_gives_the_same_layers_again(bench: Bench) -> None:
    assert bench.layers("same", "1700000000") == bench.layers("same", "1700000000")


def test_without_one_what_a_step_writes_has_the_time_of_the_build(bench: Bench) -> None:
    first = bench.layers("other")
    time.sleep(1.1)  # layers know whole seconds
    second = bench.layers("other")
    assert first[0] == second[0]
    assert first[1] != second[1]
