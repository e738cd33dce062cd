"""What a git server has: its refs, and whether it gives a commit. Nothing is checked out."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dockwright.engines.candidates import near
from dockwright.engines.network import Policy, again
from dockwright.engines.sources_git import configuration, environment, failed
from dockwright.errors import EngineError

HEADS, TAGS = "refs/heads/", "refs/tags/"


@dataclass(kw_only=True)
class Refs:
    """Asks git servers; each is asked for its refs once. Threads may share one."""

    policy: Policy
    env: Mapping[str, str]
    log: Callable[[str], None] = lambda _: None
    _known: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _guards: dict[str, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def all(self, url: str) -> Mapping[str, str]:
        """Full name of each ref → commit; of an annotated tag the commit that it names."""
        with self._guard:
            guard = self._guards.setdefault(url, threading.Lock())
        with guard:
            if url not in self._known:
                self._known[url] = again(lambda: self._ask(url), self.policy, self.log)
        return self._known[url]

    def commit(self, url: str, ref: str) -> str:
        """The commit of a tag or branch. Raises EngineError with the candidates."""
        there = self.all(url)
        for name in (f"{TAGS}{ref}", f"{HEADS}{ref}", ref):
            if name in there:
                return there[name]
        tags = [name.removeprefix(TAGS) for name in there if name.startswith(TAGS)]
        heads = [name.removeprefix(HEADS) for name in there if name.startswith(HEADS)]
        candidates = near(ref, (*heads, *tags))
        raise EngineError(
            f"{url} has no ref {ref}",
            hint=f"instead of {ref} there is {' or '.join(candidates)}"
            if candidates
            else "the repository has no tags and no branches; is the address right?",
        )

    def has(self, url: str, commit: str) -> bool:
        """Whether the server gives a commit: one that it names, or one that can be asked for."""
        if commit in self.all(url).values():
            return True
        with tempfile.TemporaryDirectory(prefix="dockwright-git-") as folder:
            self._git(folder, url, "init", "--quiet", "--bare")
            # A commit without its files: a few hundred bytes.
            words = ("fetch", "--quiet", "--depth=1", "--no-tags", "--filter=tree:0", url, commit)
            return self._git(folder, url, *words).returncode == 0

    def _ask(self, url: str) -> Mapping[str, str]:
        done = self._git(".", url, "ls-remote", "--quiet", url)
        if done.returncode:
            failed(done.stderr, self.policy.address(url))
        found: dict[str, str] = {}
        for line in done.stdout.splitlines():
            commit, _, name = line.partition("\t")
            # "^{}" follows the tag's own object: the commit behind it.
            found[name.removesuffix("^{}")] = commit
        return found

    def _git(self, folder: str, url: str, *words: str) -> subprocess.CompletedProcess[str]:
        if shutil.which("git", path=self.env.get("PATH")) is None:
            raise EngineError("git is needed to look at refs", hint="install git")
        return subprocess.run(
            ["git", "-C", folder, *configuration(self.policy), *words],
            env=environment(self.env, self.policy, url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
