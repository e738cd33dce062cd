"""buildah: builds without a daemon, into the container storage of this host.

Facts of buildah 1.28 that shaped the argv (each was tried):

- Every stage that uses a layout as its base copies it into the storage, all at the same time. One
  `buildah pull` before the build makes those copies look-ups of a digest (0.1 s), and still
  notices when the content of the layout changed.
- An image from `oci:` is named after its directory, which fails for most paths (an upper case
  letter is enough). One from `dir:` is named after its digest, hence the view of a layout.
- `--label` is ignored when the last step comes from the cache, so labels are set afterwards.
- `--iidfile` silences the `-->` lines that say what became of a step, so it is not used.
- `--timestamp` (SOURCE_DATE_EPOCH) gives every file the same time, newer or older. A `.pyc`
  that remembers its source's time would be stale then: those here are checked by hash (apt.sh).
- `--force-rm`, else each failed build leaves its working containers (and their disk) behind.
- `--network host` needs no network plug-in and works under both isolations.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from dockwright.engines.api import Command, Image, Probe, Request, Secret
from dockwright.engines.buildah_output import read_output
from dockwright.engines.events import Event, Log
from dockwright.engines.execute import query
from dockwright.engines.files import written_files
from dockwright.engines.neighbours import at_work
from dockwright.engines.platforms import runnable
from dockwright.errors import EngineError, UserError
from dockwright.rendering.dialect import BUILDAH, Dialect

MINIMUM = (1, 28)
DEFAULT_JOBS = 4
"""Stages at once when nobody says a number. A stage that waits for another one holds no place."""

_VERSION = re.compile(r"\bversion (\d+)\.(\d+)(?:\.(\d+))?")
_INSTALL = "install it: `apt-get install buildah` (Debian, Ubuntu) or `dnf install buildah`"


class Buildah:
    """The buildah engine. `isolation` "" leaves the choice to buildah (its default is "oci")."""

    name = "buildah"

    def __init__(self, *, isolation: Literal["", "oci", "chroot", "rootless"] = "") -> None:
        self._isolation = isolation

    def dialect(self) -> Dialect:
        """What buildah's Dockerfile front end can read."""
        return BUILDAH

    def probe(self) -> Probe:
        """Look at this host; never hangs and never raises."""
        if shutil.which("buildah") is None:
            return Probe(engine=self.name, available=False, missing=("buildah",), hint=_INSTALL)
        try:
            said = query(("buildah", "--version"), timeout=10)
        except EngineError as error:
            return Probe(engine=self.name, available=False, detail=error.message, hint=error.hint)
        version, known = parse_version(said)
        if known < MINIMUM:
            needed = ".".join(map(str, MINIMUM))
            return Probe(
                engine=self.name,
                available=False,
                version=version,
                detail=f"version {version or said.strip()} is too old",
                missing=(f"buildah {needed} or newer",),
                hint=f"dockwright needs buildah {needed} or newer; upgrade it, or use BuildKit",
            )
        try:
            info = json.loads(query(("buildah", "info"), timeout=30))
        except (EngineError, ValueError) as error:
            hint = error.hint if isinstance(error, EngineError) else ""
            return Probe(
                engine=self.name,
                available=False,
                version=version,
                detail=f"`buildah info` failed: {error}",
                hint=hint or "run `buildah info` and look at what it says about the storage",
            )
        return self._describe(version, info)

    def _describe(self, version: str, info: dict[str, Any]) -> Probe:
        host, store = info.get("host", {}), info.get("store", {})
        driver, rootless = store.get("GraphDriverName", "?"), bool(host.get("rootless"))
        missing: list[str] = []
        hints: list[str] = []
        runtime = next((name for name in ("crun", "runc") if shutil.which(name)), "")
        isolation = self._isolation or "oci"
        if not runtime and isolation != "chroot":
            missing.append("runc or crun")
            hints.append(
                "no OCI runtime: install `crun` or `runc`, or set BUILDAH_ISOLATION=chroot"
            )
        if rootless and shutil.which("newuidmap") is None:
            missing.append("newuidmap")
            hints.append("rootless builds need newuidmap: install `uidmap` (or `shadow-utils`)")
        if driver == "vfs":
            hints.append(
                "the storage driver vfs copies the whole image in every step: install "
                "`fuse-overlayfs` or set driver = overlay in storage.conf"
            )
        who = "rootless" if rootless else "root"
        return Probe(
            engine=self.name,
            available=not missing,
            version=version,
            detail=f"{who}, {driver} in {store.get('GraphRoot', '?')}, "
            f"{isolation} isolation with {runtime or 'no runtime'}",
            missing=tuple(missing),
            hint="; ".join(hints),
            platforms=runnable(),
            store=store.get("GraphRoot", ""),
        )

    def commands(self, request: Request) -> tuple[Command, ...]:
        """Import the bases, build, then label, export or push the result."""
        imports = {f"dir:{base.view}": base.name for base in request.bases}
        commands = [
            Command(
                argv=("buildah", "pull", source),
                purpose=f"import base image {name.rpartition('/')[2]}",
                produces="the base image, in the local storage",
            )
            for source, name in imports.items()
        ]
        commands.append(self._build(request))
        if request.output in {"image", "oci", "push"} and request.labels:
            commands += _label(request)
        return (*commands, *_export(request))

    def verified(self, evidence: Request, image: Request) -> tuple[tuple[Command, Request], ...]:
        """Build under a name of ours, check that image, then give it its names.

        The stage of the image is replaced by the built image while the checks run: buildah hashes
        everything that a cached COPY copies, and going through all stages again cost 20 s.
        """
        staging = f"localhost/dockwright/staging:{image.dockerfile.parent.name}"
        build = msgspec.structs.replace(
            image, purpose="build", output="image", tags=(staging,), labels={}
        )
        checks = msgspec.structs.replace(
            evidence,
            purpose="verify",
            contexts={**evidence.contexts, image.target: f"container-image://{staging}"},
        )
        chain = [(command, build) for command in self.commands(build)]
        chain.append((self._build(checks), checks))
        if image.output == "cache":
            return tuple(chain)
        names = _names(image)
        give = Command(
            argv=("buildah", "tag", staging, *names),
            purpose="name the image",
            produces=f"{', '.join(names)} in the local storage",
        )
        # Of an image with several names, rmi takes one name away.
        drop = Command(argv=("buildah", "rmi", staging), purpose="drop our own name")
        chain += [(command, image) for command in (give, drop, *_export(image))]
        return tuple(chain)

    def _build(self, request: Request) -> Command:
        argv = ["buildah", "build", "--layers", "--force-rm", "--format", "oci"]
        argv += ["--jobs", str(request.jobs or DEFAULT_JOBS), "--network", "host"]
        # "false" means: a base that is here already is not looked for in its registry again.
        argv += ["--pull=false", "--platform", request.platform, "--identity-label=false"]
        if request.epoch:
            argv += ["--timestamp", request.epoch]
        if self._isolation:
            argv += ["--isolation", self._isolation]
        if self._isolation == "chroot":
            # A step cannot enter a user namespace there, and needs these to leave the network.
            argv += ["--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_NET_ADMIN"]
        argv += _inputs(request)
        produces = "layers, in the local storage"
        if request.output == "files":
            destination = _destination(request)
            argv += ["--output", f"type=local,dest={destination}"]
            produces = str(destination)
        elif request.output != "cache":
            for name in _names(request):
                argv += ["--tag", name]
            produces = f"{', '.join(_names(request))} in the local storage"
        argv += ["--target", request.target, "--file", str(request.dockerfile)]
        return Command(
            argv=(*argv, str(request.context)),
            purpose=request.purpose,
            reader="buildah",
            secret_env=tuple(s.variable for s in request.secrets if s.source == "env"),
            produces=produces,
        )

    def read(self, command: Command, request: Request, lines: Iterable[str]) -> Iterator[Event]:
        """Events of a build; every line of the other commands is a line of the command itself."""
        if command.reader == "buildah":
            yield from read_output(lines, request.stages)
            return
        for event in read_output(lines):
            if isinstance(event, Log):
                yield event

    def working_containers(self) -> frozenset[str]:
        """Ids of the working containers in the storage; take them before a build starts."""
        answer = query(("buildah", "containers", "--quiet", "--notruncate"), timeout=60)
        return frozenset(answer.split())

    def clean_up(self, before: frozenset[str]) -> int:
        """Remove the working containers that a failed or killed build left; how many they were.

        buildah does not say whose a container is. So only those are removed that were not there
        before the build, and only while no other buildah works in this storage.
        """
        if at_work("buildah"):
            return 0
        left = sorted(self.working_containers() - before)
        for container in left:
            query(("buildah", "rm", container), timeout=60)
        return len(left)

    @contextlib.contextmanager
    def session(self) -> Iterator[None]:
        """Removes the working containers that a failed or interrupted build left behind."""
        before = self.working_containers()
        try:
            yield
        except BaseException:
            # What it was must be seen, not why the cleaning did not work.
            with contextlib.suppress(EngineError):
                self.clean_up(before)
            raise

    def inspect(self, request: Request) -> Image:
        """The image in the local storage, or the files. Sizes are those of uncompressed layers."""
        if request.output == "cache":
            raise EngineError(
                f"{request.purpose} made no image", hint="only image, oci and push outputs have one"
            )
        if request.output == "files":
            return written_files(_destination(request))
        name = _names(request)[0]
        answer = query(("buildah", "inspect", "--type", "image", name), timeout=60)
        image = parse_image(answer, where=f"containers-storage:{name}")
        if request.output != "oci":
            return image
        layout, ref = _destination(request), _oci_ref(request)
        return Image(
            where=f"oci:{layout}:{ref}",
            digest=_layout_digest(layout, ref) or image.digest,
            size=image.size,
            layers=image.layers,
        )


