"""Builds that are recorded, and builds that use only the store.

Package steps are told of a proxy on loopback through the network offer that they have anyway
(catalog/shell/network.sh), so neither changes a text or a cache key.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from dockwright.catalog.parameters.build import OFFLINE, PULL
from dockwright.cli import host
from dockwright.engines.api import Secret
from dockwright.engines.store import certificate_path
from dockwright.errors import UserError
from dockwright.model.param import Params
from dockwright.model.plan import Plan
from dockwright.planning.names import CA_SECRET, NETWORK_SECRET

_PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")
_NO_PROXIES = ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY")


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """What package steps get instead of this host's own certificates and proxy settings."""

    secrets: tuple[Secret, ...]
    values: Mapping[str, str]

    def __repr__(self) -> str:
        return "Network(***)"


def network(
    env: Mapping[str, str], proxy: str = "", variables: Mapping[str, str] | None = None
) -> Network:
    """The offer; without a proxy only what a dry run shows of it."""
    from importlib import resources
    from urllib.parse import urlsplit

    settings = dict.fromkeys(_PROXIES, proxy) | dict.fromkeys(_NO_PROXIES, "")
    settings |= variables or {}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
    shell = (resources.files("dockwright.engines") / "interception.sh").read_text()
    return Network(
        secrets=(
            Secret(id=CA_SECRET, source="file", path=str(certificate_path(host.places(env).cache))),
            Secret(id=NETWORK_SECRET, source="env", variable=host.NETWORK_SECRET_VARIABLE),
        ),
        values={
            host.NETWORK_SECRET_VARIABLE: "".join((*lines, shell)),
            # The masks hide whole lines; a step may print a part of one.
            "only masked: proxy": urlsplit(proxy).password or "",
        },
    )


def is_wanted(params: Params) -> bool:
    """Whether only the store may be used. Raises UserError when something else was said, too."""
    if not params[OFFLINE]:
        return False
    if params[PULL]:
        raise UserError(
            f"{params.value(PULL).origin.where}: asks the network, and "
            f"{params.value(OFFLINE).origin.where} forbids it",
            hint="say one of them",
        )
    return True


def check(plans: Sequence[Plan], env: Mapping[str, str]) -> None:
    """Raise UserError with everything that the store lacks for these plans."""
    from dockwright.engines.offline import needs, problems

    if found := problems(host.places(env).cache, needs(plans)):
        raise UserError(problems=found)


@contextmanager
def replaying(plans: Sequence[Plan], env: Mapping[str, str]) -> Iterator[Network]:
    """Serve the recording of these plans' package steps.

    Raises UserError when something is missing before; a failed build is told what its steps asked
    for in vain.
    """
    from dockwright.engines.authority import authority
    from dockwright.engines.interception import intercepting
    from dockwright.engines.inventory import note_use
    from dockwright.engines.offline import needs
    from dockwright.engines.recordings import covering
    from dockwright.engines.replay import Replayer
    from dockwright.errors import BuildFailed

    check(plans, env)
    cache = host.places(env).cache
    recording = covering(cache, needs(plans).steps)
    if recording:
        for plan in plans:
            image = f"{plan.name} {plan.target}"
            note_use(cache, "recording", recording.name, image, time.time())
    replayer = Replayer(cache=cache, answers=recording.answers if recording else ())
    with intercepting(replayer, authority(cache)) as proxy:
        try:
            yield network(env, proxy, recording.variables if recording else {})
        except BuildFailed as error:
            if replayer.missing:
                error.hint = f"a step asked for {replayer.missing[0]}"
            raise


@contextmanager
def recording(
    plans: Sequence[Plan], env: Mapping[str, str], log: Callable[[str], None]
) -> Iterator[Network]:
    """Record what the package steps of these plans ask for; kept when the build went well."""
    from dockwright.cli.network import policy as policy_of
    from dockwright.engines.authority import authority
    from dockwright.engines.credentials import Credentials, Token
    from dockwright.engines.credentials import Secret as Hidden
    from dockwright.engines.interception import intercepting
    from dockwright.engines.network import client
    from dockwright.engines.offline import needs
    from dockwright.engines.recordings import Recording, write
    from dockwright.engines.replay import Recorder
    from dockwright.errors import BuildFailed

    cache = host.places(env).cache
    policy = policy_of(env)
    variables, logins = _variables(env)
    tokens = tuple(Token(prefix=prefix, value=Hidden(text)) for prefix, text in logins.items())
    credentials = Credentials(
        tokens=(*policy.credentials.tokens, *tokens), netrc=policy.credentials.netrc
    )
    policy = replace(policy, credentials=credentials)
    with client(policy, connections=64) as session:
        # A step has to see where it is sent.
        session.follow_redirects = False
        recorder = Recorder(cache=cache, session=session, policy=policy, log=log)
        with intercepting(recorder, authority(cache)) as proxy:
            try:
                yield network(env, proxy, variables)
            except BuildFailed as error:
                if recorder.failed:
                    error.hint = f"what a step asked for did not come: {recorder.failed[0]}"
                raise
    write(
        cache,
        Recording(
            time=time.time(),
            build=", ".join(f"{plan.name} {plan.target}" for plan in plans),
            steps=needs(plans).steps,
            variables=variables,
            answers=tuple(recorder.found.values()),
        ),
    )


def _variables(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The index settings without their logins, which only the proxy uses; and these by address."""
    from urllib.parse import urlsplit

    variables: dict[str, str] = {}
    logins: dict[str, str] = {}
    for name in host.INDEX_VARIABLES:
        words = []
        for word in env.get(name, "").split():
            split = urlsplit(word.partition("=")[2] if "=" in word.partition("://")[0] else word)
            if not split.username:
                words.append(word)
                continue
            bare = split._replace(netloc=split.netloc.rpartition("@")[2]).geturl()
            logins[bare] = f"{split.username}:{split.password or ''}"
            words.append(word.replace(f"{split.netloc.rpartition('@')[0]}@", "", 1))
        if words:
            variables[name] = " ".join(words)
    return variables, logins


def lock_text(place: Path) -> str:
    """The text of a lock file, empty when there is none."""
    try:
        return place.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the lock {place}: {error}", hint="is it a text?") from error
