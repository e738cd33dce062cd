"""What Python package indexes have: the files of a project, and which of them an image can use.

The simple API is read, as JSON where the index can (PEP 691), else as HTML (PEP 503).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin

import msgspec

from dockwright.engines.candidates import near
from dockwright.engines.network import Policy, ask, shown
from dockwright.errors import EngineError

if TYPE_CHECKING:
    import httpx
    from packaging.requirements import Requirement

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, text/html;q=0.5"
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
OLDEST_GLIBC = 5
"""Of 2.x: manylinux1."""


class File(msgspec.Struct, frozen=True):
    """A file of an index. `size` in bytes; 0 where the index does not say it (PEP 700)."""

    filename: str
    url: str = ""
    hashes: dict[str, str] = {}
    size: int = 0

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits, or empty where the index says none."""
        return self.hashes.get("sha256", "")

    @property
    def version(self) -> str:
        """The version in the file's name; empty when it has none."""
        from packaging.utils import (
            InvalidSdistFilename,
            InvalidWheelFilename,
            parse_sdist_filename,
            parse_wheel_filename,
        )

        try:
            if self.filename.endswith(".whl"):
                return str(parse_wheel_filename(self.filename)[1])
            return str(parse_sdist_filename(self.filename)[1])
        except (InvalidWheelFilename, InvalidSdistFilename):
            return ""


