"""Secrets: known by an id, given by a variable or a file, never by a value in an argument."""

from __future__ import annotations

import re

import msgspec

from dockwright.errors import Problem

_SECRET = re.compile(
    r"(^|_)(TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|APIKEY|KEY|PAT)(_|$)",
    re.IGNORECASE,
)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class SecretSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where a secret comes from. Its value is never part of this object.

    Exactly one of `variable` and `file` is set.
    """

    id: str
    variable: str = ""
    file: str = ""


WELL_KNOWN: tuple[SecretSource, ...] = (
    SecretSource(id="aws-key-id", variable="AWS_ACCESS_KEY_ID"),
    SecretSource(id="aws-secret-id", variable="AWS_SECRET_ACCESS_KEY"),
    SecretSource(id="aws-session-token", variable="AWS_SESSION_TOKEN"),
    SecretSource(id="aws-role-arn", variable="AWS_ROLE_ARN"),
    SecretSource(id="sccache-redis-password", variable="SCCACHE_REDIS_PASSWORD"),
    SecretSource(id="sccache-webdav-password", variable="SCCACHE_WEBDAV_PASSWORD"),
    SecretSource(id="sccache-webdav-token", variable="SCCACHE_WEBDAV_TOKEN"),
    SecretSource(id="sccache-dist-token", variable="SCCACHE_DIST_TOKEN"),
    SecretSource(id="actions-runtime-token", variable="ACTIONS_RUNTIME_TOKEN"),
    SecretSource(id="github_token", variable="GITHUB_TOKEN"),
    SecretSource(id="gitlab_token", variable="GITLAB_TOKEN"),
)
"""Used when their variable is set and a step asks for the id."""


def parse_secret(text: str) -> SecretSource | Problem:
    """`--secret id=ID,src=FILE` or `--secret id=ID,env=VARIABLE`, as buildx spells it."""
    fields = dict(part.partition("=")[::2] for part in text.split(","))
    file = fields.pop("src", "") or fields.pop("source", "")
    variable = fields.pop("env", "")
    identity = fields.pop("id", "")
    kind = fields.pop("type", "file")
    # The text is not repeated: who gets this wrong may have written the secret itself.
    if fields or not _ID.fullmatch(identity) or bool(file) == bool(variable):
        return Problem(
            what="must be id=ID,src=FILE or id=ID,env=VARIABLE",
            where="--secret",
            hint="the value itself is never an argument: other users can read the process list",
        )
    if kind not in {"file", "env"}:
        return Problem(what="type must be file or env", where="--secret")
    return SecretSource(id=identity, variable=variable, file=file)


def looks_secret(name: str) -> bool:
    """Whether a name says that its value must not be seen: GITHUB_TOKEN, AWS_SECRET_ACCESS_KEY."""
    return _SECRET.search(name) is not None


def refusal(name: str, where: str) -> Problem:
    """Why such a build argument is not taken, and what to do instead."""
    known = [secret.id for secret in WELL_KNOWN if secret.variable == name.upper()]
    identity = known[0] if known else name.lower()
    variable = f"set the environment variable {name}, or " if known else ""
    return Problem(
        what=f"{name} looks like a secret; build arguments stay readable in the image's history",
        where=where,
        hint=f"{variable}use --secret id={identity},src=FILE",
    )
