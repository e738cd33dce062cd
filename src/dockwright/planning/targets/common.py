"""Pieces that several targets have in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dockwright.catalog.compat import find_row, nixl_packages
from dockwright.catalog.parameters.people import DYNAMO_COMMIT_SHA
from dockwright.catalog.steps import UV_CACHE, installs, python, shell
from dockwright.model.plan import Cmd, Copy, Entrypoint, Env, Label, Run, Step, Write
from dockwright.model.recipe import Component, Context
from dockwright.planning import names
from dockwright.planning.site import Site

ENTRYPOINT = "/opt/nvidia/nvidia_entrypoint.sh"
BANNER = "/opt/dynamo/.launch_screen"
HOME = f"/home/{names.USER}"
VENV_BIN = f"{names.VENV}/bin"


def environment(
    parts: Iterable[tuple[Component, Context]],
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Variables and PATH entries of components."""
    values: dict[str, str] = {}
    path: list[str] = []
    for component, context in parts:
        values.update(component.runtime.env(context))
        path += component.runtime.path
    return values, tuple(path)


def libraries(parts: Sequence[tuple[Component, Context]]) -> tuple[str, ...]:
    """Directories of the loader; a library stands before those that it is built on."""
    return tuple(path for part, seen in reversed(parts) for path in part.runtime.libraries(seen))


def copies(parts: Iterable[tuple[Component, Context]]) -> tuple[Copy, ...]:
    """What components have made, to the same place."""
    return tuple(
        Copy(stage=part.name, source=path, target=path)
        for part, _ in parts
        for path in part.outputs
    )


def create_user() -> Run:
    """The step that creates the image's user and the directories of that user."""
    return Run(
        title=f"create the user {names.USER}",
        script=shell("user.sh"),
        env={"USER_NAME": names.USER, "USER_ID": str(names.USER_ID)},
    )


def writable(*more: str) -> Run:
    """The last word about directories that group 0 may write."""
    directories = (HOME, f"{HOME}/.cache", "/opt/dynamo", names.WORKSPACE, *more)
    return Run(
        title="let group 0 write where images promise it",
        script=shell("directories.sh"),
        env={
            "USER_ID": str(names.USER_ID),
            "DIRECTORIES": " ".join(dict.fromkeys(directories)),
            "MOUNT_POINTS": UV_CACHE.target,
        },
    )


def loader(directories: Sequence[str]) -> tuple[Run, ...]:
    """Tells the dynamic loader about directories, for programs that run without our environment."""
    if not directories:
        return ()
    return (
        Run(
            title="tell the dynamic loader about the libraries",
            script=shell("loader.sh"),
            env={"LIBRARIES": " ".join(directories)},
        ),
    )


def login_path(number: int, entries: Sequence[str]) -> Write:
    """PATH for login shells: Debian's /etc/profile begins it anew. Higher numbers go in front."""
    words = " ".join(reversed(entries))
    return Write(
        path=f"/etc/profile.d/{number}-image-path.sh",
        text=f"IMAGE_PATH='{words}'\n{shell('login-path.sh')}",
    )


def banner(kind: str, *, activate: str) -> tuple[Step, ...]:
    """The launch screen; lines of its licence header are not part of it."""
    return (
        Write(path=BANNER, text=banner_text(kind)),
        Run(
            title="show the banner in interactive shells",
            script=shell("banner.sh"),
            env={"BANNER": BANNER, "ACTIVATE": activate},
        ),
    )


def banner_text(kind: str) -> str:
    """The file of `catalog/banners/` without lines that begin with a hash and a blank."""
    from pathlib import Path

    import dockwright.catalog

    folder = Path(dockwright.catalog.__file__).parent / "banners"
    lines = (folder / f"{kind}.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("# ", "#\n"))).lstrip("\n")


def requirements(*names_: str) -> tuple[str, ...]:
    """Lines of the files of `catalog/requirements/`."""
    from pathlib import Path

    import dockwright.catalog

    folder = Path(dockwright.catalog.__file__).parent / "requirements"
    return tuple(
        line
        for name in names_
        for line in (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )


def python_stack(
    site: Site,
    title: str,
    wanted: Sequence[str],
    *,
    interpreter: str,
    prefix: str,
    system: bool,
    wheels: bool,
    extra_index: str = "",
    raised: Sequence[str] = (),
) -> Run:
    """The step that installs our wheels, and requirements, on top of what is there."""
    return python(
        title,
        installs(shell("stack.sh")),
        {
            "PYTHON": interpreter,
            "SYSTEM": "1" if system else "",
            "WHEELS": " ".join(site.wheels) if wheels else "",
            "REQUIREMENTS": "\n".join(wanted),
            "RAISED": "\n".join(raised),
            "EXTRA_INDEX": extra_index,
            "NEVER": " ".join(_foreign_nixl(site)),
            "PREFIX": prefix,
            "OWNER": f"{names.USER_ID}:0" if not system else "0:0",
        },
    )


def _foreign_nixl(site: Site) -> tuple[str, ...]:
    # KVBM's wheel asks for NIXL of CUDA 12, whatever it was built for; with two of them in an image
    # the meta package would pick the newer one.
    context = site.context
    row = find_row(context.framework, context.device, context.cuda)
    own = row.nixl_package if row else ""
    return tuple(name for name in nixl_packages() if name != own)


def start(site: Site) -> tuple[Step, ...]:
    """What a container starts: NVIDIA's entrypoint where the base has it."""
    if site.entrypoint:
        return (Entrypoint(argv=(ENTRYPOINT,)), Cmd(argv=()))
    return (Cmd(argv=("/bin/bash",)),)


def labels(site: Site) -> dict[str, str]:
    """What the image says about itself."""
    framework, device = site.context.framework.value, site.context.device.value
    what = f"NVIDIA Dynamo, framework {framework}, for {device}"
    return {
        "org.opencontainers.image.title": f"dynamo-{framework}",
        "org.opencontainers.image.description": what,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "io.dockwright.framework": framework,
        "io.dockwright.device": device,
    }


def commit(site: Site, reader: str) -> tuple[Step, ...]:
    """Dynamo's commit, last of all, so that a new one changes nothing before it."""
    sha = site.read(reader)[DYNAMO_COMMIT_SHA]
    if not sha:
        return ()
    return (
        Env(values={"DYNAMO_COMMIT_SHA": sha}),
        Label(values={"org.opencontainers.image.revision": sha}),
    )