class _Page(msgspec.Struct):
    files: tuple[File, ...] = ()


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a file must be: interpreter `3.12`, machine `x86_64`, glibc 2.`glibc`."""

    python: str
    machine: str
    glibc: int


@dataclass(kw_only=True)
class Indexes:
    """Asks the indexes, each project once. Threads may share one. `main` is asked always."""

    session: httpx.Client
    policy: Policy
    main: str
    log: Callable[[str], None] = lambda _: None
    _known: dict[tuple[str, str], tuple[File, ...]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def _files(self, index: str, name: str) -> tuple[File, ...]:
        name = _normal(name)
        with self._guard:
            if (index, name) in self._known:
                return self._known[index, name]
        url = f"{index.rstrip('/')}/{name}/"
        answer = ask(
            self.session,
            self.policy,
            url,
            log=self.log,
            # Pages of large projects have megabytes, which pack well.
            headers={"Accept": _ACCEPT, "Accept-Encoding": "gzip"},
            accepted=frozenset({200, 404}),
        )
        found: tuple[File, ...] = ()
        if answer.status_code == 200:
            found = _parse(answer, url)
        with self._guard:
            self._known[index, name] = found
        return found

    def problem(self, line: str, where: Where, extra: tuple[str, ...] = ()) -> tuple[str, str]:
        """What is wrong with one requirement, and what would work; two empty texts for nothing.

        With hashes, a file with one of them must be there; else any file that fits the version.
        """
        from packaging.requirements import InvalidRequirement, Requirement

        text = line.partition(" --hash=")[0]
        try:
            wanted = Requirement(text)
        except InvalidRequirement as error:
            return f"{text} is no requirement: {error}", "write NAME==VERSION"
        if wanted.marker and not wanted.marker.evaluate(_environment(where)):
            return "", ""
        found = self._among(line, wanted, where, (self.main,))
        if found[0] and extra:
            found = self._among(line, wanted, where, (self.main, *extra))
        return found

    def size(self, line: str, where: Where, extra: tuple[str, ...] = ()) -> int:
        """Bytes of the file that would be installed for a requirement; 0 when nobody says them."""
        from packaging.requirements import Requirement
        from packaging.version import Version

        wanted = Requirement(line.partition(" --hash=")[0])
        if wanted.marker and not wanted.marker.evaluate(_environment(where)):
            return 0
        hashes = set(_HASH.findall(line))
        # In the order of `problem`: the others are asked only for what the first has not.
        for index in (self.main, *extra):
            fitting = [
                (Version(file.version), file.filename.endswith(".whl"), file.size)
                for file in self._files(index, wanted.name)
                if _version_fits(file.version, wanted)
                and usable(file.filename, where)
                and (not hashes or file.sha256 in hashes)
            ]
            if fitting:
                return max(fitting)[2]
        return 0

    def metadata(self, requirement: str, where: Where) -> str:
        """The core metadata of a file that fits, where the index offers it (PEP 658)."""
        from packaging.requirements import Requirement

        wanted = Requirement(requirement)
        for file in reversed(self._files(self.main, wanted.name)):
            fits = _version_fits(file.version, wanted) and file.filename.endswith(".whl")
            if fits and file.url and usable(file.filename, where):
                url = urljoin(f"{self.main.rstrip('/')}/{_normal(wanted.name)}/", file.url)
                answer = ask(
                    self.session,
                    self.policy,
                    f"{url.partition('#')[0]}.metadata",
                    log=self.log,
                    accepted=frozenset({200, 404}),
                )
                return answer.text if answer.status_code == 200 else ""
        return ""

    def _among(
        self, line: str, wanted: Requirement, where: Where, indexes: tuple[str, ...]
    ) -> tuple[str, str]:
        files = [file for index in indexes for file in self._files(index, wanted.name)]
        place = " or ".join(shown(index) for index in indexes)
        text = line.partition(" --hash=")[0]
        if not files:
            hint = "is the name right, or does a mirror lack it?"
            return f"{wanted.name} is not at {place}", hint
        fitting = [file for file in files if _version_fits(file.version, wanted)]
        if not fitting:
            there = _sorted({file.version for file in files if file.version})
            near_ones = near(str(wanted.specifier).strip("=<>~! "), there)
            hint = f"there is {', '.join(near_ones)}" if near_ones else "it has no releases"
            return f"{wanted.name} at {place} has no version {wanted.specifier}", hint
        hashes = set(_HASH.findall(line))
        if hashes:
            matching = [file for file in fitting if file.sha256 in hashes]
            if not matching:
                return (
                    f"{text} at {place} has no file with a hash of the lock",
                    "the index serves other files; do not use them before you know why",
                )
            fitting = matching
        if any(usable(file.filename, where) for file in fitting):
            return "", ""
        names = ", ".join(sorted(file.filename for file in fitting)[:4])
        system = f"Python {where.python} on {where.machine} with glibc 2.{where.glibc}"
        return f"{text} at {place} has no file for {system}", f"there is {names}"


def usable(filename: str, where: Where) -> bool:
    """Whether a file can be installed there: a wheel by its tags, a source archive always."""
    if not filename.endswith(".whl"):
        return filename.endswith((".tar.gz", ".zip", ".tar.bz2"))
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        tags = parse_wheel_filename(filename)[3]
    except InvalidWheelFilename:
        return False
    return not tags.isdisjoint(_tags(where))


@cache
def _tags(where: Where) -> frozenset[object]:
    from packaging import tags

    version = tuple(int(part) for part in where.python.split("."))
    platforms = [
        f"manylinux_2_{minor}_{where.machine}" for minor in range(where.glibc, OLDEST_GLIBC - 1, -1)
    ]
    old = {"manylinux2014": 17, "manylinux2010": 12, "manylinux1": 5}
    platforms += [f"{name}_{where.machine}" for name, at in old.items() if at <= where.glibc]
    platforms.append(f"linux_{where.machine}")
    return frozenset(
        (
            *tags.cpython_tags(version, platforms=platforms),
            *tags.compatible_tags(version, f"cp{''.join(map(str, version))}", platforms),
        )
    )


def _environment(where: Where) -> dict[str, str]:
    """What markers ask about."""
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": where.machine,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{where.python}.0",
        "python_version": where.python,
        "sys_platform": "linux",
    }


def _version_fits(version: str, wanted: Requirement) -> bool:
    return bool(version) and wanted.specifier.contains(version, prereleases=True)


def _sorted(versions: set[str]) -> list[str]:
    from packaging.version import Version

    return [str(version) for version in sorted(map(Version, versions))]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _parse(answer: httpx.Response, url: str) -> tuple[File, ...]:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if kind == _JSON:
        try:
            return msgspec.json.decode(answer.content, type=_Page).files
        except msgspec.MsgspecError as error:
            raise EngineError(
                f"{shown(url)}: the index sent something that is not its API: {error}",
                hint="is a proxy in between?",
            ) from None
    if kind != "text/html":
        raise EngineError(
            f"{shown(url)}: the answer is {kind or 'of no type'}, not a page of an index",
            hint="name the index by its simple API, such as https://index.example/simple",
        )
    reader = _Links()
    reader.feed(answer.text)
    return tuple(_linked(href, url) for href in reader.found)


def _linked(href: str, url: str) -> File:
    address, _, fragment = urljoin(url, href).partition("#")
    algorithm, _, value = fragment.partition("=")
    hashes = {algorithm: value} if algorithm == "sha256" else {}
    return File(filename=unquote(address.rpartition("/")[2]), url=address, hashes=hashes)


class _Links(HTMLParser):
    """The addresses of all links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of a link."""
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def names_of(lines: tuple[str, ...]) -> Iterator[str]:
    """The projects that requirements name."""
    for line in lines:
        if found := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line):
            yield _normal(found[0])
