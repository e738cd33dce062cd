"""What a bootstrapped base image is: distribution, suite, architecture, packages. Pure."""

from __future__ import annotations

import difflib
import hashlib
import re
from datetime import UTC, datetime

import msgspec

from dockwright.errors import Problem, UserError

DEFAULT_PACKAGES = ("ca-certificates",)

SUITES: dict[str, dict[str, str]] = {
    "debian": {"bookworm": "2023-06-10", "trixie": "2025-08-09"},
    "ubuntu": {"jammy": "2022-04-21", "noble": "2024-04-25"},
}
"""The suites that are known, each with the day of its release.

No file of an image is dated later than that day. The rule is fixed so that the same packages make
the same layer on any day: the archive's own date changes whenever any package of it does.
"""

COMPONENTS = {"debian": ("main",), "ubuntu": ("main", "universe")}
ARCHITECTURES = ("amd64", "arm64")

_INSTALLED = re.compile(
    r"^Inst (?P<name>\S+) (?:\[\S+\] )?\((?P<version>\S+) .*\[(?P<arch>\w+)\]\)"
)
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?")
_COMPONENT = re.compile(r"[a-z][a-z-]*")


class BootstrapSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides what is in the image, in one spelling; its digest is the cache key.

    Mirrors and proxies are no part of it: they decide how the packages travel, not which.
    """

    distribution: str
    suite: str
    architecture: str = "amd64"
    variant: str = "apt"
    packages: tuple[str, ...] = DEFAULT_PACKAGES
    components: tuple[str, ...] = ("main",)

    def __post_init__(self) -> None:
        problems = tuple(_problems(self))
        if problems:
            raise UserError(problems=problems)
        msgspec.structs.force_setattr(self, "packages", tuple(sorted(set(self.packages))))
        msgspec.structs.force_setattr(self, "components", tuple(sorted(set(self.components))))

    @property
    def epoch(self) -> int:
        """Seconds since the epoch that no file of the image is newer than."""
        day = datetime.fromisoformat(SUITES[self.distribution][self.suite])
        return int(day.replace(tzinfo=UTC).timestamp())

    @property
    def canonical(self) -> bytes:
        """One line of JSON; equal specs have equal bytes."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def digest(self) -> str:
        """`sha256:` and the hash of the canonical form."""
        return f"sha256:{hashlib.sha256(self.canonical).hexdigest()}"

    @property
    def name(self) -> str:
        """The name of its directory in the cache."""
        short = self.digest.removeprefix("sha256:")[:12]
        return f"{self.distribution}-{self.suite}-{self.architecture}-{short}"


def parse_spec(
    text: str,
    *,
    architecture: str = "amd64",
    packages: tuple[str, ...] = DEFAULT_PACKAGES,
) -> BootstrapSpec:
    """Read `bootstrap:debian/bookworm` (the prefix may be left out)."""
    distribution, slash, suite = text.removeprefix("bootstrap:").partition("/")
    if not slash or not suite:
        raise UserError(
            f"'{text}' does not name a distribution and a suite", hint=f"write one of {_known()}"
        )
    return BootstrapSpec(
        distribution=distribution,
        suite=suite,
        architecture=architecture,
        packages=packages,
        components=COMPONENTS.get(distribution, ("main",)),
    )


def parse_packages(status: str) -> tuple[str, ...]:
    """The `name=version:arch` lines of dpkg's status file, sorted."""
    found = []
    for paragraph in status.split("\n\n"):
        fields = dict(
            line.split(": ", 1)
            for line in paragraph.splitlines()
            if ": " in line and not line.startswith(" ")
        )
        if fields.get("Status") == "install ok installed":
            found.append(f"{fields['Package']}={fields['Version']}:{fields['Architecture']}")
    return tuple(sorted(found))


def parse_simulation(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The same lines of what apt says it would install."""
    matches = (_INSTALLED.match(line) for line in lines)
    return tuple(
        sorted(
            {
                f"{match['name'].split(':')[0]}={match['version']}:{match['arch']}"
                for match in matches
                if match
            }
        )
    )


def _known() -> str:
    return ", ".join(f"{name}/{suite}" for name, suites in SUITES.items() for suite in suites)


def _problems(spec: BootstrapSpec) -> list[Problem]:
    problems = []
    if spec.suite not in SUITES.get(spec.distribution, {}):
        said = f"{spec.distribution}/{spec.suite}"
        close = difflib.get_close_matches(said, _known().split(", "), n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"known are {_known()}"
        problems.append(Problem(what=f"unknown suite '{said}'", hint=hint))
    if spec.architecture not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        what = f"unknown architecture '{spec.architecture}'"
        problems.append(Problem(what=what, hint=f"known are {known}"))
    if spec.variant not in ("apt", "minbase"):
        what = f"unknown variant '{spec.variant}'"
        problems.append(Problem(what=what, hint="known are apt, minbase"))
    problems.extend(
        Problem(what=f"'{name}' is not the name of a package", hint="like 'ca-certificates'")
        for name in spec.packages
        if not _PACKAGE.fullmatch(name)
    )
    problems.extend(
        Problem(what=f"'{name}' is not a component of an archive", hint="like 'main'")
        for name in spec.components
        if not _COMPONENT.fullmatch(name)
    )
    return problems
