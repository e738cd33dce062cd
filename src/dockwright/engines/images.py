"""Images of a registry as OCI layouts in the store: for bundles, and for builds without network.

`<cache>/images/<name>` follows from the reference and the platform; the layout holds the one
manifest of that platform, byte for byte, so its digest is the registry's.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dockwright.engines.events import Emit, Log
from dockwright.engines.network import again
from dockwright.engines.objects import alone
from dockwright.engines.oci import read_layout
from dockwright.engines.oci_records import INDEX_TYPE, REF_NAME
from dockwright.engines.registry import Descriptor, Registry
from dockwright.engines.registry_names import parse
from dockwright.engines.store import image_layout
from dockwright.engines.transfer import Wanted, download
from dockwright.errors import DockwrightError

REF = "base"


def is_there(cache: Path, ref: str, platform: str) -> bool:
    """Whether the layout is there, whole by the sizes of its files."""
    try:
        return bool(read_layout(image_layout(cache, ref, platform), REF).digest)
    except (OSError, DockwrightError):
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Puller:
    """Brings images of registries into the store of one host."""

    cache: Path
    registry: Registry
    emit: Emit

    def pull(self, ref: str, platform: str) -> None:
        """Make sure that an image is in the store. Raises EngineError or UserError."""
        final = image_layout(self.cache, ref, platform).parent
        final.parent.mkdir(parents=True, exist_ok=True)
        with alone(final.parent / f".{final.name}.lock", self._log, "pulls this image"):
            if is_there(self.cache, ref, platform):
                self._log(f"{ref}: in the store")
                return
            self._log(f"pulling {ref} for {platform}")
            self._make(ref, platform, final)

    def _make(self, ref: str, platform: str, final: Path) -> None:
        image = parse(ref)
        digest = self.registry.resolve(image, platform)
        image = msgspec.structs.replace(image, digest=digest)
        answer = self.registry.manifest(image)
        # Blobs of a pull that was stopped are found by the next one.
        work = final.parent / f".{final.name}.pull"
        blobs = work / "layout" / "blobs" / "sha256"
        blobs.mkdir(parents=True, exist_ok=True)
        parts = (answer.manifest.config, *answer.manifest.layers)
        wanted = {blob.digest.removeprefix("sha256:") for blob in parts}
        for stale in blobs.iterdir():
            # The stopped one may have been of another image under the same tag.
            if stale.name not in wanted:
                stale.unlink()
        for blob in parts:
            self._blob(ref, digest, blob, blobs)
        (blobs / digest.removeprefix("sha256:")).write_bytes(answer.body)
        entry = {
            "mediaType": answer.manifest.media_type,
            "digest": digest,
            "size": len(answer.body),
            "annotations": {REF_NAME: REF},
        }
        index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [entry]}
        (work / "layout" / "index.json").write_bytes(msgspec.json.encode(index))
        (work / "layout" / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        (work / "image.json").write_bytes(
            msgspec.json.encode({"ref": ref, "platform": platform, "manifest": digest})
        )
        # What a registry says of its image may not fit together; then it gets no name.
        read_layout(work / "layout", REF)
        shutil.rmtree(final, ignore_errors=True)
        work.rename(final)

    def _blob(self, ref: str, digest: str, blob: Descriptor, folder: Path) -> None:
        sha256 = blob.digest.removeprefix("sha256:")
        if (folder / sha256).is_file():
            return
        part = folder.parent / f"{sha256}.part"
        image = msgspec.structs.replace(parse(ref), digest=digest)

        def once() -> None:
            url, headers = self.registry.blob(image, blob.digest)
            wanted = Wanted(url=url, sha256=sha256, size=blob.size, headers=headers)
            download(self.registry.session, self.registry.policy, wanted, part, self.emit)

        again(once, self.registry.policy, self._log)
        part.rename(folder / sha256)

    def _log(self, line: str) -> None:
        self.emit(Log(time=time.time(), line=line))
