"""Operating systems that base images have, as far as recipes must know them.

Sources: the distributions' own package lists (python3), manylinux_2_28 = AlmaLinux 8.
"""

from __future__ import annotations

from dockwright.model.values import Family, Os

SYSTEMS: tuple[Os, ...] = (
    Os(distribution="debian", release="bookworm", family=Family.APT, python="3.11"),
    Os(distribution="debian", release="trixie", family=Family.APT, python="3.13"),
    Os(distribution="ubuntu", release="noble", family=Family.APT, python="3.12"),
    Os(distribution="almalinux", release="8", family=Family.DNF, python="3.6"),
)

ALIASES = {
    "ubuntu24.04": ("ubuntu", "noble"),
    "ubuntu:24.04": ("ubuntu", "noble"),
    "ubuntu2404": ("ubuntu", "noble"),
    "noble": ("ubuntu", "noble"),
    "bookworm": ("debian", "bookworm"),
    "trixie": ("debian", "trixie"),
    "manylinux_2_28": ("almalinux", "8"),
}
"""What an image's name or tag says about its system."""

GLIBC = {"bookworm": 36, "trixie": 41, "noble": 39, "8": 28}
"""Release → the minor version of its C library: wheels say the oldest that they run on."""

DEFAULT = ("ubuntu", "noble")
"""NVIDIA's images of the matrix are Ubuntu 24.04, also where the tag does not say so."""


def system(distribution: str, release: str) -> Os:
    """The system by distribution and release. Raises KeyError."""
    for candidate in SYSTEMS:
        if (candidate.distribution, candidate.release) == (distribution, release):
            return candidate
    raise KeyError(f"{distribution}/{release}")


def guess(image: str, tag: str) -> Os:
    """The system that an image's name or tag speaks of, else the default."""
    text = f"{image}:{tag}"
    for alias, (distribution, release) in ALIASES.items():
        if alias in text:
            return system(distribution, release)
    return system(*DEFAULT)
