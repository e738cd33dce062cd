"""Asks the archive of a base image which version of a package it has, with the engine itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.engines.bench import Bench

STAGES = """
FROM base AS lookup
RUN --mount=type=secret,id=dockwright-ca,target=/ca,required=false \\
    export SSL_CERT_FILE=/ca && apt-get update -qq && apt-cache madison {package} >/found
FROM scratch AS found
COPY --from=lookup /found /found
"""


def newest(engine: Bench, package: str) -> str:
    """The newest version of a package in the archive of the quickstart's base image."""
    argv = next(list(words) for words in engine.plan()["commands"] if "--target" in words)
    file = engine.folder / "lookup.Dockerfile"
    file.write_text(Path(_take(argv, "--file")).read_text() + STAGES.format(package=package))
    out = engine.folder / "lookup"
    shutil.rmtree(out, ignore_errors=True)
    for flag in ("--target", "--output", "--tag", "--tag", "--metadata-file"):
        _take(argv, flag)
    argv[-1:-1] = ["--file", str(file), "--target", "found", "--output", f"type=local,dest={out}"]
    # Secrets of the network are set by dockwright alone; a variable that is not set is an error.
    env = engine.env | {"DOCKWRIGHT_SECRET_NETWORK": ""}
    subprocess.run(argv, env=env, check=True, capture_output=True, timeout=300)
    versions = re.findall(rf"{package} +\| +(\S+) +\|", (out / "found").read_text())
    assert versions, f"the archive has no {package}"
    return str(versions[0])


def _take(argv: list[str], flag: str) -> str:
    """Take a flag and its value out of an argv, if it is there."""
    if flag not in argv:
        return ""
    place = argv.index(flag)
    del argv[place]
    return argv.pop(place)
