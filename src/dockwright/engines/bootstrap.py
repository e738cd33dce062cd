"""Base images that need no registry: a distribution from its own package archive, as OCI layout.

A base is made once by mmdebstrap and kept in the cache under the digest of its spec; the next call
uses it without network. `refresh` asks the archive whether the list of packages is still the same,
and only a different list replaces the base. Two runs that resolve the same packages make the same
bytes: times are clamped to the release of the suite, and what a run leaves (logs, lists, names of
the host) is removed.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import tarfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from dockwright.engines import mmdebstrap
from dockwright.engines.bootstrap_spec import BootstrapSpec, parse_packages, parse_simulation
from dockwright.engines.events import (
    Emit,
    Log,
    Progress,
    StageCached,
    StageFailed,
    StageFinished,
    StageStarted,
    StepStarted,
)
from dockwright.engines.objects import alone
from dockwright.engines.oci import Layout, read_layout, write_layout
from dockwright.errors import DockwrightError, EngineError, UserError

STAGE = "base-image"
REF = "base"
ANNOTATION = "dev.dockwright.bootstrap"

_PATH_IN_IMAGE = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The milestones that mmdebstrap announces, in their order.
_STEPS = (
    "running apt-get update",
    "downloading packages with apt",
    "extracting archives",
    "installing essential packages",
    "installing remaining packages inside the chroot",
    "cleaning package lists and apt cache",
    "creating tarball",
)
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100


class BaseRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`base.json`: how a base came to be. It is written last: with it, the base is whole."""

    spec: BootstrapSpec
    packages_digest: str
    manifest: str
    created: str
    mmdebstrap: str


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """A base image that is ready to be built on.

    `path` is its directory in the cache, `layout` its image, `packages` its `name=version:arch`
    lines, `fresh` whether this call made it.
    """

    path: Path
    layout: Layout
    packages: tuple[str, ...]
    record: BaseRecord
    fresh: bool


def bootstrap(
    spec: BootstrapSpec,
    *,
    cache_dir: Path,
    emit: Emit,
    env: Mapping[str, str],
    refresh: bool = False,
    mirror: str = "",
    security_mirror: str = "",
) -> Base:
    """Make or find the base image of `spec`; `refresh` looks for newer packages first.

    `mirror` and `security_mirror` (URLs) replace the archive while packages are fetched; neither
    changes the image or is stored in it.
    """
    for url in (mirror, security_mirror):
        if url and not re.fullmatch(r"(https?|file|copy)://[^\s\[\]]+", url):
            shown = mmdebstrap.redact(url)
            raise UserError(f"'{shown}' is not a mirror", hint="a mirror is one URL")
    bases = cache_dir.absolute() / "bases"
    started = time.time()
    if not refresh and (base := find(bases / spec.name)):
        emit(StageCached(time=time.time(), stage=STAGE))
        return base
    emit(StageStarted(time=started, stage=STAGE))
    try:
        base = _under_lock(
            bases,
            spec,
            emit=emit,
            env=env,
            refresh=refresh,
            mirrors=(mirror, security_mirror),
        )
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        failure = EngineError(
            f"the cache of base images cannot be used:{where} {error.strerror or error}",
            hint="free some space, or choose another cache directory",
        )
        _emit_failure(emit, started, str(failure))
        raise failure from error
    except BaseException as error:
        _emit_failure(emit, started, str(error) or type(error).__name__)
        raise
    now = time.time()
    if base.fresh:
        emit(StageFinished(time=now, stage=STAGE, seconds=now - started))
    else:
        emit(StageCached(time=now, stage=STAGE))
    return base


def _emit_failure(emit: Emit, started: float, message: str) -> None:
    now = time.time()
    emit(StageFailed(time=now, stage=STAGE, seconds=now - started, message=message))


