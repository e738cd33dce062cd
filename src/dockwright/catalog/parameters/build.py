"""How a build runs and where its result goes. Nothing here enters a plan's text."""

from __future__ import annotations

from enum import StrEnum

from dockwright.model.kinds import BOOL, IMAGE_REF, TEXT, choice, integer, pattern, words
from dockwright.model.param import Concern, Default, Param

GROUP = "Build"


class EngineChoice(StrEnum):
    """Which engine executes the plan."""

    AUTO = "auto"
    BUILDKIT = "buildkit"
    BUILDAH = "buildah"


ENGINE: Param[EngineChoice] = Param(
    name="ENGINE",
    kind=choice(EngineChoice, name="engine"),
    help="What executes the plan; auto takes the first that this machine has.",
    default=Default(otherwise=EngineChoice.AUTO),
    group=GROUP,
    concern=Concern.BUILD,
)

TAG: Param[tuple[str, ...]] = Param(
    name="TAG",
    kind=words(IMAGE_REF),
    help="Name of the image, used as written; may be given several times.",
    default=Default(otherwise=()),
    shown_default="dynamo:<version>-<framework>-<target>",
    group=GROUP,
    concern=Concern.BUILD,
    metavar="IMAGE",
    example="registry.example/dynamo:1",
)

TAG_LATEST: Param[bool] = Param(
    name="TAG_LATEST",
    kind=BOOL,
    help="Also give the image its latest tag.",
    default=Default(otherwise=True),
    group=GROUP,
    concern=Concern.BUILD,
)

JOBS: Param[int] = Param(
    name="JOBS",
    kind=integer(least=0),
    help="Steps that run at once; 0 asks the machine.",
    default=Default(otherwise=0),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="N",
)

NO_CACHE: Param[bool] = Param(
    name="NO_CACHE",
    kind=BOOL,
    help="Execute every step again.",
    default=Default(otherwise=False),
    group=GROUP,
    concern=Concern.BUILD,
)

PULL: Param[bool] = Param(
    name="PULL",
    kind=BOOL,
    help="Ask the registry for newer base images.",
    default=Default(otherwise=False),
    group=GROUP,
    concern=Concern.BUILD,
)

OFFLINE: Param[bool] = Param(
    name="OFFLINE",
    kind=BOOL,
    help="Use nothing but the store; what it lacks is said before anything starts.",
    default=Default(otherwise=False),
    group=GROUP,
    concern=Concern.BUILD,
)

OUTPUT: Param[str] = Param(
    name="OUTPUT",
    kind=pattern(
        "output",
        r"auto|load|push|none|(oci|files):[^\x00-\x1f]+",
        "auto, load, push, none, oci:DIRECTORY or files:DIRECTORY",
    ),
    help="Where the image goes: auto, load, push, none, oci:DIRECTORY or files:DIRECTORY.",
    default=Default(otherwise="auto"),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="WHERE",
    example="oci:build/image",
)

_SPEC = pattern("cache", r"[^\x00-\x1f;]+", "one line without a semicolon")

CACHE_FROM: Param[tuple[str, ...]] = Param(
    name="CACHE_FROM",
    kind=words(_SPEC, separator=";"),
    help="Where layers may be taken from (buildx syntax); may be given several times.",
    default=Default(otherwise=()),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="SPEC",
    example="type=registry,ref=registry.example/cache",
)

CACHE_TO: Param[tuple[str, ...]] = Param(
    name="CACHE_TO",
    kind=words(_SPEC, separator=";"),
    help="Where layers are written to (buildx syntax); may be given several times.",
    default=Default(otherwise=()),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="SPEC",
)

BUILD_CONTEXT: Param[tuple[str, ...]] = Param(
    name="BUILD_CONTEXT",
    kind=words(pattern("context", r"[A-Za-z0-9._-]+=[^\x00-\x1f;]+", "NAME=PATH"), separator=";"),
    help="Further named context, NAME=PATH; may be given several times.",
    default=Default(otherwise=()),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="NAME=PATH",
)

BUILDKIT_ARGS: Param[tuple[str, ...]] = Param(
    name="BUILDKIT_ARGS",
    kind=words(
        pattern("argument", r"BUILDKIT_[A-Z0-9_]+=[^\x00-\x1f;]*", "BUILDKIT_NAME=VALUE"),
        separator=";",
    ),
    help="Docker's predefined BUILDKIT_* build arguments, as NAME=VALUE.",
    default=Default(otherwise=()),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="NAME=VALUE",
)

VERIFY: Param[bool] = Param(
    name="VERIFY",
    kind=BOOL,
    help="Run the declared checks inside the built image.",
    default=Default(otherwise=True),
    group=GROUP,
    concern=Concern.BUILD,
)

PREFLIGHT: Param[bool] = Param(
    name="PREFLIGHT",
    kind=BOOL,
    help="Look for everything that the build needs before it starts.",
    default=Default(otherwise=True),
    group=GROUP,
    concern=Concern.BUILD,
)

SOURCE_DATE_EPOCH: Param[str] = Param(
    name="SOURCE_DATE_EPOCH",
    kind=pattern("time", r"[0-9]{1,12}", "seconds since 1970", empty=True),
    help="Time of the image and its files, in seconds since 1970; builds of a plan are equal then.",
    default=Default(otherwise=""),
    shown_default="empty: the time of the build",
    group=GROUP,
    concern=Concern.BUILD,
    metavar="SECONDS",
)

TARGET_DRIVER: Param[str] = Param(
    name="TARGET_DRIVER",
    kind=pattern("driver", r"[0-9]{3}(\.[0-9]+)*", "a driver version such as 570", empty=True),
    help="Oldest NVIDIA driver that the image must run on; refused when CUDA needs a newer one.",
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="VERSION",
    example="570",
)

FLEET: Param[str] = Param(
    name="FLEET",
    kind=pattern("path", r"[^\x00-\x1f]+", "a path", empty=True),
    help="File that lists the machines of a fleet with their drivers; the oldest one decides.",
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="FILE",
)


def _proxy(name: str, what: str) -> Param[str]:
    return Param(
        name=name,
        kind=TEXT,
        help=what,
        default=Default(otherwise=""),
        group=GROUP,
        concern=Concern.BUILD,
        metavar="URL",
        # A proxy's URL may carry a password.
        secret=True,
    )


HTTP_PROXY = _proxy("HTTP_PROXY", "Proxy for http during the build.")
HTTPS_PROXY = _proxy("HTTPS_PROXY", "Proxy for https during the build.")
FTP_PROXY = _proxy("FTP_PROXY", "Proxy for ftp during the build.")
ALL_PROXY = _proxy("ALL_PROXY", "Proxy for everything during the build.")
NO_PROXY = _proxy("NO_PROXY", "Hosts that are reached without a proxy during the build.")

PROXIES = (HTTP_PROXY, HTTPS_PROXY, FTP_PROXY, ALL_PROXY, NO_PROXY)
