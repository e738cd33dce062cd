"""What every test may rely on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# CI must fail for what was submitted and not by chance; people's machines go on searching.
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


@dataclass(frozen=True, kw_only=True, slots=True)
class Directories:
    """The directories of a user who has never run dockwright."""

    cache: Path
    config: Path
    state: Path


@pytest.fixture
def directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Directories:
    """Give the test, and processes that it starts, empty user directories of their own."""
    made = Directories(
        cache=tmp_path / "cache", config=tmp_path / "config", state=tmp_path / "state"
    )
    for variable, path in (
        ("XDG_CACHE_HOME", made.cache),
        ("XDG_CONFIG_HOME", made.config),
        ("XDG_STATE_HOME", made.state),
    ):
        path.mkdir()
        monkeypatch.setenv(variable, str(path))
    return made


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_person() -> Iterator[None]:
    """Take `DOCKWRIGHT_*` variables of whoever runs the tests out of their way."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith("DOCKWRIGHT_")]:
            patch.delenv(variable)
        yield