def find(path: Path) -> Base | None:
    """The base in this directory, when it is whole."""
    try:
        record = msgspec.json.decode((path / "base.json").read_bytes(), type=BaseRecord)
        layout = read_layout(path / "layout", REF)
        text = (path / "packages.txt").read_text()
    except (OSError, msgspec.DecodeError, DockwrightError):
        return None
    if layout.digest != record.manifest or _digest(text) != record.packages_digest:
        return None
    packages = tuple(text.splitlines())
    return Base(path=path, layout=layout, packages=packages, record=record, fresh=False)


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _log(emit: Emit, line: str) -> None:
    emit(Log(time=time.time(), stage=STAGE, line=line))


def _under_lock(
    bases: Path,
    spec: BootstrapSpec,
    *,
    emit: Emit,
    env: Mapping[str, str],
    refresh: bool,
    mirrors: tuple[str, str],
) -> Base:
    program = mmdebstrap.find(env)
    root = os.geteuid() == 0
    bases.mkdir(parents=True, exist_ok=True)
    log = partial(_log, emit)
    with alone(bases / f".lock-{spec.name}", log, "makes this base image") as lock:
        for stale in bases.glob(f".work-{spec.name}-*"):
            log(f"removing what an interrupted run left: {stale.name}")
            mmdebstrap.remove_tree(stale, root=root, program=program, env=env)
        base = find(bases / spec.name)
        if base and not refresh:
            return base
        work = bases / f".work-{spec.name}-{os.getpid()}"
        # apt's own user must be able to look into it.
        work.mkdir(mode=0o755)
        try:
            maker = _Maker(
                spec=spec, program=program, work=work, env=dict(env), mirrors=mirrors, lock=lock
            )
            if base and _unchanged(maker, base, emit):
                return base
            made = _make(maker, emit)
            if base and made.packages == base.packages:
                log("the packages are the same as before; keeping the base image")
                return base
            _publish(made.path, bases / spec.name)
        finally:
            mmdebstrap.remove_tree(work, root=root, program=program, env=env)
        found = find(bases / spec.name)
        if not found:
            raise EngineError(
                f"the base image at {bases / spec.name} vanished while it was made",
                hint="does something clean the cache directory?",
            )
        return msgspec.structs.replace(found, fresh=True)


