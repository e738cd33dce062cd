"""Logins for registries, as docker, podman and buildah keep them: files and credential helpers.

The first file that knows a registry answers. A helper is a program `docker-credential-NAME` that
gets the registry on its standard input and prints JSON. Values live in `Secret`.
"""

from __future__ import annotations

import base64
import binascii
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from dockwright.engines.credentials import Secret
from dockwright.errors import EngineError, UserError

DOCKER_HUB = "https://index.docker.io/v1/"
"""The key under which files and helpers know docker.io."""

_HELPER_SECONDS = 30
_NOBODY = ("credentials not found", "no credentials")


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """A user and password; `identity` says that the password is a refresh token."""

    user: str
    password: Secret
    identity: bool = False

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        text = f"{self.user}:{self.password.reveal()}"
        return f"Basic {base64.b64encode(text.encode()).decode()}"


class _Auth(msgspec.Struct):
    auth: str = ""
    username: str = ""
    password: str = ""
    identitytoken: str = ""


class _Config(msgspec.Struct):
    auths: dict[str, _Auth] = {}
    credsStore: str = ""  # noqa: N815 (docker's own words)
    credHelpers: dict[str, str] = {}  # noqa: N815


class _Answer(msgspec.Struct):
    Username: str = ""
    Secret: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Logins:
    """The files in the order in which they are asked; `env` is what helpers inherit."""

    files: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    def find(self, registry: str) -> Login | None:
        """The login for a registry (`host[:port]`). Raises UserError for a file or helper."""
        for path in self.files:
            try:
                config = msgspec.json.decode(path.read_bytes(), type=_Config)
            except FileNotFoundError:
                continue
            except (OSError, msgspec.MsgspecError) as error:
                # The text of a decoding error may quote what is in the file.
                reason = getattr(error, "strerror", None) or "it is not JSON as docker writes it"
                raise UserError(
                    f"{path}: cannot read the logins for registries: {reason}",
                    hint="log in again: docker login, or buildah login",
                ) from None
            if found := self._in(config, registry, path):
                return found
        return None

    def _in(self, config: _Config, registry: str, path: Path) -> Login | None:
        names = (DOCKER_HUB, "docker.io") if _is_hub(registry) else (registry,)
        for name in names:
            helper = config.credHelpers.get(name) or config.credsStore
            if helper and (found := self._ask(helper, name, path)):
                return found
            for key, entry in config.auths.items():
                if _host(key) == _host(name) and (found := _stored(entry, key, path)):
                    return found
        return None

    def _ask(self, helper: str, registry: str, path: Path) -> Login | None:
        program = f"docker-credential-{helper}"
        try:
            done = subprocess.run(
                [program, "get"],
                input=registry,
                env=dict(self.env),
                capture_output=True,
                text=True,
                timeout=_HELPER_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise UserError(
                f"{path}: it names the credential helper {program}, which is not installed",
                hint=f"install it, or take {helper!r} out of the file and log in again",
            ) from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineError(
                f"{program} gave no answer about {registry}: {type(error).__name__}",
                hint="run it by hand: it reads the registry's name and prints JSON",
            ) from None
        if done.returncode:
            said = f"{done.stdout}{done.stderr}".lower()
            if any(word in said for word in _NOBODY):
                return None
            raise EngineError(
                f"{program} failed with status {done.returncode} for {registry}",
                hint=f"run it by hand: echo {registry} | {program} get",
            )
        try:
            answer = msgspec.json.decode(done.stdout, type=_Answer)
        except msgspec.MsgspecError:
            raise EngineError(
                f"{program} printed something that is no login for {registry}",
                hint="run it by hand: it must print JSON with Username and Secret",
            ) from None
        if not answer.Secret:
            return None
        identity = answer.Username == "<token>"
        return Login(user=answer.Username, password=Secret(answer.Secret), identity=identity)


def _stored(entry: _Auth, key: str, path: Path) -> Login | None:
    if entry.identitytoken:
        return Login(user=entry.username, password=Secret(entry.identitytoken), identity=True)
    if entry.username and entry.password:
        return Login(user=entry.username, password=Secret(entry.password))
    if not entry.auth:
        return None
    try:
        user, _, password = base64.b64decode(entry.auth, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise UserError(
            f"{path}: the login for {key} cannot be read", hint=f"log in again: docker login {key}"
        ) from None
    return Login(user=user, password=Secret(password.rstrip("\0")))


def _host(key: str) -> str:
    """Keys of old files are addresses: `https://host/v1/`."""
    return key.partition("://")[2].partition("/")[0] if "://" in key else key.partition("/")[0]


def _is_hub(registry: str) -> bool:
    return registry in {"docker.io", "index.docker.io", "registry-1.docker.io"}


def places(env: Mapping[str, str]) -> tuple[Path, ...]:
    """Where logins may be kept on this host, by the rules of podman, buildah and docker."""
    home = env.get("HOME", "")
    named = (env.get("REGISTRY_AUTH_FILE", ""),)
    runtime = env.get("XDG_RUNTIME_DIR", "")
    podman = f"{runtime}/containers/auth.json" if runtime else ""
    config = env.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else "")
    docker = env.get("DOCKER_CONFIG") or (f"{home}/.docker" if home else "")
    found = (
        *named,
        podman,
        f"{config}/containers/auth.json" if config else "",
        f"{docker}/config.json" if docker else "",
    )
    return tuple(Path(place) for place in found if place)
