"""Who runs each step, and whether that user can write where the step writes.

Files that a copy or a small text file brings belong to root whoever the stage's user is, so such a
step behind a switch of users is a mistake; so is a script that does not say what it writes.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockwright.errors import Problem
from dockwright.model.plan import (
    Copy,
    CopyContext,
    Plan,
    Run,
    Stage,
    Step,
    User,
    Workdir,
    Write,
)
from dockwright.planning import names

ROOT = "root"
WRITABLE = (f"/home/{names.USER}", names.WORKSPACE, "/opt/dynamo", "/tmp")  # noqa: S108
"""Where the image's user may write (catalog/shell/user.sh); other users nowhere."""


def users(plan: Plan) -> dict[str, str]:
    """The user that each stage ends with. Base images are taken to be root's: ours are."""
    found: dict[str, str] = {}
    for stage in plan.stages:
        user = found.get(stage.base, ROOT)
        for step in stage.steps:
            if isinstance(step, User):
                user = step.name
        found[stage.name] = user
    return found


def user_problems(plan: Plan) -> tuple[Problem, ...]:
    """Steps that write where their user cannot; empty for a good plan."""
    last = users(plan)
    return tuple(
        problem for stage in plan.stages for problem in _of(stage, last.get(stage.base, ROOT))
    )


def _of(stage: Stage, user: str) -> Iterator[Problem]:
    for number, step in enumerate(stage.steps, start=1):
        if isinstance(step, User):
            user = step.name
        elif user != ROOT:
            for path in _written(step):
                if not _can_write(path):
                    yield Problem(
                        what=f"step {number} of stage {stage.name!r} writes {path or 'somewhere'} "
                        f"as {user}, who cannot",
                        hint="put it before the switch of users, or say what it writes",
                        rule="user-can-write",
                    )


def _written(step: Step) -> tuple[str, ...]:
    match step:
        case Copy(target=path) | CopyContext(target=path) | Write(path=path):
            # Copied files are root's: a user who may write beside them cannot change them.
            return (f"{path} (as root's)",)
        case Workdir(path=path):
            return (path,)
        case Run(writes=paths):
            return paths or ("",)
        case _:
            return ()


def _can_write(path: str) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in WRITABLE) and (
        not path.endswith(" (as root's)")
    )
