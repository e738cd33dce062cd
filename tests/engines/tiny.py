"""A tiny base image out of programs of this machine: no network, no archive, a second of work."""

from __future__ import annotations

import io
import platform
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from dockwright.engines.oci import Layout, write_layout

PROGRAMS = ("sh", "bash", "cat", "chmod", "chown", "date", "ln", "ls", "mkdir", "rm", "sleep")
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
NAME = "dockwright.invalid/tests/tiny:1"


def tiny_layout(directory: Path) -> Layout:
    """Write an OCI layout with PROGRAMS and their libraries in /bin and where the loader looks."""
    archive = directory.with_suffix(".tar")
    with tarfile.open(archive, "w") as tar:
        for name in ("bin", "etc", "tmp", "opt"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(entry)
        _add(tar, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\n")
        libraries: set[str] = set()
        for program in PROGRAMS:
            path = shutil.which(program)
            if path is None:
                raise RuntimeError(f"{program} is not on PATH")
            _add(tar, f"bin/{program}", Path(path).read_bytes())
            libraries |= _libraries(path)
        for library in sorted(libraries):
            _add(tar, library.removeprefix("/"), Path(library).read_bytes())
    return write_layout(
        directory,
        archive,
        architecture=ARCHITECTURE,
        config_env=("PATH=/bin",),
        cmd=("/bin/sh",),
        ref="1",
        annotations={},
        created="2026-01-01T00:00:00Z",
        move=True,
    )


def _libraries(program: str) -> set[str]:
    """Paths of the shared libraries and of the loader; none for a static program."""
    answer = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return set(re.findall(r"(/\S+) \(0x", answer.stdout))


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o755
    tar.addfile(entry, io.BytesIO(content))
