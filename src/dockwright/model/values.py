"""Small values that are valid by construction: parse at the edge, then trust the type."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec


class Regex(msgspec.Struct, frozen=True):
    """A regular expression (ASCII) that is compiled when it is first used: `re` keeps it then.

    There are eighty of them, and compiling all at import took a fifth of the time to a plan.
    """

    pattern: str

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """As of a compiled pattern."""
        return re.fullmatch(self.pattern, text, re.ASCII)


_SHA256 = Regex(r"[0-9a-f]{64}")
_COMMIT = Regex(r"[0-9a-f]{40}")


class Framework(StrEnum):
    """The inference engine of an image; `none` is the *standard* image without one."""

    NONE = "none"
    VLLM = "vllm"
    TRTLLM = "trtllm"
    SGLANG = "sglang"


class Device(StrEnum):
    """The accelerator that an image is built for."""

    CUDA = "cuda"
    CPU = "cpu"


class Arch(StrEnum):
    """A processor architecture, by its Debian name (the parameter ARCH)."""

    AMD64 = "amd64"
    ARM64 = "arm64"

    @property
    def alt(self) -> str:
        """The kernel's name for it: manylinux tags, rpm, auditwheel (the parameter ARCH_ALT)."""
        return {"amd64": "x86_64", "arm64": "aarch64"}[self.value]

    @property
    def platform(self) -> str:
        """The OCI platform string, `linux/amd64`."""
        return f"linux/{self.value}"

    @property
    def multiarch(self) -> str:
        """Debian's library directory name, `x86_64-linux-gnu`."""
        return f"{self.alt}-linux-gnu"


class Target(StrEnum):
    """What a build ends in: a stage that people ask for by name."""

    BASE = "base"
    WHEEL_BUILDER = "wheel_builder"
    FRAMEWORK = "framework"
    RUNTIME = "runtime"
    DEV = "dev"
    LOCAL_DEV = "local-dev"
    FRONTEND = "frontend"


class Family(StrEnum):
    """A packaging family: which package manager a stage has."""

    APT = "apt"
    DNF = "dnf"


class Sha256(str):
    """64 lower-case hexadecimal digits."""

    __slots__ = ()

    def __new__(cls, text: str) -> Sha256:
        """Raises ValueError when `text` is anything else."""
        if not _SHA256.fullmatch(text):
            raise ValueError(f"not a sha256 (64 hexadecimal digits): {text!r}")
        return super().__new__(cls, text)


def is_commit(text: str) -> bool:
    """Whether a text names one commit for ever: a whole hash."""
    return _COMMIT.fullmatch(text) is not None


class Commit(str):
    """A full git commit: 40 lower-case hexadecimal digits, never a branch or tag."""

    __slots__ = ()

    def __new__(cls, text: str) -> Commit:
        """Raises ValueError when `text` is anything else."""
        if not is_commit(text):
            raise ValueError(f"not a full commit (40 hexadecimal digits): {text!r}")
        return super().__new__(cls, text)


# The grammar of image references (distribution/reference), without the digest algorithm zoo.
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?)"
NAME = Regex(rf"(?:{_DOMAIN}/)?{_COMPONENT}(?:/{_COMPONENT})*")
TAG = Regex(r"[\w][\w.-]{0,127}")
DIGEST = Regex(r"sha256:[0-9a-f]{64}")


class ImageRef(msgspec.Struct, frozen=True, kw_only=True):
    """An image in a registry: `name[:tag][@sha256:…]`."""

    name: str
    tag: str = ""
    digest: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"not an image name: {self.name!r}")
        if self.tag and not TAG.fullmatch(self.tag):
            raise ValueError(f"not an image tag: {self.tag!r}")
        if self.digest and not DIGEST.fullmatch(self.digest):
            raise ValueError(f"not an image digest: {self.digest!r}")

    @classmethod
    def parse(cls, text: str) -> ImageRef:
        """Read `name[:tag][@digest]`. Raises ValueError that says which part is wrong."""
        rest, _, digest = text.partition("@")
        head, slash, last = rest.rpartition("/")
        last, _, tag = last.partition(":")
        return cls(name=head + slash + last, tag=tag, digest=digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


class Os(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The operating system inside a base image, as far as recipes may know it."""

    distribution: str
    release: str
    family: Family
    python: str
    """The interpreter that the distribution packages, `3.11`."""

    def __str__(self) -> str:
        return f"{self.distribution}-{self.release}"
