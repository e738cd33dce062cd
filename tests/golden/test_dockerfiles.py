"""The rendered text of whole images, to be read in reviews: what a change does to what is built.

After an intended change: `pytest tests/golden --snapshot-update`, then look at the difference. The
files lie in `tests/golden/files`, one for each cell and dialect.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dockwright.rendering.dialect import BUILDAH, BUILDKIT
from dockwright.rendering.dockerfile import render
from tests.builders import planned

FILES = Path(__file__).with_name("files")
DIALECTS = {dialect.name: dialect for dialect in (BUILDKIT, BUILDAH)}
CELLS = {
    f"none-cpu-{arch}-{suite}": {
        "FRAMEWORK": "none",
        "DEVICE": "cpu",
        "PLATFORM": f"linux/{arch}",
        "BASE_IMAGE": f"bootstrap:debian/{suite}",
    }
    for arch in ("amd64", "arm64")
    for suite in ("bookworm", "trixie")
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("cell", CELLS)
def test_dockerfile(cell: str, dialect: str, pytestconfig: pytest.Config) -> None:
    text = render(planned(CELLS[cell]).plan, DIALECTS[dialect]).text
    path = FILES / f"{cell}-{dialect}.Dockerfile"
    if pytestconfig.getoption("update_snapshots", default=False):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    expected = path.read_bytes().decode() if path.exists() else ""
    assert text == expected, "intended? then: pytest tests/golden --snapshot-update"


def test_no_file_is_left_of_a_cell_that_is_gone() -> None:
    expected = {f"{cell}-{dialect}.Dockerfile" for cell in CELLS for dialect in DIALECTS}
    assert {path.name for path in FILES.iterdir()} == expected
