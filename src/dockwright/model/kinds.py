"""The types that parameters have. Each parses text, shows itself, and knows its JSON schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from dockwright.model.param import Kind
from dockwright.model.values import NAME, TAG, Arch, ImageRef, Regex

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off"}


def _bool(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError(f"must be true or false, not {text!r}")


BOOL: Kind[bool] = Kind(
    name="switch",
    parse=_bool,
    show=lambda value: "true" if value else "false",
    schema={"type": "boolean"},
    choices=("true", "false"),
)


def integer(*, least: int) -> Kind[int]:
    """A whole number, at least `least`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text.strip()) or int(text) < least:
            raise ValueError(f"must be a whole number of at least {least}, not {text!r}")
        return int(text)

    return Kind(name="integer", parse=parse, schema={"type": "integer", "minimum": least})


def choice(enum: type[E], *, name: str = "", aliases: Mapping[str, str] | None = None) -> Kind[E]:
    """One of an enumeration, in any case of letters; `aliases` are further spellings of values."""
    choices = tuple(member.value for member in enum)
    spellings = dict(aliases or {})

    def parse(text: str) -> E:
        word = text.strip().lower()
        try:
            return enum(spellings.get(word, word))
        except ValueError:
            from difflib import get_close_matches

            near = get_close_matches(word, choices, n=1)
            guess = f" (did you mean {near[0]!r}?)" if near else ""
            raise ValueError(f"must be one of {', '.join(choices)}, not {text!r}{guess}") from None

    return Kind(
        name=name or enum.__name__.lower(),
        parse=parse,
        schema={"type": "string", "enum": list(choices)},
        choices=choices,
    )


def pattern(
    name: str, regex: str, phrase: str, *, empty: bool = False, choices: tuple[str, ...] = ()
) -> Kind[str]:
    """Text that matches a whole regular expression; `phrase` continues "must be …"."""
    whole = Regex(f"(?:{regex})?" if empty else regex)

    def parse(text: str) -> str:
        if not whole.fullmatch(text):
            raise ValueError(f"must be {phrase}, not {text!r}")
        return text

    optional = "?" if empty else ""
    schema = {"type": "string", "pattern": f"^({regex}){optional}$"}
    return Kind(name=name, parse=parse, schema=schema, choices=choices)


TEXT: Kind[str] = pattern("text", r"[^\x00-\x1f]*", "one line of text")
VERSION: Kind[str] = pattern(
    "version", r"v?[0-9]+(\.[0-9]+)*([-+.~]?[A-Za-z0-9]+)*", "a version such as 1.2.3"
)
VERSION_OR_EMPTY: Kind[str] = pattern(
    "version", r"[0-9][A-Za-z0-9.+:~-]*", "a version such as 1.13.1-1", empty=True
)
# https://git-scm.com/docs/git-check-ref-format, without the characters a shell could trip over.
GIT_REF: Kind[str] = pattern(
    "git ref", r"(?!.*(\.\.|//|\.lock$))[A-Za-z0-9][A-Za-z0-9._/+-]*", "a tag, branch or commit"
)
_URL = r"(https?|git|ssh|file)://[^\s]+|git@[^\s]+:[^\s]+"
URL: Kind[str] = pattern("url", _URL, "a URL")
URL_OR_EMPTY: Kind[str] = pattern("url", _URL, "a URL", empty=True)
PATH: Kind[str] = pattern("path", r"[^\x00-\x1f]+", "a path")
PYTHON: Kind[str] = pattern("Python version", r"3\.[0-9]+", "major.minor, such as 3.12")


def _image_tag(text: str) -> str:
    if text and not TAG.fullmatch(text):
        raise ValueError(f"must be an image tag, not {text!r}")
    return text


IMAGE_TAG: Kind[str] = Kind(
    name="image tag", parse=_image_tag, schema={"type": "string", "pattern": f"^({TAG.pattern})?$"}
)


