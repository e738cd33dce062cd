"""A BuildKit of our own, for tests and for machines without docker.

    python -m tests.engines.buildkitd -- dockwright build --engine buildkit …

starts the pinned buildkitd (see install.sh) as root, gives COMMAND an environment in which
`buildx` is on PATH and selects this daemon, and stops the daemon when COMMAND ends. `--root DIR`
keeps the build cache in DIR for the next run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

HERE = Path(__file__).resolve().parent
BUILDER = "dockwright-tests"
SYSTEM_PATHS = ("/usr/sbin", "/sbin")  # where distributions put runc; not on everyone's PATH


@dataclass(frozen=True, kw_only=True, slots=True)
class Daemon:
    """A running buildkitd.

    `env` is what a process needs in addition to its own environment to build on this daemon.
    `binaries` holds buildkitd, buildctl and buildx; `root` the build cache.
    """

    pid: int
    buildx: Path
    builder: str
    address: str
    env: dict[str, str]
    binaries: Path
    root: Path
    log: Path


def install() -> Path:
    """Return the directory of the pinned binaries; the first call builds them (minutes)."""
    done = subprocess.run([str(HERE / "install.sh")], stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


@contextmanager
def running(*, root: Path | None = None, timeout: float = 60) -> Iterator[Daemon]:
    """Start buildkitd and stop it at the end, whatever happens in between.

    With `root` the build cache stays there for the next start (one daemon at a time may use it);
    without, it is temporary.
    """
    if os.geteuid() != 0:
        raise PermissionError("buildkitd needs root here (rootless mode is not set up)")
    binaries = install()
    # A short path: the name of a unix socket may have 107 bytes.
    scratch = Path(tempfile.mkdtemp(prefix="dockwright-buildkitd-")).resolve()
    cache = (root or scratch / "root").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    (scratch / "tmp").mkdir()
    address = f"unix://{scratch}/buildkitd.sock"
    env = {
        "PATH": os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath), *SYSTEM_PATHS]),
        "BUILDX_CONFIG": str(scratch / "buildx"),
        "BUILDX_BUILDER": BUILDER,
    }
    log = scratch / "buildkitd.log"
    process: subprocess.Popen[bytes] | None = None
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                _argv(binaries, cache, address, scratch, env["PATH"]),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # BuildKit mounts snapshots below its temporary directory: they must be found later.
                env=os.environ | env | {"TMPDIR": str(scratch / "tmp")},
                # Ctrl-C at the terminal is for the command; the daemon is stopped after it.
                start_new_session=True,
            )
        _wait(process, binaries, address, log, timeout)
        subprocess.run(
            [str(binaries / "buildx"), "create", "--name", BUILDER, "--driver", "remote", address],
            env=os.environ | env,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        yield Daemon(
            pid=process.pid,
            buildx=binaries / "buildx",
            builder=BUILDER,
            address=address,
            env=env,
            binaries=binaries,
            root=cache,
            log=log,
        )
    finally:
        if process is not None:
            _stop(process)
        for mount in _mounts_below(cache, scratch):
            subprocess.run(["umount", "--lazy", str(mount)], check=False)
        if not _mounts_below(scratch):  # never delete through a mount
            shutil.rmtree(scratch, ignore_errors=True)


def _argv(binaries: Path, root: Path, address: str, scratch: Path, path: str) -> list[str]:
    """Command line of buildkitd: nothing of the host's configuration, its network for RUN steps."""
    empty = scratch / "buildkitd.toml"
    empty.touch()  # otherwise /etc/buildkit/buildkitd.toml is read
    runtime = next((name for name in ("runc", "crun") if shutil.which(name, path=path)), "runc")
    argv = [
        str(binaries / "buildkitd"),
        f"--config={empty}",
        f"--root={root}",
        f"--addr={address}",
        f"--otel-socket-path={scratch}/otel.sock",
        "--containerd-worker=false",
        "--oci-worker=true",
        f"--oci-worker-binary={runtime}",
        # No bridge and no CNI plugins are needed; RUN --network=none still has no network.
        "--oci-worker-net=host",
    ]
    # The daemon must not survive a test run that was killed.
    guard = shutil.which("setpriv")
    return [guard, "--pdeathsig=TERM", *argv] if guard else argv


def _wait(
    process: subprocess.Popen[bytes], binaries: Path, address: str, log: Path, timeout: float
) -> None:
    """Return when the daemon answers; raise with the end of its log when it does not."""
    deadline = time.monotonic() + timeout
    argv = [str(binaries / "buildctl"), "--addr", address, "--timeout=2", "debug", "workers"]
    while process.poll() is None and time.monotonic() < deadline:
        if subprocess.run(argv, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"buildkitd does not answer:\n{log.read_text(errors='replace')[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the daemon by its own process id: politely, then not."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _mounts_below(*roots: Path) -> list[Path]:
    """Mounts that a killed daemon left in its directories, innermost first."""
    points = [
        Path(line.split(" ")[4].replace("\\040", " "))
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    ]
    return [point for point in reversed(points) if any(map(point.is_relative_to, roots))]


def _exit(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main() -> int:
    """Run one command with the daemon up; its exit code is ours."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.engines.buildkitd", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--root", type=Path, help="keep the build cache in this directory")
    parser.add_argument("command", nargs="+", help="what to run, after `--`")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _exit)  # so that the daemon is stopped on the way out
    with running(root=options.root) as daemon:
        command = subprocess.Popen(options.command, env=os.environ | daemon.env)
        while True:
            try:
                return command.wait()
            except KeyboardInterrupt:
                continue  # the terminal sent it to the command too: it decides when to end
            except SystemExit:
                command.terminate()
                command.wait()
                raise


if __name__ == "__main__":
    sys.exit(main())
