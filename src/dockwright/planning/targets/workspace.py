"""Trees of Dynamo's sources that images have in /workspace, with their owner and mode."""

from __future__ import annotations

from dockwright.catalog.build_tools import dynamo_tree
from dockwright.catalog.steps import shell
from dockwright.model.plan import Copy, Run, Stage
from dockwright.model.source import Source, context_name
from dockwright.planning import names
from dockwright.planning.lower import copy_source
from dockwright.planning.site import Site

STAGE = "workspace"
READER = "workspace"
BENCHMARKS = f"{names.WORKSPACE}/benchmarks"
"""A Python package of its own, installed from the trees."""
# No tests: production images do not carry them; dev images have the whole repository.
TREES = (
    "benchmarks",
    "components",
    "deploy",
    "examples",
    "recipes",
    "ATTRIBUTIONS-Go.md",
    "ATTRIBUTIONS-Python.md",
    "ATTRIBUTIONS-Rust.md",
    "LICENSE",
)


def workspace(site: Site, *, whole: bool = False) -> tuple[Stage, dict[str, Source]]:
    """The stage that has /workspace ready to copy, and the sources that it needs."""
    from msgspec.structs import replace

    context = replace(site.context, params=site.read(READER))
    found = dynamo_tree(context) if whole else dynamo_tree(context, *TREES)
    name = f"{STAGE}-dev" if whole else STAGE
    stage = Stage(
        name=name,
        base=names.BASE,
        summary=f"{name}: trees of Dynamo's sources, writable for group 0",
        component=STAGE,
        steps=(
            *(step for source in found for step in copy_source("dynamo", source)),
            Run(
                title="owner and mode of the trees",
                script=shell("workspace.sh"),
                env={
                    "FROM": "/src/dynamo",
                    "TO": names.WORKSPACE,
                    "OWNER": f"{names.USER_ID}:0",
                },
            ),
        ),
        outputs=(names.WORKSPACE,),
    )
    return stage, {context_name("dynamo", source.source): source.source for source in found}


def workspace_copy(*, whole: bool = False, target: str = names.WORKSPACE) -> Copy:
    """The trees into an image."""
    return Copy(stage=f"{STAGE}-dev" if whole else STAGE, source=names.WORKSPACE, target=target)
