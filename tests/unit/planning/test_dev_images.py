"""dev, local-dev and the EFA layer: what stands on the runtime."""

from __future__ import annotations

import pytest

from dockwright.model.plan import Copy, Plan, Run, User
from dockwright.planning import names
from tests.cells import environment, find, packages, plan_of, planned_cell, run

ALL = ("none", "vllm", "trtllm", "sglang")
VENV = "/opt/dynamo/venv"


def plan(framework: str, target: str, *, cuda: str = "") -> Plan:
    return planned_cell(find(framework, target, cuda=cuda)).plan


@pytest.mark.parametrize("framework", ALL)
def test_dev_stands_on_the_runtime_and_copies_nothing_over_it(framework: str) -> None:
    made = plan(framework, "dev")
    stage = made.stage("dev")
    assert stage.base == names.RUNTIME
    places = {step.target for step in stage.steps if isinstance(step, Copy)}
    assert places == {"/usr/local/rustup", "/usr/local/cargo", "/workspace"}
    assert {"gdb", "cmake", "ripgrep", "sudo", "tmux"} <= packages(stage)
    assert "pytest==8.4.2" in run(stage, "what tests").env["REQUIREMENTS"]
    found = environment([stage])
    assert found["CARGO_TARGET_DIR"] == "/workspace/target"
    assert found["VIRTUAL_ENV"] == VENV
    made_here = any("venv that sees" in step.title for step in stage.steps if isinstance(step, Run))
    assert made_here == (framework == "sglang")


def test_the_index_of_dev_follows_the_cuda_version() -> None:
    for cuda, backend in (("12.9", "cu129"), ("13.0", "cu130")):
        stage = plan("vllm", "dev", cuda=cuda).stage("dev")
        assert run(stage, "what tests").env["EXTRA_INDEX"].endswith(f"/{backend}")


def test_local_dev_has_the_callers_ids() -> None:
    cell = find("sglang", "local-dev")
    made = plan_of(cell, {"USER_UID": "4711", "USER_GID": "815"})
    step = run(made.plan.stage("local-dev"), "the user gets")
    assert (step.env["NEW_UID"], step.env["NEW_GID"]) == ("4711", "815")
    found = environment([made.plan.stage("local-dev")])
    assert found["CARGO_HOME"] == "/home/dynamo/.cargo"
    assert any("4711:815" in check.name for check in made.checks)
    assert not any(check.kind == "user" for check in made.checks)


# EFA


@pytest.mark.parametrize(
    ("target", "stage", "base", "user"),
    [
        ("runtime", "runtime-aws", "runtime", "dynamo"),
        ("dev", "dev-aws", "dev", "root"),
        ("local-dev", "dev-aws", "dev", "root"),
    ],
)
def test_efa_is_a_stage_of_the_same_graph_below_the_change_of_ids(
    target: str, stage: str, base: str, user: str
) -> None:
    made = plan_of(find("trtllm", target), {"MAKE_EFA": "true", "EFA_VERSION": "1.46.0"})
    found = made.plan.stage(stage)
    assert found.base == base
    assert [step.name for step in found.steps if isinstance(step, User)] == ["root", user]
    assert run(found, "install AWS EFA").env["VERSION"] == "1.46.0"
    assert made.plan.target == ("local-dev" if target == "local-dev" else stage)
    if target == "local-dev":
        assert made.plan.stage("local-dev").base == "dev-aws"
    (check,) = (check for check in made.checks if check.name == "no NCCL plugin")
    assert "/opt/amazon/ofi-nccl" in check.args["paths"]
