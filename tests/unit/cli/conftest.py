"""The command line inside this process: as people call it, without starting Python again."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dockwright.cli.entry import run
from dockwright.model.values import Arch
from dockwright.planning.build import plan_image
from dockwright.planning.pin import Pinning
from tests.builders import params
from tests.fakes import Fakes, fakes
from tests.world import World, world

if TYPE_CHECKING:
    from tests.conftest import Directories


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One invocation: exit status, data, words."""

    status: int
    out: str
    err: str

    def refused(self, status: int = 2) -> str:
        """The error's text, once it was shown as promised: one error, one hint, nothing else."""
        assert self.status == status, self.err
        assert self.out == ""
        assert len(re.findall(r"^error: ", self.err, re.MULTILINE)) == 1, self.err
        assert len(re.findall(r"^hint: \S", self.err, re.MULTILINE)) == 1, self.err
        assert "Traceback" not in self.err
        return self.err


Call = Callable[..., Said]
# The stages of UCX need no package of an index that has to be resolved.
WORDS = ("--framework", "vllm", "--target", "wheel_builder", "--platform", "linux/amd64")


@pytest.fixture
def here(
    tmp_path: Path, directories: Directories, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """An empty working directory and home of a person without engines, proxies or certificates."""
    assert directories.cache.is_dir()
    work = tmp_path / "work"
    for folder in (work, tmp_path / "home", tmp_path / "empty"):
        folder.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("COLUMNS", "100")
    before = signal.getsignal(signal.SIGTERM)
    yield work
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def call(here: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run `dockwright WORDS` and catch what it prints."""
    assert here.is_dir()

    def said(*words: str) -> Said:
        capsys.readouterr()
        status = run(list(words))
        out, err = capsys.readouterr()
        return Said(status=status, out=out, err=err)

    return said


@pytest.fixture
def engines(here: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """Pretended buildah and BuildKit on PATH; the interpreter of `bootstrap` pretends, too."""
    made = fakes(here.parent / "bin", "buildah", "crun", "buildx", "docker")
    monkeypatch.setenv("PATH", str(made.folder))
    # They pull nothing, so nothing has to be there.
    monkeypatch.setenv("DOCKWRIGHT_PREFLIGHT", "false")
    monkeypatch.setattr("sys.executable", str(made.python))
    return made


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, here: Path) -> Iterator[World]:
    """A server that has everything which the cell wants, and git to ask it."""
    values = params({"FRAMEWORK": "vllm", "DEVICE": "cuda", "TARGET": "wheel_builder"})
    with world() as made:
        made.fill(plan_image(values, Arch.AMD64, pinning=Pinning.OPEN).inputs)
        monkeypatch.setenv("UV_DEFAULT_INDEX", made.index)
        monkeypatch.setenv("DOCKWRIGHT_SOURCE_MIRROR", ",".join(made.mirrors))
        git = shutil.which("git", path="/usr/local/bin:/usr/bin:/bin")
        assert git
        (here.parent / "empty" / "git").symlink_to(git)
        yield made


@pytest.fixture
def ready(there: World, engines: Fakes, monkeypatch: pytest.MonkeyPatch) -> World:
    """The server, and an engine that only pretends."""
    git = shutil.which("git", path="/usr/local/bin:/usr/bin:/bin")
    assert git
    (engines.folder / "git").symlink_to(git)
    monkeypatch.delenv("DOCKWRIGHT_PREFLIGHT")
    return there
