"""What the CLI takes from this host: directories, certificates, proxies.

The only reader of os.environ.

Everything is passed on as values; no other package looks at the environment.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockwright.engines.api import Secret
    from dockwright.engines.schedule import Places

CA_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT")
CA_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL, AlmaLinux
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS
)
INDEX_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
)
NETWORK_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "all_proxy",
    "no_proxy",
    *INDEX_VARIABLES,
)
"""Variables that are offered to steps with network; they may hold credentials."""

NETWORK_SECRET_VARIABLE = "DOCKWRIGHT_SECRET_NETWORK"


def environment() -> Mapping[str, str]:
    """The environment of this process, as a value."""
    return dict(os.environ)


def caller() -> tuple[int, int]:
    """User and group id of who called, also through sudo."""
    env = os.environ
    if os.getuid() == 0 and env.get("SUDO_UID", "").isdecimal():
        return int(env["SUDO_UID"]), int(env.get("SUDO_GID", "0"))
    return os.getuid(), os.getgid()


def places(env: Mapping[str, str]) -> Places:
    """Cache and state directories, by the XDG rules of the platform."""
    from dockwright.engines.schedule import Places

    if "XDG_CACHE_HOME" in env and "XDG_STATE_HOME" in env:
        cache, state = Path(env["XDG_CACHE_HOME"]), Path(env["XDG_STATE_HOME"])
        return Places(cache=cache / "dockwright", state=state / "dockwright")
    from platformdirs import user_cache_path, user_state_path

    return Places(cache=user_cache_path("dockwright"), state=user_state_path("dockwright"))


def ca_bundle(env: Mapping[str, str]) -> Path | None:
    """The certificates that this host trusts, if it says so in one of the usual places."""
    for candidate in (*(env.get(name, "") for name in CA_VARIABLES), *CA_BUNDLES):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    return None


def network_script(env: Mapping[str, str], mirrors: Sequence[str] = ()) -> str:
    """Shell that exports the host's proxy and index settings; empty when there are none.

    `mirrors` are `FROM=TO`: git follows them by itself, scripts through shell/network.sh.
    """
    found = {name: env[name] for name in NETWORK_VARIABLES if env.get(name)}
    # A file of this host is not there in a step.
    pairs = [word.partition("=") for word in mirrors if "=file:" not in word]
    if pairs:
        pairs.sort(key=lambda pair: len(pair[0]), reverse=True)
        found["DOCKWRIGHT_MIRRORS"] = " ".join(f"{old}={new}" for old, _, new in pairs)
        found["GIT_CONFIG_COUNT"] = str(len(pairs))
        for number, (old, _, new) in enumerate(pairs):
            found[f"GIT_CONFIG_KEY_{number}"] = f"url.{new}.insteadOf"
            found[f"GIT_CONFIG_VALUE_{number}"] = old
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in found.items())


def secrets(
    env: Mapping[str, str], mirrors: Sequence[str] = ()
) -> tuple[tuple[Secret, ...], dict[str, str]]:
    """The secrets that steps with network are offered, and the values the executor must set.

    A bundle is a file; the settings travel in a variable of the engine's process, because they
    may hold a password and must not touch the disk.
    """
    from dockwright.engines.api import Secret
    from dockwright.planning.names import CA_SECRET, NETWORK_SECRET

    offered: list[Secret] = []
    values: dict[str, str] = {}
    bundle = ca_bundle(env)
    if bundle:
        offered.append(Secret(id=CA_SECRET, source="file", path=str(bundle)))
    script = network_script(env, mirrors)
    if script:
        offered.append(Secret(id=NETWORK_SECRET, source="env", variable=NETWORK_SECRET_VARIABLE))
        values[NETWORK_SECRET_VARIABLE] = script
    return tuple(offered), values
