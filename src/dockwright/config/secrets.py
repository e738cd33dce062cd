"""Secrets: known by an id, given by a variable or a file, never by a value in an argument."""

from __future__ import annotations

import re

from dockwright.errors import Problem

_SECRET = re.compile(
    r"(^|_)(TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?|APIKEY|KEY|PAT)(_|$)",
    re.IGNORECASE,
)


def looks_secret(name: str) -> bool:
    """Whether a name says that its value must not be seen: GITHUB_TOKEN, AWS_SECRET_ACCESS_KEY."""
    return _SECRET.search(name) is not None


def refusal(name: str, where: str) -> Problem:
    """Why such a build argument is not taken, and what to do instead."""
    return Problem(
        what=f"{name} looks like a secret; build arguments stay readable in the image's history",
        where=where,
        hint=f"set the environment variable {name}, or use --secret id={name.lower()},src=FILE",
    )
