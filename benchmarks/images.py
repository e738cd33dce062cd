"""Measure the vLLM and SGLang images of the provider `wheels`: layers, times, what they share.

    python -m benchmarks.images [--folder DIR]

Builds both with BuildKit on a bootstrapped Debian 12, verifies them, and pushes them one after the
other to a registry on loopback (apt package docker-registry). Needs root, network and about 45 GB
of disk; prints a table on stderr and JSON on stdout. `tests/engines/test_engine_images.py`
(`scripts/test -m heavy`) asserts what these numbers must be.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.engines.buildkitd import running

ROOT = Path(__file__).resolve().parents[1]
FRAMEWORKS = ("vllm", "sglang")
COMMON = (
    *("--base-image", "bootstrap:debian/bookworm", "--target", "runtime"),
    *("--etcd-provider", "package", "--engine", "buildkit", "--output", "push", "--no-tag-latest"),
    "--json",
)
REPOSITORY = "dynamo"
"""One for both images: a push asks only its own repository what is there."""
DISK = 45_000_000_000
ACCEPT = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """A layer in the registry: its digest, the bytes that are pulled, the bytes on disk."""

    digest: str
    pulled: int
    unpacked: int
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """One image: seconds, layers, and the digests of the blobs that its push uploaded."""

    seconds: float
    layers: tuple[Layer, ...]
    uploaded: frozenset[str]
    said: Mapping[str, Any]

    @property
    def uploaded_bytes(self) -> int:
        return sum(layer.pulled for layer in self.layers if layer.digest in self.uploaded)


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """A registry on loopback that keeps its blobs in `folder` and its access log in `log`."""

    host: str
    folder: Path
    log: Path

    def uploads(self) -> frozenset[str]:
        """Digests of the blobs that were uploaded so far."""
        pattern = (
            rf'"PUT /v2/{REPOSITORY}/blobs/uploads/'
            r'\S*digest=sha256%3A([0-9a-f]{64})\S* [^"]*" 201'
        )
        return frozenset(f"sha256:{found}" for found in re.findall(pattern, self.log.read_text()))

    def layers(self, tag: str) -> tuple[Layer, ...]:
        """The layers of an image, in order, with the instruction that made each."""
        manifest = self._get(f"manifests/{tag}")
        config = self._get(f"blobs/{manifest['config']['digest']}")
        made = [row["created_by"] for row in config["history"] if not row.get("empty_layer")]
        return tuple(
            Layer(
                digest=row["digest"],
                pulled=row["size"],
                unpacked=self._unpacked(row["digest"]),
                what=what,
            )
            for row, what in zip(manifest["layers"], made, strict=True)
        )

    def _get(self, path: str) -> Any:
        url = f"http://{self.host}/v2/{REPOSITORY}/{path}"
        return httpx.get(url, headers={"Accept": ACCEPT}).json()

    def _unpacked(self, digest: str) -> int:
        # The last four bytes of a gzip file; no layer here reaches their limit of 4 GiB.
        algorithm, _, value = digest.partition(":")
        blob = self.folder / "docker/registry/v2/blobs" / algorithm / value[:2] / value / "data"
        with blob.open("rb") as file:
            file.seek(-4, os.SEEK_END)
            return int.from_bytes(file.read(), "little")


@contextmanager
def registry(folder: Path) -> Iterator[Registry]:
    """Start the distribution's docker-registry on a free port of loopback; stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir(exist_ok=True)
    configuration, log = folder / "config.yml", folder / "access.log"
    configuration.write_text(
        "version: 0.1\nlog: {level: error}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: '{host}'}}\n"
    )
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["docker-registry", "serve", str(configuration)], stdout=output, stderr=output
        )
        try:
            yield Registry(host=host, folder=folder / "data", log=log)
        finally:
            process.terminate()
            process.wait()


def measure(folder: Path, frameworks: tuple[str, ...] = FRAMEWORKS) -> dict[str, Built]:
    """Build, verify and push the images one after the other, with everything below `folder`."""
    found: dict[str, Built] = {}
    with registry(folder / "registry") as place, running(root=folder / "buildkit") as daemon:
        env = os.environ | daemon.env
        env |= {"XDG_CACHE_HOME": f"{folder}/cache", "XDG_STATE_HOME": f"{folder}/state"}
        env |= {"DOCKER_HOST": f"unix://{folder}/no-docker", "PYTHONPATH": str(ROOT / "src")}
        for framework in frameworks:
            words = ("--framework", framework, f"--{framework}-provider", "wheels", *COMMON)
            tag = ("--tag", f"{place.host}/{REPOSITORY}:{framework}")
            before = place.uploads()
            start = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-m", "dockwright", "build", *words, *tag],
                env=env,
                cwd=folder,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
            if done.returncode:
                raise RuntimeError(
                    f"the {framework} image was not built (status {done.returncode})"
                )
            found[framework] = Built(
                seconds=time.monotonic() - start,
                layers=place.layers(framework),
                uploaded=place.uploads() - before,
                said=json.loads(done.stdout),
            )
            # What the next image shares it must make anew, byte for byte; downloads stay.
            argv = [str(daemon.binaries / "buildctl"), "--addr", daemon.address, "prune"]
            subprocess.run([*argv, "--filter", "type==regular"], check=True, stdout=sys.stderr)
    return found


def shared(one: Built, two: Built) -> tuple[Layer, ...]:
    """The layers that both images have, by digest."""
    digests = {layer.digest for layer in two.layers}
    return tuple(layer for layer in one.layers if layer.digest in digests)


def unpacked(layers: tuple[Layer, ...]) -> int:
    """Bytes on disk."""
    return sum(layer.unpacked for layer in layers)


def report(found: Mapping[str, Built]) -> dict[str, Any]:
    """The numbers as data."""
    one, two = found.values()
    both = shared(one, two)
    return {
        "images": {
            name: {
                "seconds": round(built.seconds, 1),
                "checks": built.said["checks"]["total"],
                "layers": len(built.layers),
                "unpacked": unpacked(built.layers),
                "pulled": sum(layer.pulled for layer in built.layers),
                "uploaded": built.uploaded_bytes,
            }
            for name, built in found.items()
        },
        "shared": {
            "layers": len(both),
            "unpacked": unpacked(both),
            "pulled": sum(layer.pulled for layer in both),
        },
    }


def show(found: Mapping[str, Built]) -> None:
    """The largest layers of each image, and the sums, on standard error."""
    one, two = found.values()
    both = {layer.digest for layer in shared(one, two)}
    for name, built in found.items():
        print(f"{name}: {built.seconds:.0f} s, {len(built.layers)} layers", file=sys.stderr)
        for layer in sorted(built.layers, key=lambda layer: -layer.unpacked)[:45]:
            mark = "shared" if layer.digest in both else ""
            sizes = f"{layer.unpacked / 1e6:8.1f} MB {layer.pulled / 1e6:8.1f} MB"
            print(f"  {sizes}  {mark:6}  {layer.what[:60]}", file=sys.stderr)


def main() -> int:
    """Measure, print, and leave nothing behind unless a folder was named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="work here, and leave it (default: temporary)")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="dockwright-images-"))
    folder.mkdir(exist_ok=True)
    if shutil.disk_usage(folder).free < DISK:
        parser.error(f"{folder} has less than {DISK // 10**9} GB of free space")
    try:
        found = measure(folder.resolve())
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)
    show(found)
    print(json.dumps(report(found), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
