"""The secrets of a build: what people pass, what this host offers, and who asks for them.

The engine gets names (`Secret`); values go to the executor only, which sets and masks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from dockwright.cli import host
from dockwright.cli.offline import Network
from dockwright.config.secrets import WELL_KNOWN, SecretSource, parse_secret
from dockwright.engines.api import Secret
from dockwright.errors import Problem, UserError
from dockwright.model.plan import Plan, Run, SecretMount
from dockwright.planning.wrap import CACHE_LOGINS

_LARGEST = 1 << 20
_MASKED = "only masked: "
_LOGIN = re.compile(r"://([^/@\s]*:)?([^/@\s]+)@")


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine is told, and the values: by variable, or only to be masked."""

    secrets: tuple[Secret, ...] = ()
    values: Mapping[str, str] = {}

    def value(self, secret: Secret) -> str:
        """What one of the secrets holds."""
        return self.values[secret.variable or f"{_MASKED}{secret.id}"]

    def __repr__(self) -> str:
        return f"Offered({', '.join(secret.id for secret in self.secrets)})"


def asked(plans: Iterable[Plan]) -> tuple[str, ...]:
    """The ids of the secrets that steps of the plans mount, sorted."""
    found = {
        mount.id
        for plan in plans
        for stage in plan.stages
        for step in stage.steps
        if isinstance(step, Run)
        for mount in step.mounts
        if isinstance(mount, SecretMount)
    }
    return tuple(sorted(found))


def offered(
    plans: Sequence[Plan],
    env: Mapping[str, str],
    *,
    passed: Sequence[str] = (),
    proxies: Mapping[str, str] | None = None,
    mirrors: Sequence[str] = (),
    network: Network | None = None,
    cache: bool = False,
) -> Offered:
    """What steps of these plans get. `passed` are the words of --secret.

    A person's secret wins over the host's of the same id; one that no step reads is an error.
    Well-known tokens of the environment are offered only when a step asks for them. Steps
    follow the `mirrors` (FROM=TO). `network` takes the place of this host's certificates, proxies
    and mirrors. Credentials of the compiler cache are offered only when that is on (`cache`).
    """
    wanted = asked(plans)
    people = _passed(passed, wanted, env)
    named = {source.id for source in people}
    known = [
        source
        for source in (*WELL_KNOWN, *_login_files(env))
        if source.id in wanted
        and source.id not in named
        and (source.file or env.get(source.variable))
        and (cache or source.id not in CACHE_LOGINS)
    ]
    own, values = host.secrets({**env, **(proxies or {})}, mirrors)
    if network:
        own, values = network.secrets, dict(network.values)
    kept = [secret for secret in own if secret.id not in named]
    variables = {secret.variable for secret in kept}
    found = {name: value for name, value in values.items() if name in variables}
    found |= {name: value for name, value in values.items() if name.startswith(_MASKED)}
    for source in (*people, *known):
        if source.variable:
            found[source.variable] = env[source.variable]
            kept.append(Secret(id=source.id, source="env", variable=source.variable))
        else:
            path = Path(source.file).expanduser().absolute()
            kept.append(Secret(id=source.id, source="file", path=str(path)))
            # Not a variable's name: the executor only masks it.
            found[f"{_MASKED}{source.id}"] = _content(path)
    # A step may print one address out of the settings that it got as a whole.
    for name, text in {**env, **(proxies or {})}.items():
        if name in host.NETWORK_VARIABLES and (login := _LOGIN.search(text)):
            found[f"{_MASKED}{name}"] = f"{login[1] or ''}{login[2]}"
            found[f"{_MASKED}{name} alone"] = login[2]
    return Offered(secrets=tuple(kept), values=found)


def _login_files(env: Mapping[str, str]) -> tuple[SecretSource, ...]:
    """Credentials that are files on this host: a web identity, and the profiles of AWS."""
    found = []
    if token := env.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        found.append(SecretSource(id="aws-web-identity-token", file=token))
    profile = env.get("AWS_SHARED_CREDENTIALS_FILE") or f"{env.get('HOME', '')}/.aws/credentials"
    if not env.get("AWS_ACCESS_KEY_ID") and Path(profile).is_file():
        found.append(SecretSource(id="aws-profile", file=profile))
    return tuple(found)


def _passed(
    words: Sequence[str], wanted: Sequence[str], env: Mapping[str, str]
) -> tuple[SecretSource, ...]:
    problems: list[Problem] = []
    found: dict[str, SecretSource] = {}
    for word in words:
        source = parse_secret(word)
        if isinstance(source, Problem):
            problems.append(source)
        elif problem := _refusal(source, found, wanted, env):
            problems.append(problem)
        else:
            found[source.id] = source
    if problems:
        raise UserError(problems=problems)
    return tuple(found.values())


def _refusal(
    source: SecretSource,
    found: Mapping[str, SecretSource],
    wanted: Sequence[str],
    env: Mapping[str, str],
) -> Problem | None:
    where = f"--secret id={source.id}"
    if found.get(source.id, source) != source:
        return Problem(what="two sources for one secret", where=where, hint="say it once")
    if source.id not in wanted:
        return Problem(
            what="no step of this build reads it",
            where=where,
            hint=f"its steps read: {', '.join(wanted) or 'none'}",
            rule="no-consumer",
        )
    if source.variable and not env.get(source.variable):
        return Problem(what=f"the variable {source.variable} is not set", where=where)
    if source.file and not Path(source.file).expanduser().is_file():
        return Problem(what=f"there is no file {source.file}", where=where)
    return None


def _content(path: Path) -> str:
    """What must never be shown: the text of the file, if it is a text of a sensible size."""
    try:
        return path.read_bytes()[:_LARGEST].decode("utf-8", "replace")
    except OSError as error:
        raise UserError(f"cannot read the secret {path}: {error.strerror}") from error
