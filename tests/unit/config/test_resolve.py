"""Settings become values: precedence, origins, and every problem at once."""

from __future__ import annotations

import pytest

from dockwright.catalog.parameters import parameters
from dockwright.catalog.parameters.axes import ARCH, CUDA_VERSION, DEVICE, FRAMEWORK, TARGET
from dockwright.catalog.parameters.build import CACHE_FROM, HTTP_PROXY, TAG
from dockwright.catalog.parameters.features import ENABLE_KVBM, ENABLE_MEDIA_FFMPEG
from dockwright.catalog.parameters.images import BASE_IMAGE, BASE_IMAGE_TAG, PYTHON_VERSION
from dockwright.catalog.parameters.native import NIXL_REF
from dockwright.catalog.parameters.people import DYNAMO_COMMIT_SHA, USER_UID
from dockwright.catalog.parameters.sglang import SGLANG_VERSION
from dockwright.config.argv import from_argv
from dockwright.config.explain import explain
from dockwright.config.matrix import cells
from dockwright.config.resolve import resolve, resolve_platforms
from dockwright.config.setting import HostFacts, Setting
from dockwright.config.sources import from_environment
from dockwright.config.toml import from_toml
from dockwright.errors import UserError
from dockwright.model.kinds import BOOL
from dockwright.model.param import Default, Origin, Params, Source
from dockwright.model.values import Arch, Device, Framework, Target

KNOWN = parameters()


def settings(line: str) -> list[Setting]:
    found, rest = from_argv(line.split(), KNOWN)
    assert not rest
    return found


def values(line: str = "") -> Params:
    return resolve(settings(line))


def refused(*said: Setting) -> UserError:
    with pytest.raises(UserError) as caught:
        resolve(said)
    return caught.value


def setting(name: str, text: str, source: Source, where: str = "x") -> Setting:
    return Setting(name=name, text=text, origin=Origin(source=source, where=where))


def test_nothing_said_gives_the_defaults_of_vllm() -> None:
    params = values()
    assert params[FRAMEWORK] is Framework.VLLM
    assert params[DEVICE] is Device.CUDA
    assert params[CUDA_VERSION] == "12.9"
    assert params[TARGET] is Target.DEV
    assert params[ENABLE_KVBM] is True
    assert params[BASE_IMAGE_TAG] == "25.06-cuda12.9-devel-ubuntu24.04"
    assert params.value(BASE_IMAGE_TAG).origin.is_default
    assert params.value(BASE_IMAGE_TAG).inputs == (
        "BASE_IMAGE", "FRAMEWORK", "DEVICE", "CUDA_VERSION",
    )  # fmt: skip


def test_the_standard_image_without_a_gpu() -> None:
    params = values("--framework standard --device cpu")
    assert params[CUDA_VERSION] == ""
    assert params[TARGET] is Target.RUNTIME
    assert params[BASE_IMAGE] == "bootstrap:debian/bookworm"
    assert params[BASE_IMAGE_TAG] == ""
    assert params[PYTHON_VERSION] == "3.11"


def test_a_bootstrapped_base_brings_its_python() -> None:
    line = "--framework none --device cpu --base-image bootstrap:debian/trixie"
    assert values(line)[PYTHON_VERSION] == "3.13"


def test_cuda_13_changes_defaults_and_no_persons_tag() -> None:
    assert values("--cuda-version 13.0")[BASE_IMAGE_TAG] == "25.11-cuda13.0-devel-ubuntu24.04"
    kept = values("--cuda-version 13.0 --base-image-tag mine")
    assert kept[BASE_IMAGE_TAG] == "mine"
    assert kept[BASE_IMAGE] == "nvcr.io/nvidia/cuda-dl-base"
    assert values("--base-image mine")[BASE_IMAGE_TAG] == "25.06-cuda12.9-devel-ubuntu24.04"


def test_sglang_version_follows_the_runtime_tag() -> None:
    params = values("--framework sglang --build-arg RUNTIME_IMAGE_TAG=v0.6.0-runtime")
    assert params[SGLANG_VERSION] == "v0.6.0"


