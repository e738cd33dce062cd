"""Python requirements → exact versions with the hashes of the files for one platform, by uv."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockwright.errors import EngineError, UserError
from dockwright.model.inputs import PythonInput
from dockwright.model.lock import LockedPython
from dockwright.resolving.tools import Tools, machine

_SECONDS = 900
_ADDRESSES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "PIP_INDEX_URL",
)


def resolve_set(wanted: PythonInput, tools: Tools) -> LockedPython:
    """The entry of one set. A set with hashes is its own lock, only its digest is noted."""
    packages = () if wanted.hashed else _resolved(wanted, tools)
    return LockedPython(
        wants=wanted.asked,
        python=wanted.python,
        platform=wanted.platform,
        sha256=wanted.digest,
        packages=packages,
    )


def uv(env: Mapping[str, str]) -> str:
    """The program. It may lie beside our own interpreter, in an environment that is not active."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("uv", path=f"{beside}:{env.get('PATH', '')}")
    if not found:
        raise UserError(
            "uv is needed to resolve Python packages", hint="install it: pip install uv"
        )
    return found


def index_of(env: Mapping[str, str]) -> str:
    """The package index that this person uses; empty when nobody can tell.

    uv knows it from its own files and variables, or as its default; pip's variable counts, too.
    """
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if env.get(name):
            return env[name]
    try:
        words = [uv(env), "pip", "compile", "--quiet", "--no-header", "--emit-index-url", "-"]
        done = subprocess.run(
            words, input="", env=dict(env), capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired, UserError):
        return ""
    said = [line.partition(" ")[2] for line in done.stdout.splitlines() if "--index-url" in line]
    return said[0].strip() if said else ""


def _resolved(wanted: PythonInput, tools: Tools) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="dockwright-lock-") as folder:
        output = Path(folder) / "pylock.toml"
        words = [
            *(uv(tools.env), "pip", "compile", "--quiet", "--no-header", "--format", "pylock.toml"),
            *("--python-version", wanted.python, "--no-python-downloads"),
            *("--python-platform", f"{machine(wanted)}-manylinux_2_{wanted.glibc}"),
            *(("--torch-backend", wanted.backend) if wanted.backend else ()),
        ]
        for index in wanted.indexes:
            words += ["--extra-index-url", tools.policy.address(index)]
        if wanted.indexes:
            words += ["--index-strategy", "unsafe-best-match"]
        if tools.indexes.main:
            words += ["--default-index", tools.indexes.main]
        env = {name: text for name, text in tools.env.items() if name not in _ADDRESSES}
        try:
            done = subprocess.run(
                [*words, "--output-file", str(output), "-"],
                input="\n".join(wanted.lines),
                env=env,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise EngineError(
                f"{wanted.title}: uv did not end within {_SECONDS} s",
                hint="run it again; uv keeps what it has read",
            ) from None
        if done.returncode:
            raise EngineError(
                f"{wanted.title} cannot be resolved: {_reason(done.stderr)}",
                hint="change a version, or name an index that has it (UV_DEFAULT_INDEX)",
            )
        return tuple(_line(row) for row in tomllib.loads(output.read_text())["packages"])


def _line(row: Mapping[str, Any]) -> str:
    """One package of a pylock file as a requirement with hashes."""
    name = row["name"]
    if vcs := row.get("vcs"):
        return f"{name} @ {vcs['type']}+{vcs['url']}@{vcs['commit-id']}"
    if archive := row.get("archive"):
        return f"{name} @ {archive['url']} --hash=sha256:{archive['hashes']['sha256']}"
    files = row.get("wheels") or [row["sdist"]]
    hashes = sorted({file["hashes"]["sha256"] for file in files})
    return " ".join((f"{name}=={row['version']}", *(f"--hash=sha256:{h}" for h in hashes)))


def _reason(said: str) -> str:
    """uv's explanation on one line, without its drawing."""
    words = " ".join(said.replace("╰─▶", "").replace("×", "").split())
    return words.removeprefix("error: ")[:600] or "uv said nothing"
