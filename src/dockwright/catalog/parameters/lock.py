"""The lock: which file, and whether anything else may be used."""

from __future__ import annotations

from dockwright.model.kinds import BOOL, pattern
from dockwright.model.param import Concern, Default, Param

GROUP = "Sources"

LOCK_FILE: Param[str] = Param(
    name="LOCK_FILE",
    kind=pattern("path", r"[^\x00-\x1f]+", "a path"),
    help="The lock that `dockwright lock` writes. What it holds is used, where it is there.",
    default=Default(otherwise="dockwright.lock"),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="FILE",
)

SOURCE_POLICY: Param[bool] = Param(
    name="SOURCE_POLICY",
    kind=BOOL,
    help=(
        "Give BuildKit a source policy: it refuses every image that the plan does not name by its "
        "digest, and every address."
    ),
    default=Default(otherwise=False),
    group=GROUP,
    concern=Concern.BUILD,
)

LOCKED: Param[bool] = Param(
    name="LOCKED",
    kind=BOOL,
    help="Refuse every input that the lock does not hold.",
    default=Default(otherwise=False),
    group=GROUP,
    concern=Concern.BUILD,
)
