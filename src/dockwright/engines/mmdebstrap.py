"""mmdebstrap as a process: its argv, its life and death, and what its complaints mean."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import IO, cast

import msgspec

from dockwright.engines.bootstrap_spec import BootstrapSpec
from dockwright.errors import DockwrightError, EngineError, UserError

_CHUNK = 1 << 20
_CREDENTIALS = re.compile(r"(://)[^/@\s]+@")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

_PIN = "Package: usrmerge\nPin: version *\nPin-Priority: -1\n"  # see bootstrap_setup.sh
_SHORTEST_NEEDLE = 8  # shorter values would be found by chance
_INSTALL_HINT = "install it: apt-get install mmdebstrap"

FAILED = "the base image cannot be made"
LOG = "its whole output is in the log of the stage 'base-image'"

# What mmdebstrap, apt and dpkg print, and what it means for a person. The first match wins.
_MEANINGS: tuple[tuple[str, type[DockwrightError], str, str], ...] = (
    (
        r"no space left on device|not enough free space|write error",
        EngineError,
        "no space left on the disk",
        (
            "a base image needs about 1 GB while it is made, in the cache directory (as a user "
            "without root also in TMPDIR)"
        ),
    ),
    (
        r"unable to locate package (?P<what>\S+)",
        UserError,
        "the archive has no package '{what}'",
        "check its name for this suite",
    ),
    (
        r"no_pubkey|is not signed|public key is not available|signatures couldn't be verified",
        EngineError,
        "the archive's signature cannot be checked on this host",
        "install the distribution's keyring: debian-archive-keyring or ubuntu-keyring",
    ),
    (
        (
            r"could not resolve|couldn't resolve|temporary failure resolving|could not connect"
            r"|unable to connect|cannot initiate the connection|network is unreachable"
            r"|connection (?:timed out|refused|failed)|certificate verification failed"
            r"|failed to fetch|does not have a release file"
        ),
        EngineError,
        "the package archive cannot be reached",
        "check the network; behind a proxy set http_proxy, or configure a mirror",
    ),
    (
        (
            r"newuidmap|newgidmap|/etc/subuid|/etc/subgid|unshare\(\) failed|must be root"
            r"|operation not permitted|unprivileged_userns"
        ),
        EngineError,
        "this user may not make a root file system",
        "run as root, or give the user a range in /etc/subuid and /etc/subgid and install uidmap",
    ),
    (
        r"cannot be executed|binfmt|qemu-\S+ (?:is missing|not found)|unsupported architecture",
        EngineError,
        "this host cannot run programs of that architecture",
        "install qemu-user-static and binfmt-support, or build on such a host",
    ),
)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What passed through a run's standard output."""

    digest: str
    size: int
    leaked: tuple[str, ...] = ()


class Needle(msgspec.Struct, frozen=True, kw_only=True):
    """A value that must not be in the image, and what to call it instead of showing it."""

    name: str
    value: bytes


def redact(line: str) -> str:
    """A line without the credentials of URLs."""
    return _CREDENTIALS.sub(r"\1***@", line)


def find(env: Mapping[str, str]) -> str:
    """The path of mmdebstrap."""
    found = shutil.which("mmdebstrap", path=_path(env))
    if not found:
        raise EngineError("mmdebstrap is not installed", hint=_INSTALL_HINT)
    return found


def version(program: str, env: Mapping[str, str]) -> str:
    """What it says of itself, like `1.3.5`."""
    try:
        done = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            env={"PATH": _path(env)},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"{program} does not run: {error}", hint=_INSTALL_HINT) from None
    return done.stdout.strip().removeprefix("mmdebstrap ")


def write_pin(spec: BootstrapSpec, directory: Path) -> Path | None:
    """Preferences for a simulation, which runs no setup script."""
    if spec.suite != "bookworm":
        return None
    directory.mkdir(exist_ok=True)
    (directory / "dockwright").write_text(_PIN)
    return directory


