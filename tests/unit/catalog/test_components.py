"""What holds for every recipe, whatever it builds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from dockwright.catalog.pins import table
from dockwright.catalog.registry import components
from dockwright.errors import UserError
from dockwright.model.plan import BuildKind, CopyContext, Plan, Run, Tag
from dockwright.model.source import Git
from dockwright.planning.identity import stage_digests
from tests.builders import planned

CUDA = {"FRAMEWORK": "none", "DEVICE": "cuda", "TARGET": "runtime"}
NAMES = sorted(components())
BUILT = sorted(
    name for name, value in components().items() if {"source", "distro"} & set(value.providers)
)
SWITCHES = ("ENABLE_KVBM", "ENABLE_GPU_MEMORY_SERVICE", "ENABLE_MEDIA_NIXL", "ENABLE_MEDIA_FFMPEG")


def plan(words: Mapping[str, str] | None = None) -> Plan:
    return planned({**CUDA, **(words or {})}).plan


def scripts(value: Plan) -> list[Run]:
    return [step for stage in value.stages for step in stage.steps if isinstance(step, Run)]


def changed(before: Plan, after: Plan) -> set[str]:
    """Stages that an engine executes anew, those included that are in one plan only."""
    old, new = stage_digests(before), stage_digests(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def texts(before: Plan, after: Plan) -> set[str]:
    """Stages that are in both plans, with different steps."""
    old = {stage.name: stage for stage in before.stages}
    return {stage.name for stage in after.stages if stage.name in old and old[stage.name] != stage}


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_complete(name: str) -> None:
    component = components()[name]
    assert component.licence
    assert component.homepage.startswith("https://")
    assert component.summary
    assert component.providers
    assert component.outputs
    assert all(path.startswith("/") for path in component.outputs)
    if component.provider is not None:
        assert sorted(component.provider.kind.choices) == sorted(component.providers)


def test_everything_that_an_image_keeps_is_checked() -> None:
    made = planned({**CUDA, **dict.fromkeys(SWITCHES, "true")})
    checked = {check.component for check in made.checks}
    kept = {
        stage.component
        for stage in made.plan.stages
        if stage.component in components() and components()[stage.component].ships
    }
    assert kept <= checked
    everything = json.dumps([[check.kind, *map(str, check.args.values())] for check in made.checks])
    for name in ("gdrcopy", "ucx", "libfabric", "ffmpeg"):
        assert any(c.kind == "resolves" and c.component == name for c in made.checks), name
    assert "libplugin_GDS.so" in everything


@pytest.mark.parametrize("name", BUILT)
def test_compile_steps_have_no_network(name: str) -> None:
    for provider in components()[name].providers.values():
        assert not (provider.build and Tag.NETWORK in provider.tags)


def test_compile_steps_ask_the_machine_for_jobs() -> None:
    for step in scripts(plan({"ENABLE_KVBM": "true"})):
        ids = {getattr(mount, "id", "") for mount in step.mounts}
        assert ("dockwright-jobs" in ids) == (Tag.COMPILES in step.tags), step.title
        assert not re.search(r"-j ?[0-9]|-j\s*$", step.script, re.MULTILINE), step.title


def test_a_step_that_compiles_says_with_what() -> None:
    steps = scripts(plan(dict.fromkeys(SWITCHES, "true")))
    assert all((step.build is not None) == (Tag.COMPILES in step.tags) for step in steps)
    kinds = {step.title.partition(":")[0]: step.build for step in steps if step.build}
    assert kinds == {
        "dynamo_runtime": BuildKind.CARGO,
        "ffmpeg": BuildKind.CONFIGURE,
        "gdrcopy": BuildKind.MAKE,
        "gpu_memory_service": BuildKind.SETUPTOOLS,
        "kvbm": BuildKind.CARGO,
        "libfabric": BuildKind.AUTOTOOLS,
        "nixl": BuildKind.MESON,
        "nixl_wheel": BuildKind.MESON,
        "ucx": BuildKind.AUTOTOOLS,
    }


def test_no_script_knows_the_compiler_cache() -> None:
    for component in components().values():
        for provider in component.providers.values():
            assert "sccache" not in provider.script + provider.prepare


def test_every_source_is_pinned() -> None:
    words = dict.fromkeys(SWITCHES, "true")
    sources = plan(words).sources
    assert sources
    assert all(not isinstance(source, Git) or source.commit for source in sources.values())
    copied = {
        step.context
        for stage in plan(words).stages
        for step in stage.steps
        if isinstance(step, CopyContext)
    }
    assert copied == set(sources)


def test_what_is_not_verified_is_written_down() -> None:
    """Remove the entry as soon as the commit is known."""
    found = {name: entry.get("unverified") for name, entry in table().items()}
    assert {name: refs for name, refs in found.items() if refs} == {"aws_sdk_cpp": ["1.11.581"]}


# Refs


@pytest.mark.parametrize("ref", ["1.20.0", "v1.20.0", "4b7a6ca8410f9cea0e15857233ecfeefdd863dde"])
def test_a_ref_is_tried_with_and_without_its_v(ref: str) -> None:
    context = next(name for name in plan({"NIXL_UCX_REF": ref}).sources if "-ucx-" in name)
    assert context == next(name for name in plan().sources if "-ucx-" in name)


def test_an_unknown_ref_is_refused_with_candidates() -> None:
    with pytest.raises(UserError) as caught:
        plan({"NIXL_UCX_REF": "v1.20.1"})
    (problem,) = caught.value.problems
    assert (problem.rule, problem.where) == ("pinned", "--nixl_ucx_ref")
    assert "NIXL_UCX_REF 'v1.20.1' has no pin" in problem.what
    assert "did you mean v1.20.0?" in problem.hint
    assert "a full commit" in problem.hint


def test_a_version_without_checksum_is_refused() -> None:
    with pytest.raises(UserError, match=r"FFMPEG_VERSION .7\.2. has no pin"):
        plan({"ENABLE_MEDIA_FFMPEG": "true", "ENABLE_MEDIA_NIXL": "true", "FFMPEG_VERSION": "7.2"})


# Cache behaviour: a pin changes the text of the stages that are made from it, and no other.

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("parameter", "own"),
    [
        ("NIXL_GDRCOPY_REF", {"gdrcopy"}),
        ("NIXL_UCX_REF", {"ucx"}),
        ("NIXL_LIBFABRIC_REF", {"libfabric"}),
        ("NIXL_REF", {"nixl", "nixl_wheel"}),
    ],
)
def test_a_pin_changes_the_text_of_its_own_stages(parameter: str, own: set[str]) -> None:
    assert texts(plan(), plan({parameter: COMMIT})) - {"verify"} == own


def test_a_new_nixl_rebuilds_nixl_its_wheel_and_what_links_it() -> None:
    common = {"ENABLE_KVBM": "true"}
    again = changed(plan(common), plan({**common, "NIXL_REF": COMMIT}))
    made = {name for name in again if name in components()}
    assert made == {"nixl", "nixl_wheel", "kvbm", "dynamo"}


def test_the_switch_of_nixl_media_links_the_runtime_wheel_to_it() -> None:
    media = {"ENABLE_MEDIA_NIXL": "true"}
    again = changed(plan(media), plan({**media, "NIXL_REF": COMMIT}))
    assert "dynamo_runtime" in again
    assert "ai_dynamo" not in again


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_changes_the_plan(switch: str) -> None:
    words = {"ENABLE_MEDIA_NIXL": "true"} if switch == "ENABLE_MEDIA_FFMPEG" else {}
    off, on = plan({**words, switch: "false"}), plan({**words, switch: "true"})
    assert changed(off, on)
    # What is only a feature of a wheel changes that wheel; the others bring a stage.
    made = {stage.name for stage in on.stages} - {stage.name for stage in off.stages}
    assert (
        made
        == {
            "ENABLE_KVBM": {"kvbm"},
            "ENABLE_GPU_MEMORY_SERVICE": {"gpu_memory_service"},
            "ENABLE_MEDIA_NIXL": set(),
            "ENABLE_MEDIA_FFMPEG": {"ffmpeg"},
        }[switch]
    )


def test_ffmpeg_is_built_linked_and_shipped_or_not_there_at_all() -> None:
    words = {"ENABLE_MEDIA_NIXL": "true"}
    off, on = plan(words), plan({**words, "ENABLE_MEDIA_FFMPEG": "true"})
    assert "ffmpeg" not in str(off.stages)
    (wheel,) = [step for step in scripts(on) if step.title.startswith("dynamo_runtime: Dynamo")]
    assert wheel.env["FEATURES"] == "media-ffmpeg"
    copied = [str(step) for step in on.stage("runtime").steps]
    assert any("/usr/local/ffmpeg" in step for step in copied)
    assert any("/usr/local/src/ffmpeg" in step for step in copied)


def test_the_released_wheels_refuse_media() -> None:
    with pytest.raises(UserError, match="no media features"):
        planned({"ENABLE_MEDIA_NIXL": "true"})


# Providers


PROVIDERS = [
    (name, provider)
    for name in ("ffmpeg", "libfabric", "ucx")
    for provider in components()[name].providers
]


@pytest.mark.parametrize(("name", "provider"), PROVIDERS)
def test_providers_keep_one_contract(name: str, provider: str) -> None:
    words = {f"{name.upper()}_PROVIDER": provider, "EXTRA_COMPONENTS": name}
    made = planned(words)
    assert made.plan.stage(name).outputs == components()[name].outputs
    own = [check for check in made.checks if check.component == name]
    assert {"resolves", "files", "run"} <= {check.kind for check in own}


@pytest.mark.parametrize("name", ["ucx", "libfabric"])
def test_cuda_images_refuse_what_was_built_without_cuda(name: str) -> None:
    with pytest.raises(UserError, match="CUDA") as caught:
        plan({f"{name.upper()}_PROVIDER": "package"})
    assert f"valid: --{name}-provider source" in caught.value.hint


def test_the_wheels_of_the_index_come_without_a_second_nixl() -> None:
    words = {"NIXL_WHEEL_PROVIDER": "wheel", "KVBM_PROVIDER": "wheel", "ENABLE_KVBM": "true"}
    assert "nixl" not in {stage.name for stage in plan(words).stages}
    for more in ({"KVBM_PROVIDER": "source"}, {"ENABLE_MEDIA_NIXL": "true"}):
        with pytest.raises(UserError, match="brings another one"):
            plan({**words, **more})
    with pytest.raises(UserError, match="there is no lock"):
        plan({**words, "NIXL_REF": COMMIT})


def test_components_do_not_wait_for_each_other() -> None:
    value = plan({"ENABLE_MEDIA_NIXL": "true", "ENABLE_MEDIA_FFMPEG": "true"})
    for name in ("gdrcopy", "ffmpeg", "ai_dynamo"):
        waits = {getattr(step, "stage", "") for step in value.stage(name).steps} - {""}
        assert waits <= {"uv"}, name
    for name in ("ucx", "libfabric"):
        waits = {getattr(step, "stage", "") for step in value.stage(name).steps} - {""}
        assert waits == {"gdrcopy"}


def test_an_edit_of_python_code_rebuilds_no_rust() -> None:
    tree = {
        **dict.fromkeys(("LICENSE", "README.md", "hatch_build.py", "pyproject.toml"), "1"),
        **dict.fromkeys((".cargo/config.toml", "Cargo.lock", "Cargo.toml"), "1"),
        **dict.fromkeys(("launch/x", "lib/y", "rust-toolchain.toml", "components/a.py"), "1"),
    }

    def with_tree(files: Mapping[str, str]) -> Plan:
        from dockwright.catalog.parameters.axes import ARCH
        from dockwright.planning.build import plan_image
        from tests.builders import params

        values = params({**CUDA, "DYNAMO_SOURCE": "./dynamo"})
        return plan_image(values, values[ARCH], trees={"./dynamo": files}).plan

    again = changed(with_tree(tree), with_tree({**tree, "components/a.py": "2"}))
    assert {name for name in again if name in components()} == {"ai_dynamo", "dynamo"}
    again = changed(with_tree(tree), with_tree({**tree, "lib/y": "2"}))
    assert {name for name in again if name in components()} == {"dynamo_runtime", "dynamo"}
    with pytest.raises(UserError, match="has no components"):
        with_tree({name: "1" for name in tree if not name.startswith("components")})
