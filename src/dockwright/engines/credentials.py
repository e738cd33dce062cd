"""Logins for servers: tokens by prefix of the address, and the person's netrc.

A token is said by where it is (`env:NAME`, `file:PATH`), so the words may stand in argv and logs.
Values are read late and live in `Secret`, which shows nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dockwright.errors import UserError


class Secret:
    """A text that must not be shown: printing it shows stars, only `reveal` gives it out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the header or variable that carries it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A token for all addresses that begin with `prefix`."""

    prefix: str
    value: Secret

    @classmethod
    def parse(cls, text: str, env: Mapping[str, str]) -> Token:
        """Read `PREFIX=env:NAME` or `PREFIX=file:PATH`. Raises UserError."""
        prefix, _, place = text.rpartition("=")
        kind, _, name = place.partition(":")
        where = f"--source-login {text}"
        if not prefix or kind not in {"env", "file"} or not name:
            raise UserError(
                f"{where}: not a token", hint="say PREFIX=env:VARIABLE or PREFIX=file:PATH"
            )
        if kind == "env":
            value = env.get(name, "")
            missing = f"the variable {name} is not set"
        else:
            missing = f"there is nothing in {name}"
            try:
                value = Path(name).expanduser().read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "it is not a text"
                raise UserError(
                    f"{where}: cannot read it: {reason}", hint="name a readable file"
                ) from None
        if not (value := value.strip()):
            raise UserError(f"{where}: {missing}", hint="a token must be there when it is named")
        return cls(prefix=prefix, value=Secret(value))


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """Who we are to which server. The longest prefix wins, a token before netrc."""

    tokens: tuple[Token, ...] = ()
    netrc: Path | None = None
    _logins: dict[str, tuple[str, str] | None] = field(default_factory=dict, repr=False)

    def headers(self, url: str) -> dict[str, str]:
        """The header for one address: a bearer token, or a basic login (`user:password`)."""
        return self._headers(url, lambda token: f"Bearer {token}")

    def git_headers(self, url: str) -> dict[str, str]:
        """The same for git over https, where a token is the password of any user."""
        return self._headers(url, lambda token: _basic("x-access-token", token))

    def _headers(self, url: str, bearer: Callable[[str], str]) -> dict[str, str]:
        if not url.startswith(("https://", "http://")):
            return {}
        fitting = [token for token in self.tokens if url.startswith(token.prefix)]
        if fitting:
            text = max(fitting, key=lambda token: len(token.prefix)).value.reveal()
            user, colon, password = text.partition(":")
            return {"Authorization": _basic(user, password) if colon else bearer(text)}
        if login := self.login(urlsplit(url).hostname or ""):
            return {"Authorization": _basic(*login)}
        return {}

    def login(self, host: str) -> tuple[str, str] | None:
        """User and password of a host in the netrc. Raises UserError when it cannot be read."""
        if self.netrc is None:
            return None
        if host not in self._logins:
            import netrc

            try:
                found = netrc.netrc(str(self.netrc)).authenticators(host)
            except (netrc.NetrcParseError, OSError, ValueError) as error:
                # The message of a parse error may quote a password.
                line = getattr(error, "lineno", None)
                where = f"{self.netrc}:{line}" if line else f"{self.netrc}"
                raise UserError(
                    f"{where}: cannot be read as a netrc", hint="repair it, or set NETRC to another"
                ) from None
            self._logins[host] = (found[0], found[2]) if found and found[2] else None
        return self._logins[host]


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
