"""BuildKit, spoken to through buildx: what users of docker have.

`probe()` looks at this host; what it saw is a frozen `Host`. All else is a pure function of that
value and of a request, except `inspect`, which looks at what a build left behind.

Facts of BuildKit 0.33 and buildx 0.36 that shaped the argv (each was tried):

- `--build-context NAME=oci-layout://…` replaces `FROM NAME`, also for a name of no registry. buildx
  adds the digest, so the cache holds as long as the content of the layout does.
- Secrets are not part of a step's cache key: neither their content nor whether they are given.
- `--metadata-file` alone makes buildx ask for the provenance of each build; a variable stops it.
- rawjson goes to standard error, and the text of a final error follows it there, not as JSON.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import msgspec

from dockwright.engines.api import Command, Image, Probe, Request, Secret
from dockwright.engines.buildkit_host import Ask, Host, examine
from dockwright.engines.events import Event
from dockwright.engines.files import written_files
from dockwright.engines.process import ask as ask_program
from dockwright.errors import EngineError
from dockwright.rendering.dialect import BUILDKIT, Dialect


class BuildKit:
    """The engine `buildkit`.

    `host` is what command lines are made for, until `probe` has looked; `env` is what programs of
    this host inherit (None: the environment of this process).
    """

    name = "buildkit"

    def __init__(
        self,
        host: Host | None = None,
        *,
        env: Mapping[str, str] | None = None,
        ask: Ask | None = None,
    ) -> None:
        self.host = host or Host()
        self._ask = ask or partial(ask_program, env=env)

    def probe(self) -> Probe:
        """Which buildx, which builder, does its BuildKit answer. Commands follow what it found."""
        host, probe = examine(self._ask)
        self.host = host or self.host
        return probe

    def dialect(self) -> Dialect:
        """BuildKit's own front end: the newest words that all supported versions read."""
        return BUILDKIT

    def commands(self, request: Request) -> tuple[Command, ...]:
        """One `buildx build`. BuildKit itself runs what can run at the same time."""
        return (
            Command(
                argv=tuple(_build(self.host, request)),
                purpose=request.purpose,
                reader="rawjson",
                # The metadata file is read for the digest only. Without this, buildx asks for the
                # provenance of each build to write it there too, at the end of each build.
                env={
                    "BUILDX_METADATA_PROVENANCE": "disabled",
                    **(
                        {"EXPERIMENTAL_BUILDKIT_SOURCE_POLICY": str(request.source_policy)}
                        if request.source_policy
                        else {}
                    ),
                },
                secret_env=tuple(
                    secret.variable for secret in request.secrets if secret.source == "env"
                ),
                produces=_produces(self.host, request),
            ),
        )

    def read(self, command: Command, request: Request, lines: Iterable[str]) -> Iterator[Event]:
        """Events of `--progress=rawjson`. buildx prints it on standard error."""
        from dockwright.engines.rawjson import read as read_rawjson

        return read_rawjson(lines, request.stages, start=time.time())

    def verified(self, evidence: Request, image: Request) -> tuple[tuple[Command, Request], ...]:
        """Run the checks first; the image then comes from the cache (0.3 s) and gets its names."""
        # With --no-cache, too: what is named must be what was checked, not a second build of it.
        image = msgspec.structs.replace(image, no_cache=False)
        return tuple(
            (command, request)
            for request in (evidence, image)
            for command in self.commands(request)
        )

    def session(self) -> AbstractContextManager[None]:
        """BuildKit keeps no containers of a failed build; there is nothing to do."""
        return contextlib.nullcontext()

    def inspect(self, request: Request) -> Image:
        """Describe what a finished request left behind."""
        match _sink(self.host, request):
            case "oci":
                return self._inspect_layout(request)
            case "docker":
                return self._inspect_docker(request)
            case "push":
                return self._inspect_pushed(request)
            case "files":
                return written_files(_destination(request))
            case _:
                return Image(where="build cache", digest="", size=0, layers=())

    def _inspect_layout(self, request: Request) -> Image:
        from dockwright.engines.oci import read_layout

        layout = read_layout(_destination(request), _tag(request.tags), platform=request.platform)
        return Image(
            where=f"oci:{layout.directory}:{layout.ref}",
            digest=layout.digest,
            size=layout.size,
            layers=tuple(layer.size for layer in layout.layers),
        )

    def _inspect_docker(self, request: Request) -> Image:
        name = request.tags[0] if request.tags else _digest(request)
        facts = self._ask(("docker", "image", "inspect", "--format", "{{.Id}} {{.Size}}", name))
        history = self._ask(
            ("docker", "history", "--no-trunc", "--human=false", "--format", "{{.Size}}", name)
        )
        words = facts.output.split()
        if not facts.ok or not history.ok or len(words) != 2:
            raise EngineError(
                f"docker does not know the image {name} that was just built",
                hint=_last_line(facts.output) or "`docker image ls` shows what it has",
            )
        # Newest first, and a line for each instruction: those of size 0 have no layer.
        sizes = [int(word) for word in history.output.split() if word.isdigit()]
        return Image(
            where=f"docker: {name}",
            digest=_digest(request) or words[0],
            size=int(words[1]),
            layers=tuple(size for size in reversed(sizes) if size),
        )

    def _inspect_pushed(self, request: Request) -> Image:
        digest = _digest(request)
        # By digest: somebody else may have moved the tag since.
        name = f"{_without_tag(request.tags[0])}@{digest}" if digest else request.tags[0]
        argv = (*self.host.buildx, "imagetools", "inspect", "--raw", name)
        answer = self._ask(argv)
        try:
            manifest = msgspec.json.decode(answer.output, type=_Manifest)
        except msgspec.DecodeError:
            raise EngineError(
                f"the registry does not show the image {name} that was just pushed",
                hint=_last_line(answer.output),
            ) from None
        layers = tuple(layer.size for layer in manifest.layers)
        return Image(
            where=request.tags[0],
            digest=digest,
            size=sum(layers) + manifest.config.size,
            layers=layers,
        )


