"""What an engine is: a pure function from a request to commands, and a reader of their output.

A dry run prints `commands(request)`; a real run executes the very same objects (law 8). Nothing
here or in an engine's `commands` touches the disk, so a dry run has no side effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from dockwright.engines.events import Event
from dockwright.rendering.dialect import Dialect


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret by name. Its value is never part of this object.

    `source` "file": the engine reads `path` itself. `source` "env": the value travels in the
    environment variable `variable` of the engine's process, set by the executor at the last moment.
    """

    id: str
    source: Literal["file", "env"]
    path: str = ""
    variable: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One process that a build starts.

    `purpose` is for people; `stages` the stages of the plan that it may execute; `produces`
    says what is there afterwards; `secret_env` names variables whose values the executor adds.
    """

    argv: tuple[str, ...]
    purpose: str
    reader: Literal["plain", "events", "rawjson", "buildah"] = "plain"
    env: dict[str, str] = {}
    secret_env: tuple[str, ...] = ()
    produces: str = ""


class BaseContext(msgspec.Struct, frozen=True, kw_only=True):
    """A base image that does not come from a registry.

    `name` is what FROM says; `layout` the OCI layout directory on this host, `ref` its tag there.
    `view` is the same image in the `dir:` form (engines/view.py), for engines that want it.
    """

    name: str
    layout: str
    ref: str
    view: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """All that an engine must know to build one target of one rendered plan.

    `dockerfile` and `context` are paths that the executor fills before the first command
    (`context` is an empty directory: everything comes from stages and named contexts).
    `stages` maps the name of each stage, in the order of the text, to the number of its steps.
    `epoch` is the time of the image and its files, in seconds since 1970; empty leaves them alone.
    """

    dockerfile: Path
    context: Path
    target: str
    purpose: str
    platform: str
    stages: tuple[str, ...]
    bases: tuple[BaseContext, ...] = ()
    contexts: dict[str, str] = {}
    secrets: tuple[Secret, ...] = ()
    tags: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    output: Literal["cache", "image", "files", "oci", "push"] = "cache"
    destination: Path | None = None
    metadata: Path | None = None
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    no_cache: bool = False
    jobs: int = 0
    epoch: str = ""
    source_policy: Path | None = None
    """A file for BuildKit that says which sources it may use."""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A built image, as the engine that holds it describes it. Sizes in bytes."""

    where: str
    digest: str
    size: int
    layers: tuple[int, ...]


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What `doctor` says of an engine on this host."""

    engine: str
    available: bool
    version: str = ""
    detail: str = ""
    missing: tuple[str, ...] = ()
    hint: str = ""
    platforms: tuple[str, ...] = ()
    """What it can execute steps for, also emulated; empty when it does not say."""
    store: str = ""
    """The directory of this host that its layers are kept in; empty when nobody can tell."""


class Engine(Protocol):
    """Executes rendered plans."""

    name: str

    def probe(self) -> Probe:
        """Look at this host: is the engine here, which version, what is missing."""
        ...

    def dialect(self) -> Dialect:
        """What the engine's Dockerfile front end can read."""
        ...

    def commands(self, request: Request) -> tuple[Command, ...]:
        """The exact argv of a real run. Pure."""
        ...

    def verified(self, evidence: Request, image: Request) -> tuple[tuple[Command, Request], ...]:
        """The commands that build `image` and name it only after its checks (`evidence`) held.

        Each with the request that its output is read by. Pure.
        """
        ...

    def read(self, command: Command, request: Request, lines: Iterable[str]) -> Iterator[Event]:
        """Turn what a command of this engine prints into events, as it arrives."""
        ...

    def session(self) -> AbstractContextManager[None]:
        """Entered around the commands of a build; removes what a failed one left behind."""
        ...

    def inspect(self, request: Request) -> Image:
        """Describe the image that a finished request produced."""
        ...