def parse_version(said: str) -> tuple[str, tuple[int, ...]]:
    """`buildah version 1.28.2 (…)` → ("1.28.2", (1, 28, 2)); ("", ()) when it is not that."""
    match = _VERSION.search(said)
    if match is None:
        return "", ()
    numbers = tuple(int(part) for part in match.groups() if part is not None)
    return ".".join(map(str, numbers)), numbers


def parse_image(answer: str, *, where: str) -> Image:
    """What `buildah inspect --type image` says, as an `Image`."""
    try:
        found = json.loads(answer)
        layers = tuple(int(layer["size"]) for layer in json.loads(found["Manifest"])["layers"])
        digest = str(found["FromImageDigest"])
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"cannot read what buildah says of {where}: {error!r}",
            hint="run `buildah inspect --type image` by hand, and report its answer",
        ) from error
    return Image(where=where, digest=digest, size=sum(layers), layers=layers)


def _names(request: Request) -> tuple[str, ...]:
    return request.tags or (f"localhost/dockwright/{request.target.lower()}:latest",)


def _oci_ref(request: Request) -> str:
    """The tag of the first name; a colon before the last slash is a port, not a tag."""
    last = _names(request)[0].rpartition("/")[2]
    return last.partition("@")[0].partition(":")[2] or "latest"


