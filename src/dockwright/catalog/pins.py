"""From a ref or version that a person says to the source that it stands for (`pins.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dockwright.errors import Problem, UserError
from dockwright.model.param import Param
from dockwright.model.recipe import Context
from dockwright.model.source import Archive, Git
from dockwright.model.values import Regex

_COMMIT = Regex(r"[0-9a-f]{40}")


@cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """The whole file, by name."""
    text = Path(__file__).with_name("pins.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def spellings(ref: str) -> tuple[str, ...]:
    """A ref as written, then with and without its leading v: projects disagree, and change."""
    other = ref[1:] if ref.startswith("v") else f"v{ref}"
    return (ref, other)


def git(name: str, context: Context, param: Param[str], *, url: str = "") -> Git:
    """The commit that the parameter's value stands for. Raises UserError with candidates."""
    entry = table()[name]
    ref = context.params[param]
    address = url or entry["git"]
    submodules = bool(entry.get("submodules", False))
    if _COMMIT.fullmatch(ref):
        return Git(url=address, commit=ref, submodules=submodules)
    commits: Mapping[str, str] = entry.get("commits", {})
    for spelling in spellings(ref):
        if commit := context.lock.commit(address, spelling) or commits.get(spelling, ""):
            return Git(url=address, commit=commit, ref=spelling, submodules=submodules)
        if spelling in entry.get("unverified", ()):
            return Git(url=address, ref=spelling, submodules=submodules)
    if context.open_refs:
        return Git(url=address, ref=ref, submodules=submodules)
    raise _unpinned(name, ref, context, param, (*commits, *entry.get("unverified", ())))


def archive(name: str, context: Context, param: Param[str]) -> Archive:
    """The file that the parameter's value stands for. Raises UserError with candidates."""
    version = context.params[param]
    sums: Mapping[str, Any] = table()[name]["sha256"]
    for spelling in spellings(version):
        if spelling in sums:
            return fixed(name, spelling, context)
    # The addresses of releases have no leading v of their own.
    found = fixed(name, version.removeprefix("v"), context)
    if found.sha256 or context.open_refs:
        return found
    raise _unpinned(name, version, context, param, sums)


def fixed(name: str, version: str, context: Context) -> Archive:
    """A file by its version. Its checksum is the lock's, or the catalog's; empty for neither."""
    entry = table()[name]
    found = entry["sha256"].get(version, "")
    arch = context.arch.value
    word = entry.get("arch", {}).get(arch, arch)
    url = entry["archive"].format(version=version, arch=word)
    locked = context.lock.archive(url)
    known = found if isinstance(found, str) else found[arch]
    return Archive(
        url=url,
        sha256=locked.sha256 if locked else known,
        ref=version,
        unpack=entry.get("unpack", True),
        strip=entry.get("strip", 1),
        name=entry.get("name", "").format(version=version),
    )


def _unpinned(
    name: str, ref: str, context: Context, param: Param[str], known: Iterable[str]
) -> UserError:
    from difflib import get_close_matches

    candidates = sorted(known)
    near = get_close_matches(ref, candidates, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    commit = (
        "; a full commit (40 hexadecimal digits) is its own pin" if "git" in table()[name] else ""
    ) + ("; or let `dockwright lock` find out what it stands for")
    return UserError(
        problems=[
            Problem(
                rule="pinned",
                what=f"{param.name} {ref!r} has no pin, so what it means could change any day",
                where=context.params.value(param).origin.where,
                hint=f"{guess}pinned: {', '.join(candidates) or 'none'}{commit}",
            )
        ]
    )


def licence_of(url: str) -> str:
    """The licence of what is at an address, where the table says it; components say their own."""
    for entry in table().values():
        parts = re.split(r"{\w+}", entry.get("git") or entry["archive"])
        if "licence" in entry and re.fullmatch("[^/]+".join(map(re.escape, parts)), url):
            return str(entry["licence"])
    return ""