def arguments(
    spec: BootstrapSpec, program: str, *, root: bool, simulate: bool, pin: Path | None = None
) -> tuple[str, ...]:
    """The argv: a tar on standard output, or with `simulate` only the list of packages."""
    options = [
        f"--mode={'root' if root else 'unshare'}",
        f"--variant={spec.variant}",
        f"--architectures={spec.architecture}",
        f"--components={','.join(spec.components)}",
        "--format=tar",
    ]
    if spec.packages:
        options.append(f"--include={','.join(spec.packages)}")
    if simulate:
        # Nothing is executed, so no emulator is needed for another architecture.
        options += ["--simulate", "--verbose", "--skip=check/qemu"]
        if pin:
            options.append(f'--aptopt=Dir::Etc::PreferencesParts "{pin}"')
    else:
        # Translations are of no use in an image, and their index makes each update slower.
        options.append('--aptopt=Acquire::Languages "none"')
        # The scripts travel in the environment: a path might not be readable in a user namespace.
        options.append('--setup-hook=eval "$DOCKWRIGHT_SETUP"')
        options.append('--extract-hook=eval "$DOCKWRIGHT_EXTRACT"')
        options.append('--customize-hook=eval "$DOCKWRIGHT_FINISH"')
    return (program, *options, spec.suite, "-")


def environment(
    spec: BootstrapSpec,
    env: Mapping[str, str],
    *,
    temporary: Path | None,
    mirror: str,
    security_mirror: str,
) -> dict[str, str]:
    """All that mmdebstrap may know of this host: the search path and the proxies."""
    here = {name: value for name, value in env.items() if name.lower() in _PROXIES}
    package = resources.files("dockwright.engines")
    return here | {
        "PATH": _path(env),
        "HOME": "/nonexistent",
        "SOURCE_DATE_EPOCH": str(spec.epoch),
        "DOCKWRIGHT_SETUP": (package / "bootstrap_setup.sh").read_text(),
        "DOCKWRIGHT_EXTRACT": (package / "bootstrap_extract.sh").read_text(),
        "DOCKWRIGHT_FINISH": (package / "bootstrap_finish.sh").read_text(),
        "DOCKWRIGHT_SUITE": spec.suite,
        "DOCKWRIGHT_ARCHITECTURE": spec.architecture,
        "DOCKWRIGHT_PIN": _PIN,
        "DOCKWRIGHT_KEYRING": f"{spec.distribution}-archive-keyring.gpg",
        "DOCKWRIGHT_MIRROR": mirror,
        "DOCKWRIGHT_SECURITY_MIRROR": security_mirror,
        "TMPDIR": str(temporary) if temporary else env.get("TMPDIR", "/tmp"),  # noqa: S108
    }


def needles(
    env: Mapping[str, str], *, temporary: Path, mirror: str, security_mirror: str
) -> tuple[Needle, ...]:
    """What to look for in every byte of the image."""
    values = [("the path of the work directory", str(temporary))]
    values += [
        (f"the value of {name}", value)
        for name, value in env.items()
        if name.lower() in _PROXIES and name.lower() != "no_proxy"
    ]
    for url in (mirror, security_mirror):
        values.append(("the URL of the mirror", url))
        if credentials := re.match(r"[a-z+]+://([^/@]+)@", url):
            user, _, password = credentials[1].partition(":")
            values.append(("the credentials of the mirror", password or user))
    return tuple(Needle(name=n, value=v.encode()) for n, v in values if len(v) >= _SHORTEST_NEEDLE)