def _export(request: Request) -> list[Command]:
    """What follows when the image shall not only be in the local storage."""
    if request.output == "oci":
        target = f"oci:{_destination(request)}:{_oci_ref(request)}"
        return [
            Command(
                argv=("buildah", "push", _names(request)[0], target),
                purpose="write the OCI layout",
                produces=target,
            )
        ]
    if request.output == "push":
        return [
            Command(
                argv=("buildah", "push", tag, f"docker://{tag}"),
                purpose=f"push {tag}",
                produces=f"docker://{tag}",
            )
            for tag in _names(request)
        ]
    return []


def _destination(request: Request) -> Path:
    if request.destination is None:
        raise UserError(
            f"output {request.output!r} of {request.purpose} needs a destination",
            hint="say where the result shall be written",
        )
    return request.destination


def _secret(secret: Secret) -> str:
    if secret.source == "file":
        return f"id={secret.id},src={secret.path}"
    return f"id={secret.id},env={secret.variable}"


def _inputs(request: Request) -> list[str]:
    """Flags that name what the build reads."""
    argv: list[str] = []
    for base in request.bases:
        context = f"{base.name}=container-image://dir:{base.view}"
        argv += ["--build-context", context]
    for name, path in request.contexts.items():
        argv += ["--build-context", f"{name}={path}"]
    for secret in request.secrets:
        argv += ["--secret", _secret(secret)]
    for reference in request.cache_from:
        argv += ["--cache-from", reference]
    for reference in request.cache_to:
        argv += ["--cache-to", reference]
    return [*argv, "--no-cache"] if request.no_cache else argv


def _label(request: Request) -> list[Command]:
    """Set labels without the build: with a cached last step `--label` changes nothing (1.28)."""
    names = _names(request)
    identity = json.dumps([names, sorted(request.labels.items())])
    container = f"dockwright-labels-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
    labels = [word for item in request.labels.items() for word in ("--label", "=".join(item))]
    purpose = f"label {request.purpose}"
    options = ("--rm", "--format", "oci", "--identity-label=false")
    commands: list[tuple[str, ...]] = [
        ("buildah", "from", "--pull-never", "--name", container, names[0]),
        ("buildah", "config", *labels, container),
        ("buildah", "commit", *options, container, names[0]),
    ]
    commands += [("buildah", "tag", *names)] if len(names) > 1 else []
    return [
        Command(argv=argv, purpose=purpose, produces=f"labels of {names[0]}") for argv in commands
    ]


def _layout_digest(layout: Path, ref: str) -> str:
    try:
        index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
        for manifest in index["manifests"]:
            if manifest.get("annotations", {}).get("org.opencontainers.image.ref.name") == ref:
                return str(manifest["digest"])
    except (OSError, ValueError, KeyError, AttributeError):
        return ""
    return ""
