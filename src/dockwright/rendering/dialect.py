"""What a Dockerfile front end can read. Asked of the engine, never assumed."""

from __future__ import annotations

import msgspec


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """The differences between engines, as data.

    heredoc: `RUN <<EOF` and `COPY <<EOF` are understood.
    copy_link: `COPY --link` is understood.
    run_network: `RUN --network=none` is understood; otherwise a step shuts its own network off
        with `unshare --net`.
    prefixed_output: the engine mixes the output of parallel steps without saying whose a line is,
        so each step marks its own lines (`stage| line`).
    """

    name: str
    heredoc: bool
    copy_link: bool
    run_network: bool
    prefixed_output: bool


BUILDKIT = Dialect(
    name="buildkit", heredoc=True, copy_link=True, run_network=True, prefixed_output=False
)
"""BuildKit's built-in Dockerfile front end (1.4 or newer; no `# syntax=`: nothing is pulled)."""

BUILDAH = Dialect(
    name="buildah", heredoc=False, copy_link=False, run_network=False, prefixed_output=True
)
"""buildah 1.28 (Debian 12); newer versions read it too."""