def run(
    argv: tuple[str, ...],
    *,
    env: dict[str, str],
    out: Path | None,
    forbidden: tuple[Needle, ...] = (),
    on_line: Callable[[str], None],
    on_bytes: Callable[[int], None] = lambda _count: None,
    lock: int,
) -> Outcome:
    """Run to the end: standard output goes to `out` and is hashed and searched on its way.

    Whatever ends this function ends mmdebstrap. It keeps the `lock` open, so that even one that
    outlives a killed dockwright holds the lock until it is gone.
    """
    tail: list[str] = []

    def note(line: str) -> None:
        tail.append(line)
        on_line(line)

    try:
        process = subprocess.Popen(
            (*_cage(env), *argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            pass_fds=(lock,),
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        raise EngineError(f"{argv[0]} does not run: {error}", hint=_INSTALL_HINT) from None
    stdout, stderr = cast("IO[bytes]", process.stdout), cast("IO[bytes]", process.stderr)
    failures: list[BaseException] = []
    reader = threading.Thread(target=_read_lines, args=(stderr, note, failures), daemon=True)
    reader.start()
    try:
        if out is None:
            _read_lines(stdout, note, failures)
            outcome = Outcome(digest="", size=0)
        else:
            outcome = _drain(stdout, out, forbidden, on_bytes)
        exit_code = process.wait()
    except OSError as error:
        raise EngineError(
            f"the base image cannot be written: {error.strerror}",
            hint="free some space, or choose another cache directory",
        ) from error
    finally:
        _end(process)
        reader.join(timeout=5)
        stdout.close()
        if not reader.is_alive():
            stderr.close()
    if failures:
        raise failures[0]
    if exit_code != 0:
        raise explain(tuple(tail), exit_code)
    return outcome


def explain(lines: tuple[str, ...], exit_code: int) -> DockwrightError:
    """What a failed run's output means."""
    text = "\n".join(lines)
    errors = [line for line in lines if re.match(r"(?:E|Err|dpkg):", line)] or list(lines)
    for pattern, kind, message, hint in _MEANINGS:
        if match := re.search(pattern, text, re.IGNORECASE):
            what = message.format(**match.groupdict())
            return kind(f"{FAILED}: {what}", hint=hint)
    last = errors[-1] if errors else "it printed nothing"
    return EngineError(
        f"mmdebstrap failed with exit code {exit_code}: {last}",
        hint=LOG,
    )


def remove_tree(path: Path, *, root: bool, program: str, env: Mapping[str, str]) -> None:
    """Delete what a killed run left, and never what is mounted in it."""
    mounts = Path("/proc/self/mountinfo")
    if mounts.exists():
        inside = [
            point
            for line in mounts.read_text().splitlines()
            if (point := line.split(" ")[4]).startswith(f"{path}/")
        ]
        for point in sorted(inside, reverse=True):
            subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)
        if any(f" {path}/" in line for line in mounts.read_text().splitlines()):
            raise EngineError(
                f"{path} has file systems mounted in it", hint="unmount them, then delete it"
            )
    shutil.rmtree(path, ignore_errors=True)
    if path.exists() and not root:
        # Its files belong to the subordinate users of this one.
        subprocess.run(
            [program, "--unshare-helper", "rm", "-rf", str(path)],
            check=False,
            capture_output=True,
            env={"PATH": _path(env)},
        )


def _path(env: Mapping[str, str]) -> str:
    # A plain user's search path often lacks the directories of chroot and ldconfig.
    return f"{env.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin".lstrip(":")


def _cage(env: Mapping[str, str]) -> tuple[str, ...]:
    """A prefix that ends the whole process tree, and its mounts, with this process.

    As root mmdebstrap mounts /proc, /sys and devices: in a mount namespace of their own they vanish
    with it, however it dies.
    """
    cage: tuple[str, ...] = ()
    path = env["PATH"]
    if shutil.which("setpriv", path=path):
        cage = ("setpriv", "--pdeathsig", "KILL")
    if os.geteuid() == 0 and shutil.which("unshare", path=path):
        unshare = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        # A container without the right to unshare has no right to mount either.
        if subprocess.run((*unshare, "true"), check=False, capture_output=True).returncode == 0:
            cage += unshare
    return cage


def _read_lines(
    stream: IO[bytes], note: Callable[[str], None], failures: list[BaseException]
) -> None:
    """Pass each line on. A listener that fails must not block the process: the rest is dropped."""
    for raw in stream:
        line = redact(raw.decode(errors="replace").rstrip())
        if line and not failures:
            try:
                note(line)
            except BaseException as error:  # noqa: BLE001 - raised again by `run`
                failures.append(error)


def _drain(
    stream: IO[bytes], out: Path, forbidden: tuple[Needle, ...], on_bytes: Callable[[int], None]
) -> Outcome:
    hasher = hashlib.sha256()
    overlap = max((len(needle.value) for needle in forbidden), default=1) - 1
    carried, size = b"", 0
    leaked: set[str] = set()
    with out.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            hasher.update(chunk)
            file.write(chunk)
            size += len(chunk)
            window = carried + chunk
            leaked.update(needle.name for needle in forbidden if needle.value in window)
            carried = window[-overlap:] if overlap else b""
            on_bytes(size)
        file.flush()
        os.fsync(file.fileno())
    return Outcome(digest=f"sha256:{hasher.hexdigest()}", size=size, leaked=tuple(sorted(leaked)))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it clean up after itself when it can, but not for long."""
    for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 30.0)):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
