"""Everything that a build takes from elsewhere, on one loopback server that may be slow.

It speaks the protocols as far as lookups go: registries (indexes and manifests), git servers (their
refs), files, and a package index. Its content is made from the inputs of a plan, so that a whole
cell can be looked for whose upstream is out of reach. Real servers are in `tests/engines`.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from dockwright.model.inputs import (
    ArchiveInput,
    GitInput,
    ImageInput,
    Input,
    PackagesInput,
    PythonInput,
)
from tests.engines.servers import served

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PAGE = "application/vnd.pypi.simple.v1+json"
ADVERTISEMENT = "application/x-git-upload-pack-advertisement"


@dataclass(kw_only=True)
class World:
    """The server's address, what it has, and what was asked. `latency` in seconds."""

    url: str = ""
    latency: float = 0
    images: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Repository → tag or digest → manifest."""
    refs: dict[str, dict[str, str]] = field(default_factory=dict)
    """Path of a repository → full name of a ref → commit."""
    files: dict[str, bytes] = field(default_factory=dict)
    projects: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def mirrors(self) -> tuple[str, ...]:
        """What leads every address here."""
        hosts = {name.partition("/")[0] for name in (*self.images, *self.refs, *self.files)}
        return tuple(f"https://{host}/={self.url}/{host}/" for host in sorted(hosts))

    @property
    def index(self) -> str:
        """The address of the package index."""
        return f"{self.url}/simple"

    def fill(self, inputs: Iterable[Input]) -> None:
        """Have all these inputs."""
        images: dict[str, list[str]] = {}
        for wanted in inputs:
            match wanted:
                case ImageInput(ref=ref, platform=platform):
                    images.setdefault(ref, []).append(platform)
                case GitInput(url=url, ref=ref, commit=commit):
                    known = self.refs.setdefault(url.partition("://")[2], {})
                    known[f"refs/tags/{ref or 'main'}"] = commit or _commit(ref)
                case ArchiveInput(url=url):
                    self.files[url.partition("://")[2]] = b"archive"
                case PythonInput(lines=lines):
                    for line in lines:
                        self.requirement(line)
                case PackagesInput():
                    pass  # no server of ours: the package manager of a step asks
        for ref, platforms in images.items():
            name, _, tag = ref.partition("@")[0].rpartition(":")
            name, tag = (name, tag) if name and "/" not in tag else (ref, "latest")
            host = "" if "." in name.partition("/")[0] else "docker.io/"
            self.push(f"{host}{name}", tag, platforms)

    def push(self, name: str, tag: str, platforms: Iterable[str]) -> dict[str, str]:
        """Have an image as an index; the digests by platform."""
        there = self.images.setdefault(name, {})
        digests, entries = {}, []
        for platform in platforms:
            system, _, machine = platform.partition("/")
            layers = [{"digest": f"sha256:{'0' * 64}", "size": 1000, "mediaType": "x"}]
            manifest = _json(
                {"mediaType": MANIFEST, "config": {}, "layers": layers, "for": f"{name}{platform}"}
            )
            digests[platform] = _digest(manifest)
            there[digests[platform]] = manifest
            entries.append(
                {
                    "digest": digests[platform],
                    "size": len(manifest),
                    "mediaType": MANIFEST,
                    "platform": {"os": system, "architecture": machine},
                }
            )
        index = _json({"mediaType": INDEX, "manifests": entries})
        there[tag] = there[_digest(index)] = index
        return digests

    def requirement(self, line: str) -> None:
        """Have a package in the version and with the hashes that a requirement names."""
        if found := re.search(r"git\+(\S+?)@([0-9a-f]{40})", line):
            self.refs.setdefault(found[1].partition("://")[2], {})["refs/heads/main"] = found[2]
            return
        if found := re.search(r" @ (https?://\S+)", line):
            self.files[found[1].partition("://")[2]] = b"wheel"
            return
        name = re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", line)[0]).lower()  # type: ignore[index]
        versions = re.findall(r"[=>~]=\s*([0-9][A-Za-z0-9.+!]*)", line.partition(";")[0]) or ["1.0"]
        hashes = re.findall(r"sha256:([0-9a-f]{64})", line) or [hashlib.sha256(b"").hexdigest()]
        for number, sha256 in enumerate(hashes, start=1):
            filename = f"{name.replace('-', '_')}-{versions[0]}-{number}-py3-none-any.whl"
            row: dict[str, object] = {"filename": filename, "url": filename}
            self.projects.setdefault(name, []).append({**row, "hashes": {"sha256": sha256}})


@contextmanager
def world(*, latency: float = 0) -> Iterator[World]:
    """Start it empty."""
    here = World(latency=latency)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            time.sleep(here.latency)
            here.asked.append(self.path)
            kind, body = answer(here, self.path)
            self.send_response(200 if kind else 404)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 (the base class's word)

        def log_message(self, *_: object) -> None:
            """Not in the tests' output."""

    with served(Handler) as url:
        here.url = url
        yield here


def answer(here: World, address: str) -> tuple[str, bytes]:
    """Content type and body; an empty type for what is not there."""
    path = urlsplit(address).path.lstrip("/")
    if found := re.fullmatch(r"v2/(.+)/manifests/(.+)", path):
        body = here.images.get(found[1], {}).get(found[2], b"")
        return (str(json.loads(body)["mediaType"]), body) if body else ("", b"")
    if found := re.fullmatch(r"v2/(.+)/tags/list", path):
        tags = [tag for tag in here.images.get(found[1], ()) if not tag.startswith("sha256:")]
        return "application/json", _json({"tags": tags})
    if found := re.fullmatch(r"simple/([^/]+)/", path):
        files = here.projects.get(found[1])
        return (PAGE, _json({"files": files})) if files else ("", b"")
    if path.endswith("/info/refs"):
        refs = here.refs.get(path.removesuffix("/info/refs"))
        return (ADVERTISEMENT, _advertised(refs)) if refs else ("", b"")
    return ("application/octet-stream", here.files[path]) if path in here.files else ("", b"")


def _advertised(refs: dict[str, str]) -> bytes:
    """What a git server says first (protocol version 0)."""
    lines = [f"{commit} {name}" for name, commit in sorted(refs.items())]
    lines[0] += "\0side-band-64k ofs-delta agent=test"
    packets = [_packet(f"{line}\n") for line in lines]
    return b"".join((_packet("# service=git-upload-pack\n"), b"0000", *packets, b"0000"))


def _packet(text: str) -> bytes:
    data = text.encode()
    return f"{len(data) + 4:04x}".encode() + data


def _commit(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _json(data: object) -> bytes:
    return json.dumps(data).encode()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
