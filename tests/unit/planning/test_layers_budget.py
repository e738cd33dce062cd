"""The budget of layers: what is too much is refused with names and numbers, before the build."""

from __future__ import annotations

import pytest

from dockwright.catalog.parameters.axes import ARCH
from dockwright.errors import UserError
from dockwright.model.plan import Plan, RegistryImage, Run, Stage, Workdir
from dockwright.planning.bases import Layout
from dockwright.planning.build import plan_image
from dockwright.planning.layers import BUDGET, UNSEEN, layer_problems, layers
from tests.cells import CELLS, params_of, planned_cell

WORDS = {
    "FRAMEWORK": "vllm",
    "VLLM_PROVIDER": "wheels",
    "TARGET": "runtime",
    "BASE_IMAGE": "oci:/images/bookworm",
}


def plan(steps: int) -> Plan:
    """An image of so many layers on one from a registry."""
    run = Run(title="a file", script="touch /file")
    return Plan(
        name="none",
        platform="linux/amd64",
        target="top",
        images={"image": RegistryImage(ref="debian:12")},
        stages=(
            Stage(name="bottom", base="image", summary="", steps=(Workdir(path="/work"),)),
            Stage(name="top", base="bottom", summary="", steps=(run,) * steps),
        ),
    )


def test_what_fits_is_no_problem() -> None:
    assert layer_problems(plan(BUDGET - UNSEEN - 1), {}) == ()


def test_what_does_not_fit_is_said_with_names_and_numbers() -> None:
    (problem,) = layer_problems(plan(BUDGET - UNSEEN), {})
    assert problem.what == (
        "top would have 126 layers, engines take 125: 85 of top, 1 of bottom, "
        "40 of the image image, taken for granted"
    )
    assert problem.hint


def test_an_image_that_was_looked_at_counts_as_what_it_is() -> None:
    assert layer_problems(plan(BUDGET - 2), {"image": 1}) == ()
    (problem,) = layer_problems(plan(BUDGET - 2), {"image": 2})
    assert problem.what.endswith("2 of the image image")


def planned(layers_below: int, **more: str) -> Plan:
    params = params_of({**WORDS, **more})
    layout = Layout(digest="sha256:" + "a" * 64, ref="1", layers=layers_below)
    return plan_image(params, params[ARCH], layouts={WORDS["BASE_IMAGE"]: layout}).plan


def test_the_layers_of_the_base_image_are_counted_and_the_fix_works() -> None:
    made = planned(1)
    own = layers(made.stage("runtime")) + layers(made.stage("base"))
    room = BUDGET - own
    planned(room)
    with pytest.raises(UserError, match=f"would have {BUDGET + 1} layers") as caught:
        planned(room + 1)
    (problem,) = caught.value.problems
    assert "packages have a layer of their own" in problem.hint
    assert "--layer-min-size" in problem.hint
    planned(room + 1, LAYER_MIN_SIZE="10")


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_of_the_matrix_is_within_the_budget(cell: str) -> None:
    assert layer_problems(planned_cell(cell).plan, {}) == ()
