"""The first build of the standard image: through a proxy with a password, with its own bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dockwright.cli.host import ca_bundle
from tests.engines.bench import Bench, Said
from tests.engines.proxy import Seen, proxy

PASSWORD = "canary-51d2c7e0"
REMARK = "canary-c0ffee42"
"""Stands in the CA bundle."""

PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")


@dataclass(frozen=True, kw_only=True, slots=True)
class First:
    """What it said, and what the proxy saw."""

    said: Said
    seen: Seen


def build_first(engine: Bench, folder: Path) -> First:
    """Build it; `folder` is for the CA bundle."""
    bundle = folder / "bundle.crt"
    own = ca_bundle(engine.env)
    bundle.write_bytes((own.read_bytes() if own else b"") + f"\n# {REMARK}\n".encode())
    with proxy(PASSWORD, engine.env) as seen:
        env = {**dict.fromkeys(PROXIES, seen.url), "SSL_CERT_FILE": str(bundle)}
        env |= {"NO_PROXY": "", "no_proxy": ""}
        return First(said=engine.build(env=env), seen=seen)
