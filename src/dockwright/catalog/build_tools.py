"""What several recipes that compile have in common: interpreters, locked tools, source packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.sources import DYNAMO_SOURCE
from dockwright.catalog.pins import git
from dockwright.catalog.scripts import lock, locks, shared
from dockwright.errors import UserError
from dockwright.model.param import Param
from dockwright.model.plan import BuildKind
from dockwright.model.recipe import Context, On, Provider, Wheels
from dockwright.model.source import Directory, Sourced, select, selection
from dockwright.model.values import Family

TOOLS = "/opt/build-tools"
"""A virtual environment with the locked build tools of one stage."""
WHEELHOUSE = "/opt/dynamo/wheelhouse"
SOURCE_PACKAGE = shared("source-package.sh")
PYTHON_TOOLS = shared("python-tools.sh")
# The workspace must be whole for cargo, and LICENSE goes into the wheel; components/ is Python.
RUST_PATHS = (
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "launch",
    "lib",
    "rust-toolchain.toml",
)

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


def compiled(
    name: str,
    *,
    script: str,
    build: BuildKind,
    packages: Mapping[Family, tuple[str, ...]],
    env: Callable[[Context], Mapping[str, str]],
    ref: Param[str],
    version: Param[str],
    needs_if: Callable[[Context], tuple[str, ...]],
    misfit: Callable[[Context], str],
) -> dict[str, Provider]:
    """Two providers that compile the tree TREE with one script and with the same flags.

    `source` is upstream's git at `ref`, and has what `needs_if` says; `distro` the distribution's
    source package in `version`, which `misfit` may refuse.
    """
    tree = f"/src/{name}/tree"
    source = Provider(
        summary="upstream's git",
        script=script,
        build=build,
        packages=packages,
        env=lambda context: {**env(context), "TREE": tree},
        sources=lambda context: (Sourced(source=git(name, context, ref), target=tree),),
        on=On.TOOLCHAIN,
        needs_if=needs_if,
    )
    distro = Provider(
        summary="the distribution's source package, compiled with our flags",
        script=script,
        build=build,
        prepare=SOURCE_PACKAGE,
        packages=packages,
        env=lambda context: {
            **env(context),
            **source_package(context, name, name, version, ("package", "source")),
        },
        on=On.TOOLCHAIN,
        misfit=misfit,
    )
    return {"source": source, "distro": distro}


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


def rust_wheel(
    *,
    folder: str,
    wheel: Callable[[Context], str],
    env: Callable[[Context], Mapping[str, str]],
    needs: tuple[str, ...] = (),
    needs_if: Callable[[Context], tuple[str, ...]] = lambda _: (),
) -> Provider:
    """A crate of Dynamo's workspace as the one wheel of that pattern in `folder`.

    `env` names the CRATE and what it links: see shell/rust-wheel.sh.
    """
    return Provider(
        summary="Dynamo's source tree",
        script=shared("rust-wheel.sh"),
        prepare=f"{PYTHON_TOOLS}\n{shared('crates.sh')}",
        packages={
            Family.DNF: ("clang-devel", "pkg-config"),
            Family.APT: ("clang", "libclang-dev", "pkg-config"),
        },
        env=lambda context: {**env(context), "FOLDER": folder},
        sources=lambda context: dynamo_tree(context, *RUST_PATHS),
        wheels=lambda context: _one(folder, wheel, context),
        on=On.TOOLCHAIN,
        build=BuildKind.CARGO,
        needs=("protoc", "rust", "uv", *needs),
        needs_if=needs_if,
    )


def python_wheel(
    backend: str,
    *,
    folder: str,
    tree: str,
    paths: tuple[str, ...],
    wheel: Callable[[Context], str],
    build: BuildKind | None = None,
) -> Provider:
    """A Python project of Dynamo's tree as the one wheel of that pattern in `folder`.

    `backend` names the lock of its build tools; `build` drives its compilers, if it has any.
    """
    return Provider(
        summary="Dynamo's source tree",
        script=shared("python-wheel.sh"),
        prepare=PYTHON_TOOLS,
        env=lambda context: {**tools(context, backend), "FOLDER": folder, "TREE": tree},
        sources=lambda context: dynamo_tree(context, *paths),
        wheels=lambda context: _one(folder, wheel, context),
        on=On.TOOLCHAIN,
        build=build,
        needs=("uv",),
    )


def _one(folder: str, wheel: Callable[[Context], str], context: Context) -> Wheels:
    return Wheels(folder=folder, patterns=(wheel(context),), python=python(context))


def platform_tag(context: Context) -> str:
    """The tag of wheels: glibc 2.28 out of the toolchain of CUDA, else what the base has."""
    return f"manylinux_2_28_{context.arch.alt}" if context.os.family is Family.DNF else "auto"