class _Maker(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of mmdebstrap needs to know."""

    spec: BootstrapSpec
    program: str
    work: Path
    env: dict[str, str]
    mirrors: tuple[str, str]
    lock: int


def _run(
    maker: _Maker, emit: Emit, *, out: Path | None
) -> tuple[mmdebstrap.Outcome, tuple[str, ...]]:
    root = os.geteuid() == 0
    temporary = maker.work / "root"
    temporary.mkdir(exist_ok=True)
    mirror, security_mirror = maker.mirrors
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        if line.startswith(("Inst ", "Conf ")):
            return
        _log(emit, line)
        words = line.removeprefix("I: ").removesuffix("...")
        if words in _STEPS:
            index = _STEPS.index(words) + 1
            now = time.time()
            emit(StepStarted(time=now, stage=STAGE, name=words, index=index, total=len(_STEPS)))

    def on_bytes(count: int) -> None:
        emit(Progress(time=time.time(), stage=STAGE, name="root file system", current=count))

    simulate = out is None
    pin = mmdebstrap.write_pin(maker.spec, maker.work / "pin") if simulate else None
    outcome = mmdebstrap.run(
        mmdebstrap.arguments(maker.spec, maker.program, root=root, simulate=simulate, pin=pin),
        env=mmdebstrap.environment(
            maker.spec,
            maker.env,
            # In a user namespace the cache directory may be out of reach.
            temporary=temporary if root else None,
            mirror=mirror,
            security_mirror=security_mirror,
        ),
        out=out,
        forbidden=mmdebstrap.needles(
            maker.env, temporary=temporary, mirror=mirror, security_mirror=security_mirror
        ),
        on_line=on_line,
        on_bytes=on_bytes,
        lock=maker.lock,
    )
    return outcome, tuple(lines)


def _unchanged(maker: _Maker, base: Base, emit: Emit) -> bool:
    """Would the archive give the same packages? Reads its lists only, no package."""
    if any(maker.mirrors):
        # A simulation runs no hooks, so it cannot use a mirror.
        return False
    _log(emit, "asking the archive for newer packages")
    _, lines = _run(maker, emit, out=None)
    now = set(parse_simulation(lines))
    for line in sorted(now ^ set(base.packages)):
        _log(emit, f"{'new' if line in now else 'old'}: {line}")
    return now == set(base.packages)


def _make(maker: _Maker, emit: Emit) -> Base:
    """A whole base in a directory that has not its final name yet."""
    spec, target = maker.spec, maker.work / "base"
    target.mkdir()
    tar = maker.work / "layer.tar"
    outcome, _ = _run(maker, emit, out=tar)
    packages = _inspect(tar, outcome)
    text = "".join(f"{line}\n" for line in packages)
    layout = write_layout(
        target / "layout",
        tar,
        architecture=spec.architecture,
        config_env=(_PATH_IN_IMAGE,),
        cmd=("bash",),
        ref=REF,
        annotations={
            f"{ANNOTATION}.spec": spec.canonical.decode(),
            f"{ANNOTATION}.packages": _digest(text),
        },
        created=datetime.fromtimestamp(spec.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        move=True,
        digest=outcome.digest,
    )
    record = BaseRecord(
        spec=spec,
        packages_digest=_digest(text),
        manifest=layout.digest,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        mmdebstrap=mmdebstrap.version(maker.program, maker.env),
    )
    (target / "packages.txt").write_text(text)
    (target / "base.json").write_bytes(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
    return Base(path=target, layout=layout, packages=packages, record=record, fresh=True)


def _inspect(tar: Path, outcome: mmdebstrap.Outcome) -> tuple[str, ...]:
    """The packages of a root file system, after a look for what must not be in it."""
    found = list(outcome.leaked)
    status = ""
    try:
        with tarfile.open(tar, "r:") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                if _is_trace(name, member):
                    found.append(f"/{name}")
                if name == "var/lib/dpkg/status" and (file := archive.extractfile(member)):
                    status = file.read().decode()
    except tarfile.TarError as error:
        raise EngineError(
            f"mmdebstrap wrote a broken archive: {error}", hint="is the disk full?"
        ) from None
    packages = parse_packages(status)
    if not packages:
        raise EngineError("mmdebstrap made a system without packages", hint="see its log")
    if found:
        raise EngineError(
            f"the base image would carry traces of this host: {', '.join(found)}",
            hint="nothing was stored; please report this",
        )
    return packages


def _is_trace(name: str, member: tarfile.TarInfo) -> bool:
    if name in (
        "etc/resolv.conf",
        "etc/hostname",
        "etc/apt/sources.list.dockwright",
        "etc/apt/preferences.d/dockwright",
    ):
        return True
    if not member.isfile():
        return False
    if name in ("etc/machine-id", "var/lib/dbus/machine-id"):
        return member.size > 0
    if name.startswith(("var/lib/apt/lists/", "var/cache/apt/", "var/log/", "run/", "tmp/")):
        return member.size > 0
    return name.startswith(("etc/apt/auth.conf", "usr/local/share/ca-certificates/"))


def _publish(made: Path, final: Path) -> None:
    """Give the base its name in one step, so that it is always whole or absent."""
    if not os.path.lexists(final):
        made.rename(final)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (_AT_FDCWD, os.fsencode(made), _AT_FDCWD, os.fsencode(final), _RENAME_EXCHANGE)
    if hasattr(libc, "renameat2") and libc.renameat2(*arguments) == 0:
        return
    # A file system without exchange (some network ones): absent for a moment, never half.
    shutil.rmtree(final)
    made.rename(final)
