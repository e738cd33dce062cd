"""`dockwright verify`: every check of the built image with its result, and broken images."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.engines.bench import Bench
from tests.engines.first import First

pytestmark = pytest.mark.engine

BREAKAGES = {
    "a library of the component": "rm /usr/local/ucx/lib/libucs.so.0*",
    "a library that it needs": "rm /usr/lib/*/libnuma.so.1*",
}
TINY = """\
FROM whole
USER root
RUN {script}
USER dynamo
"""


def test_every_check_is_shown(engine: Bench, first: First) -> None:
    said = engine("verify")
    assert (said.status, said.out) == (0, ""), said.err
    for check in first.said.data["checks"]["checks"]:
        assert check["component"] in said.err
        assert " ".join(check["check"].split())[:16] in " ".join(said.err.split())
    table = said.err[said.err.rindex("result  seconds") :]
    assert table.count("  ok ") == first.said.data["checks"]["total"]
    assert "FAILED" not in table


@pytest.mark.parametrize("how", BREAKAGES)
def test_a_broken_image_names_its_component(engine: Bench, first: First, how: str) -> None:
    if engine.engine == "buildah":
        image = broken_by_buildah(engine, BREAKAGES[how])
    else:
        where = first.said.data["image"]["where"].removeprefix("oci:")
        image = broken_by_buildkit(engine, BREAKAGES[how], Path(where.rpartition(":")[0]))
    said = engine("verify", image, "--json", "--framework", "none", "--device", "cpu")
    assert said.status == 1, said.err
    assert said.err.count("error: ") == 1
    assert said.err.count("\nhint: ") == 1
    assert "Traceback" not in said.err
    (error,) = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert "ucx" in error
    found = json.loads(said.out)
    assert not found["ok"]
    failed = {check["component"] for check in found["checks"] if not check["ok"]}
    assert "ucx" in failed
    assert "etcd" not in failed
    assert found["total"] == first.said.data["checks"]["total"]
    assert engine.leftovers() == []


def broken_by_buildah(engine: Bench, script: str) -> str:
    """A copy of the image, changed in a container of buildah; its name."""
    name = "localhost/dockwright/broken:1"
    container = engine.raw("buildah", "from", "--pull-never", "dockwright/quickstart").strip()
    engine.raw("buildah", "run", "--user", "root", container, "--", "sh", "-c", script)
    engine.raw("buildah", "commit", "--rm", container, name)
    return name


def broken_by_buildkit(engine: Bench, script: str, layout: Path) -> str:
    """A copy of the image, changed by a Dockerfile on top of its layout; where it is."""
    tag = json.loads((layout / "index.json").read_text())["manifests"][0]["annotations"][
        "org.opencontainers.image.ref.name"
    ]
    folder = engine.folder / "broken"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "Dockerfile").write_text(TINY.format(script=script))
    target = folder / "layout"
    output = f"type=oci,tar=false,dest={target}"
    context = f"whole=oci-layout://{layout}:{tag}"
    options = ("--provenance=false", "--build-context", context, "--output", output)
    engine.raw("buildx", "build", *options, "--tag", "broken:1", str(folder))
    return f"oci:{target}:1"
