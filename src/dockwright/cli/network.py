"""This host's network policy: what its environment and the command line say about the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from dockwright.cli import host
from dockwright.engines.credentials import Credentials, Token
from dockwright.engines.network import Mirror, Policy
from dockwright.errors import Problem, UserError

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def policy(
    env: Mapping[str, str], *, mirrors: Iterable[str] = (), logins: Iterable[str] = ()
) -> Policy:
    """The policy. `mirrors` are `FROM=TO`, `logins` are `PREFIX=env:NAME` or `PREFIX=file:PATH`.

    Raises UserError with every token that is not there.
    """
    return Policy(
        mirrors=tuple(Mirror.parse(text) for text in mirrors),
        # curl, git and pip prefer the lower case, too.
        proxies={
            name: value
            for name in _PROXIES
            if (value := env.get(name) or env.get(name.upper(), ""))
        },
        certificates=host.ca_bundle(env),
        credentials=Credentials(tokens=_tokens(logins, env), netrc=_netrc(env)),
    )


def _tokens(words: Iterable[str], env: Mapping[str, str]) -> tuple[Token, ...]:
    found: list[Token] = []
    problems: list[Problem] = []
    for word in words:
        try:
            found.append(Token.parse(word, env))
        except UserError as error:
            problems.extend(error.problems)
    if problems:
        raise UserError(problems=problems)
    return tuple(found)


def _netrc(env: Mapping[str, str]) -> Path | None:
    place = env.get("NETRC") or (f"{env['HOME']}/.netrc" if env.get("HOME") else "")
    return Path(place) if place and Path(place).is_file() else None
