"""Where the proxy's answers come from: the network, keeping each of them, or what was kept."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dockwright.engines.network import BUSY, Policy, again, opened, shown
from dockwright.engines.objects import checksum
from dockwright.engines.recordings import Answer, blob
from dockwright.errors import DockwrightError, EngineError

if TYPE_CHECKING:
    import httpx

_ANSWERS = frozenset(range(200, 600)) - BUSY
_NOT_KEPT = frozenset(
    {
        "connection", "keep-alive", "transfer-encoding", "content-length", "proxy-authenticate",
        "proxy-connection", "trailer", "upgrade", "te", "date", "age", "set-cookie", "alt-svc",
        "strict-transport-security", "accept-ranges", "via", "server",
    }
)  # fmt: skip
"""Headers that belong to a connection or a moment, not to what was asked for."""
_PASSED_ON = ("accept", "content-type", "git-protocol", "user-agent")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a step asks. `headers` have names in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def accept(self) -> str:
        """Which form of the answer is wanted; indexes have several."""
        return self.headers.get("accept", "")

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Equal questions get equal answers."""
        body = hashlib.sha256(self.body).hexdigest() if self.body else ""
        return (self.method, self.url, self.accept, body)


class Answers(Protocol):
    """Answers questions. Raises DockwrightError when it cannot."""

    def __call__(self, question: Question) -> tuple[Answer, Path | None]:
        """The answer, and the file that has its body."""
        ...


@dataclass(kw_only=True)
class Recorder:
    """Asks the network once for each question, and keeps the answers.

    `failed` are the addresses that gave no answer, each with the reason.
    """

    cache: Path
    session: httpx.Client
    policy: Policy
    log: Callable[[str], None]
    found: dict[tuple[str, str, str, str], Answer] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    _locks: dict[object, threading.Lock] = field(default_factory=dict)

    def __call__(self, question: Question) -> tuple[Answer, Path | None]:
        with self._locks.setdefault(question.key, threading.Lock()):
            if question.key not in self.found:
                try:
                    answer = again(lambda: self._ask(question), self.policy, self.log)
                except DockwrightError as error:
                    self.failed.append(error.message)
                    raise
                self.found[question.key] = answer
        return _with_body(self.cache, self.found[question.key])

    def _ask(self, question: Question) -> Answer:
        headers = {name: question.headers[name] for name in _PASSED_ON if name in question.headers}
        with opened(
            self.session,
            self.policy,
            question.url,
            method=question.method,
            headers=headers,
            content=question.body,
            accepted=_ANSWERS,
        ) as answer:
            sha256, size = "", 0
            if question.method == "HEAD":
                size = int(answer.headers.get("content-length") or 0)
            else:
                try:
                    sha256, size = self._keep(answer)
                except OSError as error:
                    raise EngineError(
                        f"{shown(question.url)} cannot be kept: {error.strerror or error}"
                    ) from error
            kept = {
                name.lower(): value
                for name, value in answer.headers.items()
                if name.lower() not in _NOT_KEPT
            }
            return Answer(
                method=question.method,
                url=question.url,
                accept=question.accept,
                request=question.key[3],
                status=answer.status_code,
                headers=kept,
                sha256=sha256,
                size=size,
            )

    def _keep(self, answer: httpx.Response) -> tuple[str, int]:
        """Write the body under its checksum."""
        folder = blob(self.cache, "x").parent
        folder.mkdir(parents=True, exist_ok=True)
        state, size = hashlib.sha256(), 0
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for block in answer.iter_raw():
                    file.write(block)
                    state.update(block)
                    size += len(block)
            Path(name).replace(blob(self.cache, state.hexdigest()))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return state.hexdigest(), size


class NotRecorded(DockwrightError):
    """A step asked for something that the recording cannot give."""


@dataclass(kw_only=True)
class Replayer:
    """Answers out of a recording; `missing` says what it could not give, and what to do."""

    cache: Path
    answers: tuple[Answer, ...]
    missing: list[str] = field(default_factory=list)
    _whole: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._exact = {(a.method, a.url, a.accept, a.request): a for a in self.answers}
        self._loose = {(a.method, a.url, a.request): a for a in self.answers}

    def __call__(self, question: Question) -> tuple[Answer, Path | None]:
        method, url, _, body = question.key
        answer = self._exact.get(question.key) or self._loose.get((method, url, body))
        if answer is None and method == "HEAD":
            answer = self._loose.get(("GET", url, ""))
        if answer is None:
            self.missing.append(f"{shown(url)}, which is not recorded; make the bundle again")
            raise NotRecorded(f"{method} {shown(url)} is not in the recording")
        if answer.sha256:
            self._check(answer)
        return _with_body(self.cache, answer)

    def _check(self, answer: Answer) -> None:
        """Read a body once before it is used. One that is damaged is set aside for a new load."""
        if answer.sha256 in self._whole:
            return
        body = blob(self.cache, answer.sha256)
        if not body.is_file() or checksum(body) != answer.sha256:
            if body.is_file():
                body.replace(body.with_name(f".damaged-{body.name}"))
            self.missing.append(f"{shown(answer.url)}, which is damaged; load the bundle again")
            raise NotRecorded(f"{shown(answer.url)} is damaged in the store")
        self._whole.add(answer.sha256)


def _with_body(cache: Path, answer: Answer) -> tuple[Answer, Path | None]:
    return answer, blob(cache, answer.sha256) if answer.sha256 else None