class _Descriptor(msgspec.Struct, frozen=True):
    size: int = 0


class _Manifest(msgspec.Struct, frozen=True):
    config: _Descriptor = _Descriptor()
    layers: tuple[_Descriptor, ...] = ()


def _build(host: Host, request: Request) -> Iterator[str]:
    """The words of `buildx build`, in one fixed order."""
    yield from (*host.buildx, "build")
    if host.builder:
        yield from ("--builder", host.builder)
    yield "--progress=rawjson"
    yield from ("--file", str(request.dockerfile), "--target", request.target)
    yield from ("--platform", request.platform)
    # BuildKit's attestations would turn the image into an index with a second, untagged manifest,
    # whose content (times, ids of the build) is new in each build: equal images would no longer
    # have equal digests, and docker's older image store cannot load an index. dockwright writes
    # its own provenance and SBOM beside the image.
    yield from ("--provenance=false", "--sbom=false")
    if request.metadata is not None:
        yield from ("--metadata-file", str(request.metadata))
    for base in request.bases:
        yield from ("--build-context", f"{base.name}=oci-layout://{base.layout}:{base.ref}")
    for name, path in sorted(request.contexts.items()):
        yield from ("--build-context", f"{name}={path}")
    for secret in request.secrets:
        yield from ("--secret", _secret(secret))
    if request.epoch:
        # Not an ARG of the text: the front end takes it for the times of what it makes itself.
        yield from ("--build-arg", f"SOURCE_DATE_EPOCH={request.epoch}")
    for name, value in sorted(request.labels.items()):
        yield from ("--label", f"{name}={value}")
    for tag in request.tags:
        yield from ("--tag", tag)
    for source in request.cache_from:
        yield from ("--cache-from", source)
    for target in request.cache_to:
        yield from ("--cache-to", target)
    if request.no_cache:
        yield "--no-cache"
    yield from ("--output", _output(host, request))
    # `request.jobs` has no flag here: how many steps BuildKit runs at once is its daemon's setting.
    yield str(request.context)


def _secret(secret: Secret) -> str:
    if secret.source == "env":
        return _fields(id=secret.id, env=secret.variable)
    return _fields(id=secret.id, src=secret.path)


def _sink(host: Host, request: Request) -> str:
    """Where a request's result goes on this host."""
    if request.output == "image":
        # A remote BuildKit may stand alone: without a docker daemon the image stays a layout.
        return "docker" if host.docker else "oci"
    return request.output


def _output(host: Host, request: Request) -> str:
    times = rewriting(request)
    match _sink(host, request):
        case "cache":
            return "type=cacheonly"
        case "files":
            # For a stage of few files: with thousands this export can wait for ever
            # (moby/buildkit issue 2950, open in 0.33; seen once in 27 exports of a whole system).
            return _fields(type="local", dest=str(_destination(request)))
        case "oci":
            return _fields(type="oci", dest=str(_destination(request)), tar="false", **times)
        case "push":
            if not request.tags:
                raise EngineError("an image without a name cannot be pushed", hint="give it a tag")
            return _fields(type="registry", **times)
        case _:
            return _fields(type="docker", **times)


def rewriting(request: Request) -> dict[str, str]:
    """Options of an output that bring the times of files down to the request's epoch.

    Layers of the base image stay what they are, and files that are older keep their time.
    """
    return {"rewrite-timestamp": "true"} if request.epoch else {}


def _produces(host: Host, request: Request) -> str:
    match _sink(host, request):
        case "cache":
            return "layers in the build cache"
        case "files":
            return f"files in {_destination(request)}"
        case "oci":
            return f"OCI layout {_destination(request)}"
        case "push":
            return f"{request.tags[0]} in its registry"
        case _:
            return f"{request.tags[0] if request.tags else 'an image'} in docker"


def _destination(request: Request) -> Path:
    if request.destination is not None:
        return request.destination
    if request.output == "image":
        raise EngineError(
            "no docker daemon answers that could hold the image",
            hint="say where it shall be written as an OCI layout, or push it",
        )
    raise EngineError(f"output {request.output!r} needs a destination directory")


def _digest(request: Request) -> str:
    """The digest that buildx wrote down, or "" when it did not."""
    if request.metadata is None or not request.metadata.is_file():
        return ""
    found = msgspec.json.decode(request.metadata.read_bytes())
    return str(found.get("containerimage.digest", "")) if isinstance(found, dict) else ""


def _fields(**fields: str) -> str:
    """buildx reads such an argument as one line of CSV."""
    words = (f"{name}={value}" for name, value in fields.items())
    return ",".join(
        '"' + word.replace('"', '""') + '"' if set(word) & set(',"\n') else word for word in words
    )


def _tag(names: tuple[str, ...]) -> str:
    """The tag under which BuildKit enters an image into the index of a layout."""
    last = names[0].rpartition("/")[2] if names else ""
    return last.partition("@")[0].partition(":")[2] or "latest"


def _without_tag(name: str) -> str:
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition("@")[0].partition(":")[0]


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