def _image_ref(text: str) -> str:
    try:
        return str(ImageRef.parse(text))
    except ValueError as error:
        raise ValueError(f"must be an image NAME[:TAG][@DIGEST]; {error}") from None


IMAGE_REF: Kind[str] = Kind(name="image reference", parse=_image_ref)
IMAGE_REF_OR_EMPTY: Kind[str] = Kind(
    name="image reference", parse=lambda text: _image_ref(text) if text else ""
)


def _image_name(text: str) -> str:
    if text and not NAME.fullmatch(text):
        raise ValueError(f"must be an image name without a tag, not {text!r}")
    return text


IMAGE_NAME: Kind[str] = Kind(name="image name", parse=_image_name)


def _base_image(text: str) -> str:
    scheme, colon, rest = text.partition(":")
    if colon and scheme == "bootstrap":
        if not re.fullmatch(r"[a-z]+/[a-z]+", rest):
            raise ValueError(f"must be bootstrap:DISTRIBUTION/SUITE, not {text!r}")
        return text
    if colon and scheme == "oci":
        if not rest:
            raise ValueError("must name a directory after 'oci:'")
        return text
    if not NAME.fullmatch(text):
        try:
            ref = ImageRef.parse(text)
        except ValueError as error:
            raise ValueError(
                f"must be an image, oci:DIRECTORY[:TAG] or bootstrap:DISTRIBUTION/SUITE; {error}"
            ) from None
        return str(ref)
    return text


BASE_IMAGE: Kind[str] = Kind(name="base image", parse=_base_image)


def words(item: Kind[T], *, separator: str = ",") -> Kind[tuple[T, ...]]:
    """A list of values; in text they are separated by commas unless items may hold a comma."""

    def parse(text: str) -> tuple[T, ...]:
        found = (item.parse(word.strip()) for word in text.split(separator) if word.strip())
        return tuple(dict.fromkeys(found))

    def show(value: tuple[T, ...]) -> str:
        return separator.join(item.show(entry) for entry in value)

    return Kind(
        name=f"list ({item.name})",
        parse=parse,
        show=show,
        schema={"type": "array", "items": dict(item.schema)},
        choices=item.choices,
        separator=separator,
    )


def _cuda(text: str) -> str:
    version = re.fullmatch(r"([0-9]{1,3}\.[0-9]{1,3})((?:\.[0-9]+)+)?", text.strip(), re.ASCII)
    if not text.strip():
        return ""
    if version is None:
        raise ValueError(f"must be major.minor, such as 12.9, not {text!r}")
    # A patch level would name a torch backend that does not exist, so it is not dropped silently.
    if version[2]:
        raise ValueError(f"must be major.minor without a patch level: {version[1]}, not {text!r}")
    return version[1]


CUDA: Kind[str] = Kind(
    name="CUDA version",
    parse=_cuda,
    schema={"type": "string", "pattern": r"^([0-9]{1,3}\.[0-9]{1,3})?$"},
)


def _platform(text: str) -> Arch:
    for arch in Arch:
        if text.strip().lower() == arch.platform:
            return arch
    valid = ", ".join(arch.platform for arch in Arch)
    raise ValueError(f"must be {valid} or both separated by a comma, not {text!r}")


_PLATFORM: Kind[Arch] = Kind(
    name="platform",
    parse=_platform,
    show=lambda arch: arch.platform,
    schema={"type": "string", "enum": [arch.platform for arch in Arch]},
    choices=tuple(arch.platform for arch in Arch),
)


def _platforms(text: str) -> tuple[Arch, ...]:
    found = words(_PLATFORM).parse(text)
    if not found:
        raise ValueError("must name at least one platform, such as linux/amd64")
    return found


PLATFORMS: Kind[tuple[Arch, ...]] = Kind(
    name="list (platform)",
    parse=_platforms,
    show=words(_PLATFORM).show,
    schema={"type": "array", "items": dict(_PLATFORM.schema), "minItems": 1},
    choices=_PLATFORM.choices,
    separator=",",
)