def test_the_strongest_source_wins_and_the_others_are_kept() -> None:
    said = [
        setting("NIXL_REF", "flag", Source.FLAG, "--nixl-ref"),
        setting("NIXL_REF", "project", Source.PROJECT, "dockwright.toml:1"),
        setting("NIXL_REF", "variable", Source.ENVIRONMENT, "DOCKWRIGHT_NIXL_REF"),
        setting("NIXL_REF", "profile", Source.PROFILE, "ci.toml:4"),
    ]
    value = resolve(said).value(NIXL_REF)
    assert value.value == "flag"
    assert value.origin == Origin(source=Source.FLAG, where="--nixl-ref")
    assert [text for text, _ in value.overridden] == ["variable", "profile", "project"]
    assert resolve(said[1:]).value(NIXL_REF).value == "variable"


def test_a_later_file_of_one_source_wins() -> None:
    said = [
        setting("NIXL_REF", "first", Source.PROFILE, "a.toml:1"),
        setting("NIXL_REF", "second", Source.PROFILE, "b.toml:1"),
    ]
    value = resolve(said).value(NIXL_REF)
    assert value.value == "second"
    assert [text for text, _ in value.overridden] == ["first"]


def test_two_different_values_on_one_command_line_are_an_error() -> None:
    error = refused(*settings("--nixl-ref 1.0.0 --build-arg NIXL_REF=0.9.0"))
    assert error.message == (
        "NIXL_REF is set to different values: '0.9.0' (--build-arg NIXL_REF) and "
        "'1.0.0' (--nixl-ref)"
    )
    assert error.hint == "say NIXL_REF once"


def test_two_spellings_of_one_value_are_none() -> None:
    line = "--framework VLLM --build-arg FRAMEWORK=vllm --enable-kvbm --build-arg ENABLE_KVBM=1"
    assert values(line)[FRAMEWORK] is Framework.VLLM


def test_switching_on_and_off_is_a_contradiction() -> None:
    error = refused(*settings("--enable-kvbm --no-enable-kvbm"))
    assert error.message == (
        "ENABLE_KVBM is set to different values: 'false' (--no-enable-kvbm) and "
        "'true' (--enable-kvbm)"
    )


def test_lists_add_up_on_one_command_line_and_are_replaced_across_sources() -> None:
    said = [
        *settings("--tag a --tag b,c --cache-from type=gha,scope=x --cache-from y"),
        setting("TAG", "weak", Source.PROJECT),
    ]
    params = resolve(said)
    assert params[TAG] == ("a", "b", "c")
    assert params[CACHE_FROM] == ("type=gha,scope=x", "y")


def test_all_problems_at_once() -> None:
    error = refused(
        *settings("--framework trtllm --cuda-version 12.9 --target frontend --max-jobs many"),
        *from_environment({"DOCKWRIGHT_NIXL_REFF": "1"}, KNOWN),
        *settings("--build-arg CARGO_BULD_JOBS=3"),
    )
    assert (
        error.message
        == """\
5 problems:
  DOCKWRIGHT_NIXL_REFF: no parameter has this variable
  --build-arg: no stage reads a build argument CARGO_BULD_JOBS
  --max-jobs: MAX_JOBS must be a whole number of at least 1, not 'many'
  trtllm needs CUDA 13.1; you asked for 12.9 (--cuda-version). Valid: --cuda-version 13.1, \
or --framework none, vllm or sglang [cuda-of-framework]
  trtllm has no target frontend (--target). Valid: --target base, wheel_builder, framework, \
runtime, dev or local-dev, or --framework none [target-of-framework]"""
    )
    assert [problem.hint for problem in error.problems][:2] == [
        "did you mean DOCKWRIGHT_NIXL_REF?",
        "did you mean CARGO_BUILD_JOBS?",
    ]


def test_a_wrong_axis_does_not_cause_other_problems() -> None:
    error = refused(*settings("--framework vlm"))
    assert error.message == (
        "--framework: FRAMEWORK must be one of none, vllm, trtllm, sglang, not 'vlm' "
        "(did you mean 'vllm'?)"
    )


def test_a_patch_level_of_cuda_is_refused_with_what_to_say() -> None:
    assert refused(*settings("--cuda-version 12.9.1")).message == (
        "--cuda-version: CUDA_VERSION must be major.minor without a patch level: 12.9, not '12.9.1'"
    )


def test_facts_of_the_host_are_defaults_only() -> None:
    facts = HostFacts(uid=4711, gid=4712, commit="a" * 40)
    params = resolve([], facts=facts)
    assert params[USER_UID] == 4711
    assert params[DYNAMO_COMMIT_SHA] == "a" * 40
    assert params.value(USER_UID).origin == Origin(source=Source.DEFAULT, where="the calling user")
    said = settings("--target local-dev --uid 5")
    assert resolve(said, facts=facts)[USER_UID] == 5


