"""The requests of a build as a docker-bake.json: `buildx bake` then does what dockwright would.

The Dockerfile stands in the file itself. What it copies lies in a context directory, whose content
is addressed by digest in the text; base images without a registry are OCI layouts on this host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dockwright.engines.api import Request, Secret
from dockwright.engines.buildkit import rewriting
from dockwright.engines.buildkit_host import Host


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One target of the file: its name, its Dockerfile and the request that it stands for."""

    name: str
    dockerfile: str
    request: Request


def bake(
    parts: Sequence[Part], checks: Sequence[Part], contexts: Mapping[str, Path], host: Host
) -> dict[str, Any]:
    """The file. Group `default` makes the images, group `verify` runs the checks inside them.

    `contexts` is the directory of each part's files, by name.
    """
    targets = {part.name: _target(part, contexts[part.name], host) for part in (*parts, *checks)}
    groups = {"default": {"targets": [part.name for part in parts]}}
    if checks:
        groups["verify"] = {"targets": [part.name for part in checks]}
    return {"group": groups, "target": targets}


def _target(part: Part, context: Path, host: Host) -> dict[str, Any]:
    request = part.request
    bases = {base.name: f"oci-layout://{base.layout}:{base.ref}" for base in request.bases}
    found: dict[str, Any] = {
        "context": str(context),
        # bake reads `${…}` in every text as its own; doubled, it stays what it is.
        "dockerfile-inline": part.dockerfile.replace("${", "$${").replace("%{", "%%{"),
        "target": request.target,
        "platforms": [request.platform],
        "contexts": bases | dict(request.contexts),
        "args": {"SOURCE_DATE_EPOCH": request.epoch} if request.epoch else {},
        "labels": dict(request.labels),
        "secret": [_secret(secret) for secret in request.secrets],
        "tags": list(request.tags),
        "cache-from": list(request.cache_from),
        "cache-to": list(request.cache_to),
        "no-cache": request.no_cache,
        # As in buildkit.py: dockwright writes its own evidence beside the image.
        "attest": ["type=provenance,disabled=true", "type=sbom,disabled=true"],
        "output": [_output(request, host)],
    }
    return {key: value for key, value in found.items() if value not in ([], {}, False)}


def _secret(secret: Secret) -> str:
    where = f"env={secret.variable}" if secret.source == "env" else f"src={secret.path}"
    return f"id={secret.id},{where}"


def _output(request: Request, host: Host) -> str:
    times = "".join(f",{name}={value}" for name, value in rewriting(request).items())
    match request.output:
        case "files":
            return f"type=local,dest={request.destination}"
        case "push":
            return f"type=registry{times}"
        case "image" if host.docker:
            return f"type=docker{times}"
        case "image" | "oci":
            return f"type=oci,dest={request.destination},tar=false{times}"
        case _:
            return "type=cacheonly"
