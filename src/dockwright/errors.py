"""Everything dockwright raises on purpose.

    DockwrightError            base: message, hint, exit_code
    ├── UserError              the person can fix it; one or several `Problem`s (exit 2)
    ├── EngineError            an engine is missing, too old, or died (exit 1)
    ├── BuildFailed            a step of the build failed (exit 1)
    ├── VerifyFailed           the image was built, a declared check did not hold (exit 1)
    └── Interrupted            Ctrl-C or a termination signal (exit 130)

Libraries raise; only `dockwright.cli` prints and exits. Every error says what is wrong, where it
was said, and what to do about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class DockwrightError(Exception):
    """What a person is shown: `error: <message>` and `hint: <hint>`."""

    exit_code = 1
    engine_code = 0
    """The exit code of the engine's process whose failure this is, if it is one."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with what a person said.

    `where` is a flag, `file:line`, a variable name, or empty when the message says it all; `rule`
    names the rule that is broken, if it is one of `dockwright.config.rules`.
    """

    what: str
    where: str = ""
    hint: str = ""
    rule: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} [{self.rule}]" if self.rule else text


class UserError(DockwrightError):
    """The person's mistake: all problems that were found, never only the first."""

    exit_code = 2

    def __init__(
        self, message: str = "", *, hint: str = "", problems: Iterable[Problem] = ()
    ) -> None:
        self.problems = tuple(problems) or (Problem(what=message, hint=hint),)
        if len(self.problems) == 1:
            message, hint = str(self.problems[0]), self.problems[0].hint or hint
        else:
            lines = "".join(f"\n  {problem}" for problem in self.problems)
            message = message or f"{len(self.problems)} problems:{lines}"
            hint = hint or "; ".join(
                dict.fromkeys(problem.hint for problem in self.problems if problem.hint)
            )
        super().__init__(message, hint=hint)


class EngineError(DockwrightError):
    """An engine is missing, too old, unreachable, or died while it worked."""


class BuildFailed(DockwrightError):
    """A step failed: whose it was, the last lines it printed, and where the whole log is."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        component: str = "",
        tail: tuple[str, ...] = (),
        log: Path | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.component = component
        self.tail = tail
        self.log = log


class VerifyFailed(BuildFailed):
    """The image exists, but a declared check of a component did not hold."""


class Interrupted(DockwrightError):
    """The person stopped the run; what was built stays in the engine's cache."""

    exit_code = 130
