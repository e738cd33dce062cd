"""One real engine with everything of its own: storage, cache, state. The person's is not touched.

A `Bench` runs the command line as a process, as people do, and reads what it left.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.engines.buildkitd import Daemon, running
from tests.tree import ROOT

STANDARD = ("--config", str(ROOT / "examples" / "quickstart.toml"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One run of dockwright: exit status, data, words, seconds."""

    status: int
    out: str
    err: str
    seconds: float

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    def explained(self, status: int) -> str:
        """The words of a failure: one error, one hint, no traceback."""
        assert self.status == status, self.err
        lines = self.err.splitlines()
        assert len([line for line in lines if line.startswith("error: ")]) == 1, self.err
        assert len([line for line in lines if line.startswith("hint: ")]) == 1, self.err
        assert "Traceback" not in self.err
        return self.err


@dataclass(kw_only=True)
class Bench:
    """An engine by name, and the environment in which dockwright finds it and nothing else."""

    engine: str
    folder: Path
    env: dict[str, str]
    stack: ExitStack
    daemon: Daemon | None = None
    results: dict[str, Said] = field(default_factory=dict)

    @property
    def cache(self) -> Path:
        return Path(self.env["XDG_CACHE_HOME"]) / "dockwright"

    @property
    def state(self) -> Path:
        return Path(self.env["XDG_STATE_HOME"]) / "dockwright"

    @property
    def storage(self) -> Path:
        """Everything that the engine keeps."""
        return self.folder / "storage"

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start dockwright in a process group of its own; the caller ends it."""
        if words[0] not in {"verify", "doctor"}:
            words = (*words, *STANDARD)
        if words[0] != "doctor":
            words = (*words, "--engine", self.engine)
        return subprocess.Popen(
            [sys.executable, "-m", "dockwright", *words],
            env=self.env | dict(env or {}),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen[str], *, timeout: float = 900) -> Said:
        """Wait for dockwright and return what it said."""
        began = time.monotonic()
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return Said(status=process.returncode, out=out, err=err, seconds=time.monotonic() - began)

    def __call__(self, *words: str, env: Mapping[str, str] | None = None) -> Said:
        return self.end(self.start(*words, env=env))

    def build(self, *words: str, env: Mapping[str, str] | None = None) -> Said:
        """A build that must succeed."""
        said = self("build", "--json", *words, env=env)
        assert said.status == 0, said.err
        return said

    def plan(self, *words: str) -> dict[str, Any]:
        """The plan as data."""
        said = self("plan", "--format", "json", *words)
        assert said.status == 0, said.err
        return said.data

    def raw(self, *argv: str) -> str:
        """Ask the engine itself."""
        done = subprocess.run(
            argv, env=self.env, check=True, capture_output=True, text=True, timeout=300
        )
        return done.stdout

    def runs(self) -> list[Path]:
        """The run directories, oldest first."""
        folder = self.state / "runs"
        return sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)

    def leftovers(self) -> list[str]:
        """Processes and working containers that a run should not have left."""
        found = processes(str(self.cache))
        if self.engine == "buildah":
            found += self.raw("buildah", "containers", "--quiet", "--notruncate").split()
        return found

    def restart(self) -> None:
        """Start a killed daemon again, with the cache that it had."""
        if self.engine == "buildkit":
            self.stack.close()
            self.daemon = self.stack.enter_context(running(root=self.storage))
            self.env |= self.daemon.env


@contextmanager
def bench(engine: str, folder: Path, bases: Path | None = None) -> Iterator[Bench]:
    """Set up an engine below a folder. `bases` are base images that were made before."""
    folder.mkdir(exist_ok=True)
    cache, state, storage = folder / "cache", folder / "state", folder / "storage"
    (cache / "dockwright").mkdir(parents=True)
    if bases:
        (cache / "dockwright" / "bases").symlink_to(bases)
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "XDG_CACHE_HOME": str(cache),
        "XDG_STATE_HOME": str(state),
        "NO_COLOR": "1",
        # An image must not land in the docker of whoever runs the tests.
        "DOCKER_HOST": f"unix://{folder}/no-docker",
    }
    with ExitStack() as stack:
        made = Bench(engine=engine, folder=folder, env=env, stack=stack)
        if engine == "buildkit":
            made.restart()
            yield made
            return
        storage.mkdir(exist_ok=True)
        configuration = folder / "storage.conf"
        configuration.write_text(
            '[storage]\ndriver = "overlay"\n'
            f'graphroot = "{storage}/root"\nrunroot = "{storage}/run"\n'
        )
        env["CONTAINERS_STORAGE_CONF"] = str(configuration)
        try:
            yield made
        finally:
            for words in (("rm", "--all"), ("rmi", "--all", "--force")):
                with suppress(FileNotFoundError):
                    subprocess.run(["buildah", *words], env=env, check=False, capture_output=True)


def processes(*mentions: str) -> list[str]:
    """Command lines of running processes that mention any of these texts."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if any(text in line for text in mentions):
            found.append(line)
    return found


def wait_for(process: subprocess.Popen[str], where: Bench, stage: str) -> Path:
    """Wait until a running dockwright executes the script of a component; its run directory."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for run in where.runs() if (where.state / "runs").exists() else []:
            if run.name.endswith(f"-{process.pid}") and any(
                event["event"] == "step_started" and event["name"].startswith(f"{stage}: ")
                for event in events(run)
            ):
                return run
        if process.poll() is not None:
            out, err = process.communicate()
            raise AssertionError(f"dockwright ended before it ran {stage}: {out}{err}")
        time.sleep(0.1)
    raise AssertionError(f"{stage} did not start")


def events(run: Path) -> list[dict[str, Any]]:
    """The events of a run, as far as they are written."""
    path = run / "events.jsonl"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def ends(said: Said) -> dict[str, str]:
    """What became of each stage: built, cached, waiting."""
    return {stage["name"]: stage["state"] for stage in said.data["stages"]}
