"""Where sources come from: Dynamo's tree, and mirrors for everything that is fetched."""

from __future__ import annotations

from dockwright.model.kinds import integer, pattern, words
from dockwright.model.param import Concern, Default, Param

GROUP = "Sources"

DYNAMO_SOURCE: Param[str] = Param(
    name="DYNAMO_SOURCE",
    kind=pattern("source", r"[^\x00-\x1f]+", "a pinned release, a full commit or a directory"),
    help=(
        "Dynamo's source tree for the providers that build it: a pinned release, a full commit, or "
        "a directory of this machine (with a slash in its name, such as ./dynamo)."
    ),
    default=Default(otherwise="0.9.0"),
    group=GROUP,
    metavar="REF|DIRECTORY",
    example="./dynamo",
)

SOURCE_MIRROR: Param[tuple[str, ...]] = Param(
    name="SOURCE_MIRROR",
    # No user information: an address is shown in commands and logs.
    kind=words(
        pattern("mirror", r"https?://[^\s=@;]+=(https?|file)://[^\s=@;]+", "FROM=TO, two URLs")
    ),
    help="Fetch what has an address below FROM from TO instead; may be given several times.",
    default=Default(otherwise=()),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="FROM=TO",
    example="https://github.com/=https://mirror.example/git/",
)

SOURCE_LOGIN: Param[tuple[str, ...]] = Param(
    name="SOURCE_LOGIN",
    # Only where the token is: the words are shown in commands and logs.
    kind=words(
        pattern(
            "token",
            r"https?://[^\s=@;]+=(env:[A-Za-z_][A-Za-z0-9_]*|file:[^\x00-\x20=;]+)",
            "PREFIX=env:VARIABLE or PREFIX=file:PATH",
        )
    ),
    help=(
        "Where the token for addresses that begin with PREFIX is: a variable or a file. A value "
        "`user:password` is a login. May be given several times; ~/.netrc is read as well."
    ),
    default=Default(otherwise=()),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="PREFIX=env:NAME|file:PATH",
    example="https://github.com/=env:GITHUB_TOKEN",
)

COMPILE_JOBS: Param[int] = Param(
    name="COMPILE_JOBS",
    kind=integer(least=0),
    help="Compilers that one step runs at once; 0 takes min(cores, memory / 2 GiB) of the machine.",
    default=Default(otherwise=0),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="N",
)
