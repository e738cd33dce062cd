"""Steps that several recipes write in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from dockwright.catalog.scripts import shared
from dockwright.model.plan import BuildKind, CacheMount, Mount, Run, Tag
from dockwright.model.values import Family

UV_CACHE = CacheMount(id="dockwright-uv", target="/root/.cache/uv")
"""uv's downloads, for every step that installs Python packages."""


@cache
def shell(name: str) -> str:
    """A shared script of `catalog/shell/`."""
    return shared(name)


def install(packages: Iterable[str], family: Family, *, title: str) -> tuple[Run, ...]:
    """A step that installs distribution packages, or none when there is nothing to install."""
    words = " ".join(sorted(set(packages)))
    if not words:
        return ()
    return (
        Run(
            title=title,
            script=shell(f"{family.value}.sh"),
            env={"PACKAGES": words},
            tags=(Tag.NETWORK,),
        ),
    )


def python(
    title: str,
    text: str,
    env: Mapping[str, str],
    *,
    build: BuildKind | None = None,
    mounts: tuple[Mount, ...] = (),
) -> Run:
    """A step that installs Python packages with uv: network, and uv's cache."""
    return Run(
        title=title,
        script=text,
        env={**env, "UV_CACHE_DIR": UV_CACHE.target},
        mounts=(UV_CACHE, *mounts),
        tags=(Tag.NETWORK, Tag.PYTHON, *((Tag.COMPILES,) if build else ())),
        build=build,
    )


def installs(text: str) -> str:
    """A script that installs Python packages, with what makes the bytecode of just these."""
    return f"{shell('bytecode.sh')}{text}"


def collect(title: str, globs: Iterable[str], *, below: str, into: str, owner: str = "") -> Run:
    """Copies files and trees with their links into a folder, so that one copy brings them over.

    A Dockerfile's own copy with a wildcard would turn every link into a file.
    """
    return Run(
        title=title,
        script=shell("collect.sh"),
        env={"PATHS": "\n".join(globs), "BELOW": below, "INTO": into, "OWNER": owner},
    )
