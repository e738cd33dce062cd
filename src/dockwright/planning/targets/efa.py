"""AWS EFA: a layer on a finished image, as a stage of the same graph, installed as root."""

from __future__ import annotations

from dockwright.catalog.checks import absent, files
from dockwright.catalog.parameters.features import EFA_VERSION
from dockwright.catalog.steps import shell
from dockwright.model.check import Check
from dockwright.model.plan import Env, Run, Stage, Tag, User
from dockwright.planning.site import Site

READER = "efa"
ADDRESS = "https://efa-installer.amazonaws.com"
# The key that AWS signs the installer with; its documentation states the fingerprint.
FINGERPRINT = "4E9091BCBB97A96B26B15E59A05480B1DD2D3CCC"


def efa_stage(site: Site, *, base: str, user: str) -> Stage:
    """The layer on `base`, whose user it restores."""
    version = site.read(READER)[EFA_VERSION]
    return Stage(
        name=f"{base}-aws",
        base=base,
        summary=f"{base}-aws: the AWS EFA {version} layer",
        component="efa",
        steps=(
            User(name="root"),
            Run(
                title=f"install AWS EFA {version}",
                script=shell("efa.sh"),
                env={"ADDRESS": ADDRESS, "FINGERPRINT": FINGERPRINT, "VERSION": version},
                tags=(Tag.NETWORK,),
            ),
            Env(values={"EFA_VERSION": version}),
            User(name=user),
        ),
    )


def efa_checks() -> tuple[Check, ...]:
    """EFA's libfabric is there; its NCCL plugin is not, because it crashes TensorRT-LLM."""
    return (
        files("efa", "libfabric of EFA is there", "/opt/amazon/efa/lib*/libfabric.so.1"),
        absent(
            "efa",
            "no NCCL plugin",
            "/opt/amazon/ofi-nccl",
            "/opt/amazon/aws-ofi-nccl",
            "/etc/ld.so.conf.d/*ofi*nccl*",
        ),
    )
