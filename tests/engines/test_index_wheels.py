"""NIXL's and KVBM's wheels out of the index, on real engines: got, installed, loaded.

The recipes and their checks are the catalog's. No image with CUDA can be built here, so they stand
on the quickstart's base: what is missing is torch and a GPU's driver, and the native modules load
without either. NIXL's package itself does not: its first lines import torch, whose wheels for amd64
in the index come with gigabytes of CUDA.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dockwright.catalog.parameters.axes import ARCH
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.registry import components
from dockwright.catalog.stack import VENV
from dockwright.catalog.steps import install
from dockwright.model.check import Check
from dockwright.model.plan import Copy, Plan, Run, Stage, Tag
from dockwright.model.recipe import Context
from dockwright.model.values import Device, Family, Framework
from dockwright.planning import names
from dockwright.planning.bases import base_image
from dockwright.planning.parts import parts
from dockwright.planning.targets.base import base_stage
from dockwright.planning.targets.verify import verify_stage
from tests.builders import params
from tests.engines.bench import Bench
from tests.engines.built import build, plan_of

pytestmark = pytest.mark.engine
WHEELS = ("kvbm", "nixl_wheel")

# The smallest release for Python 3.11 whose libraries are all in the index.
TORCH = """
export PIP_INDEX_URL=${PIP_INDEX_URL:-${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}}
[[ -n $PIP_INDEX_URL ]] || unset PIP_INDEX_URL
pip=(/usr/share/python-wheels/pip-*.whl)
python3 "${pip[0]}/pip" install --quiet --disable-pip-version-check --no-cache-dir \\
    --only-binary :all: --target "$SITE" 'numpy<2' pydantic torch==1.13.1
"""


def plan(*, torch: bool = False) -> Plan:
    values = params({"KVBM_PROVIDER": "wheel", "NIXL_WHEEL_PROVIDER": "wheel"})
    image, system = base_image(values, values[ARCH], {})
    context = Context(
        framework=Framework.NONE,
        device=Device.CUDA,
        cuda="12.9",
        arch=values[ARCH],
        os=system,
        provider="",
        has=frozenset(),
        params=values,
    )
    made = parts(WHEELS, components(), context, {})
    version = values[PYTHON_VERSION]
    folders = [path for component, _ in made.chosen for path in component.outputs]
    site = f"{VENV}/lib/python{version}/site-packages"
    unpack = (
        f'python{version} -m venv --without-pip "{VENV}"\n'
        f"for wheel in {' '.join(f'{folder}/*.whl' for folder in folders)}; do\n"
        f'    python{version} -m zipfile -e "$wheel" "{site}"\n'
        "done\n"
    )
    runtime = Stage(
        name="runtime",
        base=names.BASE,
        summary="an environment with the wheels and nothing else",
        steps=(
            *(
                Copy(stage=component.name, source=path, target=path)
                for component, _ in made.chosen
                for path in component.outputs
            ),
            Run(title="install the wheels", script=unpack),
            *(_torch(site, system.family) if torch else ()),
        ),
    )
    checks = tuple(check for component, seen in made.chosen for check in component.checks(seen))
    if torch:
        args = {
            "python": f"{VENV}/bin/python",
            "modules": ["torch", "nixl", "kvbm"],
            "timeout": 300,
        }
        checks += (Check(component="kvbm", name="packages import", kind="imports", args=args),)
    base = base_stage("base-image", system, version, Device.CUDA)
    return plan_of(
        (base, *made.stages, runtime, verify_stage("runtime", checks)),
        Copy(stage=names.VERIFY, source=names.REPORT, target="/report.json"),
        {"base-image": image},
        values[ARCH].platform,
    )


def _torch(site: str, family: Family) -> tuple[Run, ...]:
    tags = (Tag.NETWORK, Tag.PYTHON)
    return (
        *install(("python3-pip-whl",), family, title="install pip"),
        Run(title="torch, which an engine brings", script=TORCH, env={"SITE": site}, tags=tags),
    )


def test_the_wheels_of_the_index_load_without_a_gpu(
    engine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert proven(plan(), engine, tmp_path, monkeypatch) == {
        "the wheel is there": True,
        "kvbm._core loads": True,
        "the wheels are there": True,
        "nixl_cu12._bindings loads": True,
    }


@pytest.mark.heavy
def test_the_packages_import_with_torch_and_without_a_gpu(
    engine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """About 4 GB on disk."""
    found = proven(plan(torch=True), engine, tmp_path, monkeypatch)
    assert found["packages import"]


def proven(
    planned: Plan, engine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, bool]:
    """Build the plan; check → whether it passed."""
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    built = build(planned, engine, tmp_path)
    report = json.loads((built.folder / "report.json").read_text())
    return {check["check"]: check["ok"] for check in report["checks"]}
