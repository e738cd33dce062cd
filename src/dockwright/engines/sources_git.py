"""One commit of a git repository as a tree without history."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from dockwright.engines.network import Policy, Retry
from dockwright.errors import EngineError
from dockwright.model.source import Git

_KEPT = (
    "HOME",
    "PATH",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
HOPELESS = (
    "not found",
    "does not exist",
    "does not appear to be a git repository",
    "authentication failed",
    "could not read username",
)


def checkout(
    source: Git,
    url: str,
    tree: Path,
    *,
    env: Mapping[str, str],
    policy: Policy,
) -> str:
    """Fill `tree` with the commit's files; returns the commit. Raises Retry or EngineError.

    The policy's mirrors also hold for submodules, whose addresses stand in the tree.
    """
    if shutil.which("git", path=env.get("PATH")) is None:
        raise EngineError("git is needed to fetch sources", hint="install git")
    own = environment(env, policy, url)
    config = configuration(policy)
    tree.mkdir(parents=True)

    def git(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["git", "-C", str(tree), "-c", "advice.detachedHead=false", *config, *words],
            env=own,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if check and done.returncode:
            failed(done.stderr, url)
        return done

    wanted = source.commit or source.ref
    git("init", "--quiet", "--initial-branch=main")
    if git("fetch", "--quiet", "--depth=1", "--no-tags", url, wanted, check=False).returncode:
        # Some servers give a commit only to who has its branch: then everything is fetched.
        git("fetch", "--quiet", url, "+refs/heads/*:refs/heads/x/*", "+refs/tags/*:refs/tags/*")
        if git("cat-file", "-e", f"{wanted}^{{commit}}", check=False).returncode:
            raise EngineError(
                f"{url} has no commit {wanted}" + (f" ({source.ref})" if source.ref else ""),
                hint="was it rewritten, or does a mirror lack it? tags of the server: "
                + (", ".join(git("tag", "--sort=-creatordate").stdout.split()[:8]) or "none"),
            )
        git("checkout", "--quiet", "--detach", wanted)
    else:
        git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    commit = git("rev-parse", "HEAD").stdout.strip()
    if source.commit and commit != source.commit:
        raise EngineError(f"{url} gave commit {commit} for {source.commit}", hint="do not use it")
    if source.submodules:
        git("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1")
    for entry in [*tree.rglob(".git")]:
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return commit


def configuration(policy: Policy) -> tuple[str, ...]:
    """The policy as words of git's command line; what is secret is not among them."""
    # Below 1 kB/s for so long is silence, too.
    settings = ["http.lowSpeedLimit=1000", f"http.lowSpeedTime={policy.silence:.0f}"]
    settings += [f"url.{mirror.new}.insteadOf={mirror.old}" for mirror in policy.mirrors]
    return tuple(word for setting in settings for word in ("-c", setting))


def environment(env: Mapping[str, str], policy: Policy, url: str) -> dict[str, str]:
    """The person's own configuration holds; questions are not asked; logins travel here."""
    kept = {name: env[name] for name in _KEPT if name in env}
    forced = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C.UTF-8"}
    if policy.certificates:
        kept.setdefault("GIT_SSL_CAINFO", str(policy.certificates))
    kept.setdefault("PATH", os.defpath)
    return {**kept, **policy.proxies, **forced, **logins(policy, url)}


def logins(policy: Policy, url: str) -> dict[str, str]:
    """Headers for the address and for every prefix that has a token, as git's configuration."""
    prefixes = {token.prefix for token in policy.credentials.tokens} | {url}
    found = {
        prefix: headers["Authorization"]
        for prefix in sorted(prefixes)
        if (headers := policy.credentials.git_headers(prefix))
    }
    words = {"GIT_CONFIG_COUNT": str(len(found))}
    for number, (prefix, header) in enumerate(found.items()):
        words[f"GIT_CONFIG_KEY_{number}"] = f"http.{prefix}.extraHeader"
        words[f"GIT_CONFIG_VALUE_{number}"] = f"Authorization: {header}"
    return words


def failed(said: str, url: str) -> NoReturn:
    """Raise what git's words mean: Retry where trying may help, else EngineError."""
    lines = [line for line in said.strip().splitlines() if line.strip()]
    # What git says after "fatal:" is advice.
    fatal = [line for line in lines if line.startswith("fatal: ")]
    last = next(iter(fatal or lines), "git failed without a word").removeprefix("fatal: ")
    if any(word in said.lower() for word in HOPELESS):
        raise EngineError(
            f"{url}: {last}", hint="is the address right? git asks nobody for a password here"
        )
    raise Retry(f"{url}: {last}")
