"""Names and fixed places that several stages agree on."""

from __future__ import annotations

from dockwright.model.plan import BaseImage, BootstrapImage, LayoutImage, RegistryImage

BASE = "base"
TOOLCHAIN = "toolchain"
SCCACHE = "sccache"
ARCHIVE = "archive"
DYNAMO_BASE = "dynamo_base"
WHEEL_BUILDER = "wheel_builder"
FRAMEWORK = "framework"
RUNTIME = "runtime"
VERIFY = "verify"
EVIDENCE = "evidence"

USER = "dynamo"
USER_ID = 1000
VENV = "/opt/dynamo/venv"
WORKSPACE = "/workspace"
REPORT = "/dockwright/report.json"
CHECKS = "/dockwright/checks.json"
VERIFIER = "/dockwright/verifier"

CA_SECRET = "dockwright-ca"
NETWORK_SECRET = "dockwright-network"
JOBS_SECRET = "dockwright-jobs"
CACHE_SECRET = "dockwright-cache"
CACHE_FOLDER = "/var/cache/dockwright-sccache"
SECRET_FOLDER = "/run/dockwright"


def from_name(image: BaseImage) -> str:
    """What FROM says. Images that no registry has get a name under the reserved TLD `.invalid`.

    The name holds the digest of what was asked for, so that the text changes with it, and the
    engine is given the image itself as a named context of that name.
    """
    match image:
        case RegistryImage(ref=ref):
            return ref
        case LayoutImage(name=name, digest=digest):
            return f"dockwright.invalid/oci/{name}:{digest.removeprefix('sha256:')[:12]}"
        case BootstrapImage(distribution=distribution, suite=suite):
            return f"dockwright.invalid/bootstrap/{distribution}:{suite}-{image.digest[:12]}"
