"""What a person said, before anybody has looked whether it is valid."""

from __future__ import annotations

import msgspec

from dockwright.errors import Problem
from dockwright.model.param import Origin


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A name, the text of its value, and who said it.

    `scope` limits it to builds with that framework, device or target (`[for.vllm]` in a file).
    `problem` is set instead of a text that could not even be read, so that one list carries
    everything and all problems are reported together.
    """

    name: str
    text: str
    origin: Origin
    scope: str = ""
    problem: Problem | None = None


class HostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the caller and the source repository. It only makes defaults."""

    uid: int | None = None
    gid: int | None = None
    commit: str = ""

    def defaults(self) -> dict[str, tuple[str, str]]:
        """Parameter → text of its default, and where that comes from."""
        found: dict[str, tuple[str, str]] = {}
        if self.uid is not None:
            found["USER_UID"] = (str(self.uid), "the calling user")
        if self.gid is not None:
            found["USER_GID"] = (str(self.gid), "the calling user")
        if self.commit:
            found["DYNAMO_COMMIT_SHA"] = (self.commit, "HEAD of the source repository")
        return found
