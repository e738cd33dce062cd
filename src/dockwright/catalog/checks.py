"""Constructors of checks, one for each kind that the verifier knows (evidence/inside.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockwright.model.check import Check


def prints(
    component: str, *argv: str, expect: str, name: str = "", env: Mapping[str, str] | None = None
) -> Check:
    """A program starts, ends well, and what it prints matches the regular expression `expect`."""
    args: dict[str, Any] = {"argv": list(argv), "expect": expect}
    if env:
        args["env"] = dict(env)
    words = [argv[0].rsplit("/", 1)[-1], *argv[1:]]
    return Check(component=component, name=name or " ".join(words), kind="run", args=args)


def resolves(component: str, *paths: str, ours: bool = True) -> Check:
    """Every library that a program or library below the paths needs is found.

    `ours`: we built it. Then no search path leads into the build, and each library has a file of
    its SONAME beside it, for who links it.
    """
    return Check(
        component=component,
        name="libraries resolve",
        kind="resolves",
        args={"paths": list(paths), "ours": ours},
    )


def loader(component: str, library: str, directory: str) -> Check:
    """The dynamic loader finds a library where the component put it."""
    escaped = library.replace(".", r"\.")
    return prints(
        component,
        "/sbin/ldconfig",
        "-p",
        expect=rf"{escaped} .*=> {directory}/{escaped}",
        name=f"the loader finds {library}",
    )


def files(
    component: str,
    name: str,
    *paths: str,
    executable: bool = False,
    mode: str = "",
    owner: str = "",
    links_below: tuple[str, ...] = (),
) -> Check:
    """Paths (globs) exist with this mode and owner; no link below `links_below` dangles."""
    args: dict[str, Any] = {"paths": list(paths)}
    said = {"mode": mode, "owner": owner, "links_below": list(links_below)}
    args |= {key: value for key, value in said.items() if value}
    if executable:
        args["executable"] = True
    return Check(component=component, name=name, kind="files", args=args)


def absent(component: str, name: str, *paths: str) -> Check:
    """No path (glob) exists."""
    return Check(component=component, name=name, kind="absent", args={"paths": list(paths)})
