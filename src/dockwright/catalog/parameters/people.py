"""Who uses the image: the caller's ids and directories of the dev images, version and commit."""

from __future__ import annotations

from dockwright.model.kinds import PATH, integer, pattern
from dockwright.model.param import Concern, Default, Param

GROUP = "People and versions"

_WORD = pattern("word", r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", "a word without spaces", empty=True)

USER_UID: Param[int] = Param(
    name="USER_UID",
    kind=integer(least=0),
    help="User id inside local-dev, so that files in a mounted workspace belong to you.",
    default=Default(otherwise=1000),
    shown_default="yours; 1000 for root",
    group=GROUP,
    metavar="UID",
    aliases=("uid",),
)

USER_GID: Param[int] = Param(
    name="USER_GID",
    kind=integer(least=0),
    help="Group id inside local-dev.",
    default=Default(otherwise=1000),
    shown_default="yours; 1000 for root",
    group=GROUP,
    metavar="GID",
    aliases=("gid",),
)

WORKSPACE_DIR: Param[str] = Param(
    name="WORKSPACE_DIR",
    kind=PATH,
    help="Working directory of the dev images.",
    default=Default(otherwise="/workspace"),
    group=GROUP,
    metavar="PATH",
)

DYNAMO_COMMIT_SHA: Param[str] = Param(
    name="DYNAMO_COMMIT_SHA",
    kind=pattern("commit", r"[0-9a-f]{40}", "a full commit (40 hexadecimal digits)", empty=True),
    help="Commit of Dynamo that the image records.",
    default=Default(otherwise=""),
    shown_default="HEAD of the source repository",
    group=GROUP,
    metavar="SHA",
)

COMMIT_ID: Param[str] = Param(
    name="COMMIT_ID",
    kind=_WORD,
    help="Replaces the short commit in tags.",
    default=Default(otherwise=""),
    shown_default="the short commit of HEAD",
    group=GROUP,
    concern=Concern.BUILD,
    metavar="WORD",
)

CURRENT_TAG: Param[str] = Param(
    name="CURRENT_TAG",
    kind=_WORD,
    help="Replaces the git tag at HEAD when the version is derived.",
    default=Default(otherwise=""),
    shown_default="the git tag at HEAD, if any",
    group=GROUP,
    concern=Concern.BUILD,
    metavar="WORD",
)

LATEST_TAG: Param[str] = Param(
    name="LATEST_TAG",
    kind=_WORD,
    help="Replaces the newest release when the version is derived.",
    default=Default(otherwise=""),
    shown_default="the newest release branch or tag",
    group=GROUP,
    concern=Concern.BUILD,
    metavar="WORD",
)
