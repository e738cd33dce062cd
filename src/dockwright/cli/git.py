"""What a git repository says: branches, tags, HEAD. No git, no repository: nothing is said.

Two short questions to the git executable, each with a time limit; asked only when a version or a
commit is needed that nobody has said, and only where there is a repository.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dockwright.config.tags import GitFacts

SECONDS = 5.0
_HEAD = re.compile(r"([0-9a-f]{40}) ([0-9a-f]{4,40})")
_REF = re.compile(r"refs/(remotes|tags)/(\S+) ([0-9a-f]{40}) ([0-9a-f]{40})?")

DYNAMO_FILE = "lib/bindings/python/Cargo.toml"
"""A checkout that has it is one of Dynamo; the commit of any other says nothing about the image."""


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that tags are made of, and HEAD, if it is a commit of Dynamo."""

    facts: GitFacts = GitFacts()
    dynamo_commit: str = ""


def repository(env: Mapping[str, str], folder: Path | None = None) -> Repository:
    """The repository around a folder (the working directory); an empty one when there is none."""
    root = _root((folder or Path()).absolute())
    if root is None:
        return Repository()
    head = _HEAD.fullmatch(_ask(root, env, "log", "-1", "--no-show-signature", "--format=%H %h"))
    if not head:
        return Repository()
    form = "--format=%(refname) %(objectname) %(*objectname)"
    facts = _facts(_ask(root, env, "for-each-ref", form, "refs/remotes", "refs/tags"), head[1])
    return Repository(
        facts=msgspec.structs.replace(facts, short_commit=head[2]),
        dynamo_commit=head[1] if (root / DYNAMO_FILE).is_file() else "",
    )


def _root(folder: Path) -> Path | None:
    """Where a `.git` lies (a file in a worktree): without one no process has to be started."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


def _ask(root: Path, env: Mapping[str, str], *words: str) -> str:
    """What git answers, without the last line break; empty when it does not know or is slow."""
    quiet = {**env, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        answer = subprocess.run(
            ("git", "-C", str(root), *words),
            env=quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.decode("utf-8", "replace").rstrip("\n") if not answer.returncode else ""


def _facts(refs: str, head: str) -> GitFacts:
    """Branches of remotes, tags, and the tags that point at HEAD (annotated ones through `*`)."""
    rows = [match.groups() for match in map(_REF.match, refs.splitlines()) if match]
    tags = [(name, target or direct) for kind, name, direct, target in rows if kind == "tags"]
    return GitFacts(
        branches=tuple(name for kind, name, _, _ in rows if kind == "remotes"),
        tags=tuple(name for name, _ in tags),
        tags_at_head=tuple(name for name, commit in tags if commit == head),
    )
