"""A module that a person cannot hold in mind at once is two modules."""

from __future__ import annotations

from tests.tree import ROOT, files

LIMIT = 400
FOLDERS = {"src", "tests", "scripts", "benchmarks"}


def test_modules_stay_below_the_limit() -> None:
    modules = [path for path in files() if path.suffix == ".py" and path.parts[0] in FOLDERS]
    lines = {str(path): len((ROOT / path).read_text().splitlines()) for path in modules}
    assert lines
    assert {path: count for path, count in lines.items() if count >= LIMIT} == {}
