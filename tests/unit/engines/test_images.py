"""Bad days of a pull: the image in the store is the registry's, byte for byte, or not there."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dockwright.engines import objects
from dockwright.engines.events import Emit, Event, Log, Progress
from dockwright.engines.images import Puller, is_there
from dockwright.engines.network import Policy, client
from dockwright.engines.registry import Registry
from dockwright.engines.store import image_layout
from dockwright.errors import EngineError, UserError
from tests.upstream import Answer, Upstream, serving

PLATFORM = "linux/amd64"
LAYER = os.urandom(3 << 20)
ROOT = {"type": "layers", "diff_ids": [f"sha256:{'0' * 64}"]}
CONFIG = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": ROOT}).encode()
TYPES = "application/vnd.oci.image"


def blob(content: bytes) -> str:
    return f"/v2/team/tool/blobs/sha256:{hashlib.sha256(content).hexdigest()}"


def described(content: bytes, kind: str) -> dict[str, object]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return {"mediaType": f"{TYPES}.{kind}", "digest": digest, "size": len(content)}


def put_image(made: Upstream, config: bytes) -> None:
    """Have an image with one layer."""
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": f"{TYPES}.manifest.v1+json",
            "config": described(config, "config.v1+json"),
            "layers": [described(LAYER, "layer.v1.tar+gzip")],
        }
    ).encode()
    made.put("/v2/team/tool/manifests/1", manifest)
    made.put(f"/v2/team/tool/manifests/sha256:{hashlib.sha256(manifest).hexdigest()}", manifest)
    made.put(blob(LAYER), LAYER)
    made.put(blob(config), config)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A registry as far as a pull goes."""
    with serving() as made:
        put_image(made, CONFIG)
        yield made


Pull = Callable[..., Path]


@pytest.fixture
def pull(upstream: Upstream, tmp_path: Path) -> Pull:
    ref = f"{upstream.url.removeprefix('http://')}/team/tool:1"

    def one(emit: Emit = lambda _: None) -> Path:
        policy = Policy(wait=lambda _: None, jitter=lambda: 1.0)
        with client(policy) as session:
            registry = Registry(session=session, policy=policy)
            Puller(cache=tmp_path, registry=registry, emit=emit).pull(ref, PLATFORM)
        assert is_there(tmp_path, ref, PLATFORM)
        return image_layout(tmp_path, ref, PLATFORM)

    return one


def ranges(upstream: Upstream) -> list[str]:
    """What was asked of the layer."""
    asked = [request for request in upstream.asked if request.path == blob(LAYER)]
    return [request.headers.get("range", "") for request in asked]


def whole(layout: Path) -> bool:
    blobs = list((layout / "blobs/sha256").iterdir())
    return len(blobs) == 3 and all(objects.checksum(path) == path.name for path in blobs)


def test_a_truncated_layer_goes_on_where_it_broke_off(upstream: Upstream, pull: Pull) -> None:
    upstream.bad[blob(LAYER)] = [Answer(cut=1_000_000), Answer(status=503), Answer(status=429)]
    assert whole(pull())
    assert ranges(upstream) == ["", *["bytes=1000000-"] * 3]


def test_a_layer_with_other_bytes_is_refused(
    upstream: Upstream, pull: Pull, tmp_path: Path
) -> None:
    upstream.files[blob(LAYER)] = bytes(len(LAYER))
    with pytest.raises(EngineError, match="is not what its pin says"):
        pull()
    kept = [path.name for path in (tmp_path / "images").rglob("*") if path.is_file()]
    assert hashlib.sha256(LAYER).hexdigest() not in " ".join(kept)
    upstream.files[blob(LAYER)] = LAYER
    assert whole(pull())


def test_an_image_that_does_not_fit_together_gets_no_name(
    upstream: Upstream, pull: Pull, tmp_path: Path
) -> None:
    put_image(upstream, CONFIG.replace(b'"layers"', b"7"))
    with pytest.raises(UserError, match="is damaged"):
        pull()
    assert not [path for path in (tmp_path / "images").iterdir() if path.name[0] != "."]
    put_image(upstream, CONFIG)
    assert whole(pull())


def test_a_killed_pull_goes_on(upstream: Upstream, pull: Pull, tmp_path: Path) -> None:
    upstream.rate = 4 << 20

    def kill(event: Event) -> None:
        if isinstance(event, Progress) and 1_000_000 < event.current < len(LAYER):
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        pull(kill)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    (part,) = tmp_path.rglob("*.part")
    kept = part.stat().st_size
    assert kept > 500_000
    upstream.rate = 0
    assert whole(pull())
    assert ranges(upstream) == ["", f"bytes={kept}-"]
    assert not list(tmp_path.rglob("*.part*"))


def test_two_pulls_at_once_are_one(upstream: Upstream, pull: Pull) -> None:
    upstream.rate = 12 << 20
    said: list[str] = []

    def note(event: Event) -> None:
        if isinstance(event, Log):
            said.append(event.line)

    both = [threading.Thread(target=pull, args=(note,)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert ranges(upstream) == [""]
    assert "another process pulls this image; waiting for it" in said
    assert sum(line.endswith(": in the store") for line in said) == 1
