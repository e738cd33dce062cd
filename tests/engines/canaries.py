"""Looking for credentials where none may be: files, and the layers of images."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path


def holders(canaries: Iterable[str], *places: Path) -> list[str]:
    """Files below the places that have a canary in them or in their name."""
    canaries = list(canaries)
    words = [word for canary in canaries for word in ("-e", canary)]
    # 2: a file went away meanwhile, or is a socket.
    found = subprocess.run(
        ["grep", "-rlaF", "--devices=skip", *words, *map(str, places)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode in {1, 2} or found.stdout
    names = [
        str(path)
        for place in places
        for path in place.rglob("*canary-*")
        if any(canary in path.name for canary in canaries)
    ]
    return [*found.stdout.splitlines(), *names]


def layer_holders(canaries: Iterable[str], layout: Path, scratch: Path) -> list[str]:
    """The same for the compressed layers of an OCI layout; `scratch` is an empty folder."""
    canaries, found = list(canaries), []
    for blob in (layout / "blobs" / "sha256").iterdir():
        with (scratch / "blob").open("wb") as plain:
            unpacked = subprocess.run(
                ["gzip", "-dc", blob], check=False, stdout=plain, stderr=subprocess.DEVNULL
            )
        if unpacked.returncode == 0 and holders(canaries, scratch):
            found.append(str(blob))
    return found