def test_each_platform_has_its_own_architecture() -> None:
    both = resolve_platforms(settings("--platform linux/amd64,linux/arm64"))
    assert [params[ARCH] for params in both] == [Arch.AMD64, Arch.ARM64]
    assert [params.values["ARCH_ALT"].value for params in both] == ["x86_64", "aarch64"]


def test_problems_of_several_platforms_are_said_once() -> None:
    with pytest.raises(UserError) as caught:
        resolve_platforms(settings("--platform linux/amd64,linux/arm64 --arch amd64"))
    assert [problem.rule for problem in caught.value.problems] == ["arch-of-platform"]


def test_a_proxy_is_never_shown() -> None:
    secret = "http://user:" + "pass" + "word@proxy"
    said = [
        *settings(f"--build-arg https_proxy={secret} --build-arg HTTP_PROXY={secret}"),
        setting("HTTP_PROXY", secret + "2", Source.ENVIRONMENT),
    ]
    params = resolve(said)
    assert params[HTTP_PROXY] == secret
    assert "word" not in str(explain(HTTP_PROXY, params, {}))
    clash = refused(*settings(f"--build-arg HTTP_PROXY={secret} --build-arg http_proxy=other"))
    assert "word" not in clash.message


def test_tables_for_one_framework_do_not_touch_the_others() -> None:
    text = '[for.sglang]\nenable_kvbm = true\n[for.dev]\nnixl_ref = "dev"\n'
    said = from_toml(text, name="f.toml", source=Source.PROJECT, parameters=KNOWN)
    assert resolve([*said, *settings("--framework sglang")])[ENABLE_KVBM] is True
    plain = resolve([*said, *settings("--framework none --target runtime")])
    assert plain[ENABLE_KVBM] is False
    assert plain[NIXL_REF] == "0.9.0"
    assert resolve(said)[NIXL_REF] == "dev"


def test_ffmpeg_follows_nixl_when_nobody_speaks_of_it() -> None:
    assert values()[ENABLE_MEDIA_FFMPEG] is True
    assert values("--no-enable-media-nixl")[ENABLE_MEDIA_FFMPEG] is False
    assert values("--framework none")[ENABLE_MEDIA_FFMPEG] is False


def sample(name: str) -> str:
    """A valid value that is nobody's default."""
    param = KNOWN[name]
    if param.kind is BOOL:
        return "true"
    if param.kind.choices:
        return param.kind.choices[-1]
    for text in ("7.7", "type=x", "BUILDKIT_X=1", "name=path", "a==1", "https://x.example/y",
                 "/srv/x", "x86_64-unknown-linux-musl", "urllib3>=3.0", "load", "b" * 40,
                 "570", "3.13", "mine", "cpu", "7G", "redis://h:1",
                 "https://a.example/=https://b.example/",
                 "https://a.example/=env:NAME"):  # fmt: skip
        try:
            param.kind.parse(text)
        except ValueError:
            continue
        return text
    raise AssertionError(name)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_persons_value_survives_in_every_cell(name: str) -> None:
    axes = {"FRAMEWORK", "DEVICE", "CUDA_VERSION", "PLATFORM", "TARGET", "ARCH"}
    if name in axes:
        return
    text = sample(name)
    for variant in cells():
        if variant.target is not Target.RUNTIME:
            continue
        said = [setting(key, value, Source.FLAG) for key, value in variant.settings().items()]
        params = resolve([*said, setting(name, text, Source.PROJECT)], check=False)
        assert params.values[name].value == KNOWN[name].kind.parse(text)
        assert params.values[name].origin.source is Source.PROJECT


def test_every_default_is_valid_by_its_own_kind() -> None:
    for variant in cells():
        said = [setting(key, text, Source.FLAG) for key, text in variant.settings().items()]
        params = resolve(said)
        for name, param in KNOWN.items():
            text = param.kind.show(params.values[name].value)
            if text or isinstance(param.default, Default):
                assert param.kind.parse(text) == params.values[name].value, name


def test_defaults_are_the_same_in_every_order_of_settings() -> None:
    said = settings("--framework sglang --cuda-version 13.0 --nixl-ref x --target runtime")
    assert resolve(said) == resolve(said[::-1])
