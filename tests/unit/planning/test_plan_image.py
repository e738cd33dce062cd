"""The standard image's plan, and what makes planning refuse."""

from __future__ import annotations

from typing import Any

import pytest

from dockwright.catalog.registry import components
from dockwright.errors import UserError
from dockwright.model.plan import (
    BootstrapImage,
    Copy,
    LayoutImage,
    RegistryImage,
    Run,
    SecretMount,
    Tag,
)
from dockwright.model.values import Arch
from dockwright.planning import names
from dockwright.planning.build import Layout, plan_image
from tests.builders import params, planned


def test_every_component_is_a_stage_of_its_own() -> None:
    plan = planned().plan
    found = [stage.name for stage in plan.stages]
    assert found[0] == names.BASE
    assert found[-3:] == [names.RUNTIME, names.VERIFY, names.EVIDENCE]
    for name in found[1:-3]:
        component = components()[name]
        stage = plan.stage(name)
        assert (stage.component, stage.outputs) == (name, component.outputs)
        assert name in stage.summary


def test_the_image_has_the_outputs_of_what_it_ships() -> None:
    plan = planned().plan
    copied = {step.stage for step in plan.stage(names.RUNTIME).steps if isinstance(step, Copy)}
    stages = {stage.component for stage in plan.stages} & set(components())
    assert copied == {name for name in stages if components()[name].ships}
    assert plan.target == names.RUNTIME


def test_every_component_that_ships_is_checked() -> None:
    found = planned()
    shipped = {
        step.stage for step in found.plan.stage(names.RUNTIME).steps if isinstance(step, Copy)
    }
    assert shipped <= {check.component for check in found.checks}


def test_the_network_is_offered_to_the_steps_that_need_it() -> None:
    runs = [
        step for stage in planned().plan.stages for step in stage.steps if isinstance(step, Run)
    ]
    for step in runs:
        secrets = [mount.id for mount in step.mounts if isinstance(mount, SecretMount)]
        wanted = [names.CA_SECRET, names.NETWORK_SECRET] if Tag.NETWORK in step.tags else []
        assert secrets == wanted
        assert bool(step.prelude) == bool(wanted)
    verify = next(step for step in runs if step.title == "verify the image")
    assert Tag.NETWORK not in verify.tags


IMAGES: list[tuple[dict[str, str], Any]] = [
    (
        {"BASE_IMAGE": "bootstrap:debian/trixie"},
        BootstrapImage(
            distribution="debian", suite="trixie", arch="amd64", packages=("ca-certificates",)
        ),
    ),
    (
        {"BASE_IMAGE": "registry.invalid:5000/x", "BASE_IMAGE_TAG": "bookworm"},
        RegistryImage(ref="registry.invalid:5000/x:bookworm"),
    ),
    (
        {"BASE_IMAGE": f"registry.invalid/x@sha256:{'0' * 64}", "PYTHON_VERSION": "3.12"},
        RegistryImage(ref=f"registry.invalid/x@sha256:{'0' * 64}"),
    ),
]


@pytest.mark.parametrize(("words", "image"), IMAGES)
def test_base_images(words: dict[str, str], image: object) -> None:
    assert planned(words).plan.images == {"base-image": image}


def test_a_layout_is_named_after_its_folder_and_known_by_its_digest() -> None:
    values = params({"BASE_IMAGE": "oci:/some/Où/My_Base.bookworm"})
    layouts = {
        "oci:/some/Où/My_Base.bookworm": Layout(digest="sha256:" + "a" * 64, ref="1", layers=3)
    }
    (image,) = plan_image(values, Arch.AMD64, layouts=layouts).plan.images.values()
    assert image == LayoutImage(name="my-base-bookworm", digest="sha256:" + "a" * 64, ref="1")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ({"BASE_IMAGE": "bootstrap:debian/sid"}, "no bootstrap recipe"),
        ({"NATS_PROVIDER": "package"}, "nats from 'package'"),
    ],
)
def test_what_cannot_be_built_is_refused(words: dict[str, str], what: str) -> None:
    with pytest.raises(UserError, match=what) as caught:
        planned(words)
    assert caught.value.hint


def test_every_read_is_in_the_ledger() -> None:
    ledger = planned({"UCX_PACKAGE_VERSION": "1"}).ledger
    assert "UCX_PACKAGE_VERSION" in {name for read in ledger.values() for name in read} | set(
        ledger
    )
