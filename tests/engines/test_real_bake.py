"""`buildx bake` with our file makes the image that a build makes: the same digest."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

from dockwright.engines.bake import Part, bake
from dockwright.engines.buildkit import BuildKit
from dockwright.engines.oci import read_layout
from dockwright.engines.platforms import native
from dockwright.engines.schedule import Places, Wanted, schedule
from dockwright.engines.session import run
from dockwright.model.plan import Copy, Env, LayoutImage, Plan, Run, Stage, Write
from dockwright.planning.names import from_name
from tests.engines import tiny
from tests.engines.buildkitd import running

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="buildkitd needs root"),
    pytest.mark.skipif(not shutil.which("go"), reason="Go is needed to build BuildKit"),
    pytest.mark.skipif(platform.system() != "Linux", reason="containers need Linux"),
]

TEXT = 'a "quoted" ${word} and a %{percent} of $HOME\n'


def test_bake_makes_the_image_of_a_build(tmp_path: Path) -> None:
    layout = tiny.tiny_layout(tmp_path / "base")
    base = LayoutImage(name="tiny", digest=layout.digest, ref=layout.ref)
    script = 'word=x; echo "${word} %{word}" > /made && cat /note >> /made\n'
    stages = (
        Stage(
            name="made",
            base="base-image",
            summary="made",
            steps=(Write(path="/note", text=TEXT), Run(title="make", script=script)),
            outputs=("/made",),
        ),
        Stage(
            name="image",
            base="base-image",
            summary="image",
            steps=(
                Copy(stage="made", source="/made", target="/made"),
                Env(values={"A": "b"}, prepend={"PATH": ("/opt/bin",)}),
            ),
        ),
    )
    plan = Plan(
        name="tiny", platform=native(), target="image", images={"base-image": base}, stages=stages
    )
    with running() as daemon:
        env = os.environ | daemon.env
        engine = BuildKit(env=env)
        assert engine.probe().available
        scheduled = schedule(
            plan,
            engine,
            Wanted(
                tags=("team/tiny:1",),
                output="oci",
                destination=tmp_path / "built",
                layouts={from_name(base): str(layout.directory)},
            ),
            Places(cache=tmp_path / "cache", state=tmp_path / "state"),
            python="python",
        )
        run(
            scheduled,
            engine,
            lambda _: None,
            run_directory=tmp_path / "run",
            environment=env,
            secrets={},
            now=time.time,
        )
        request = msgspec.structs.replace(scheduled.image, destination=tmp_path / "baked")
        part = Part(name="image", dockerfile=scheduled.rendered.text, request=request)
        contexts = {"image": request.context}
        file = tmp_path / "docker-bake.json"
        file.write_text(json.dumps(bake([part], [], contexts, engine.host)))
        subprocess.run(
            [*engine.host.buildx, "bake", "--allow=fs=*", "--file", str(file)],
            env=env,
            check=True,
            timeout=300,
            capture_output=True,
        )
    built, baked = (read_layout(tmp_path / name, "1") for name in ("built", "baked"))
    assert built.digest == baked.digest
    assert built.layers == baked.layers
