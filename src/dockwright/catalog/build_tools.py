"""What several recipes that compile have in common: interpreters, locked tools, source packages."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.sources import DYNAMO_SOURCE
from dockwright.catalog.pins import git
from dockwright.catalog.scripts import lock, locks, shared
from dockwright.errors import UserError
from dockwright.model.param import Param
from dockwright.model.recipe import Context
from dockwright.model.source import Directory, Sourced, select, selection
from dockwright.model.values import Family

TOOLS = "/opt/build-tools"
"""A virtual environment with the locked build tools of one stage."""
WHEELHOUSE = "/opt/dynamo/wheelhouse"
SOURCE_PACKAGE = shared("source-package.sh")
PYTHON_TOOLS = shared("python-tools.sh")


INDEX_WHEELS = shared("index-wheels.sh")


def index_wheels(context: Context, name: str, folder: str) -> dict[str, str]:
    """What shell/index-wheels.sh reads: the lock `catalog/locks/<name>.txt`."""
    return {
        "FOLDER": folder,
        "PLATFORM": f"manylinux_2_28_{context.arch.alt}",
        "PYTHON_TAG": context.params[PYTHON_VERSION].replace(".", ""),
        "REQUIREMENTS": lock(f"{name}.txt"),
    }


def not_locked(name: str) -> str:
    """Why wheels of the index cannot be had; empty when there is a lock."""
    if f"{name}.txt" in locks():
        return ""
    return f"there is no lock {name} of the Python package index; scripts/lock makes them"


def python(context: Context) -> str:
    """The interpreter that wheels are built with, in the stage of `context`."""
    version = context.params[PYTHON_VERSION]
    if context.os.family is Family.DNF:
        tag = f"cp{version.replace('.', '')}"
        return f"/opt/python/{tag}-{tag}/bin/python"
    return f"/usr/bin/python{version}"


def tools(context: Context, name: str) -> dict[str, str]:
    """What shell/python-tools.sh reads: the lock `catalog/locks/build-<name>-py<version>.txt`."""
    version = context.params[PYTHON_VERSION].replace(".", "")
    requirements = lock(f"build-{name}-py{version}.txt")
    return {"PYTHON": python(context), "TOOLS": TOOLS, "REQUIREMENTS": requirements}


def source_package(
    context: Context, component: str, package: str, version: Param[str], others: tuple[str, ...]
) -> dict[str, str]:
    """What shell/source-package.sh reads."""
    return {
        "ARCHIVES": f"/src/{component}/archives",
        "COMPONENT": component,
        "OTHERS": ", ".join(others),
        "PACKAGE": package,
        "TREE": f"/src/{component}/tree",
        "VERSION": context.params[version],
    }


def dynamo_tree(context: Context, *paths: str) -> tuple[Sourced, ...]:
    """Those paths of Dynamo's source tree, below `/src/dynamo`.

    Of a directory only the paths count: an edit elsewhere changes nothing. Raises UserError when a
    path is not there.
    """
    from dockwright.catalog.parameters.native import DYNAMO_GIT_URL

    place = context.params[DYNAMO_SOURCE]
    target = "/src/dynamo"
    if "/" not in place and place != ".":
        url = context.params[DYNAMO_GIT_URL]
        source = git("dynamo", context, DYNAMO_SOURCE, url=url)
        return (Sourced(source=source, target=target, paths=paths),)
    files: Mapping[str, str] = context.trees.get(place, {})
    chosen = select(files, paths)
    missing = [path for path in paths if not select(files, (path,))]
    if missing:
        raise UserError(
            f"{context.params.value(DYNAMO_SOURCE).origin.where}: {place} has no "
            f"{' and no '.join(missing)}",
            hint="name the root of a Dynamo source tree",
        )
    directory = Directory(path=place, paths=paths, content=selection(chosen))
    return (Sourced(source=directory, target=target),)


def rust_prepare() -> str:
    """The locked Python tools and the locked crates of one wheel."""
    return f"{PYTHON_TOOLS}\n{shared('crates.sh')}"


def rust_env(context: Context) -> dict[str, str]:
    """What a stage that builds a Rust wheel reads; the recipe adds CRATE and what is linked."""
    return {
        **tools(context, "rust"),
        "CARGO_HOME": "/usr/local/cargo",
        "CARGO_INCREMENTAL": "0",
        "CARGO_TARGET_DIR": "/src/target",
        "LIBRARIES": "",
        "PLATFORM": platform_tag(context),
        "PROTOC": "/usr/local/protoc/bin/protoc",
        "RUSTUP_HOME": "/usr/local/rustup",
    }


def platform_tag(context: Context) -> str:
    """The tag of wheels: glibc 2.28 out of the toolchain of CUDA, else what the base has."""
    return f"manylinux_2_28_{context.arch.alt}" if context.os.family is Family.DNF else "auto"
