"""Words become settings: files, environment, flags; and what is said of words that are wrong."""

from __future__ import annotations

import pytest

from dockwright.catalog.parameters import parameters
from dockwright.config.argv import from_argv, unknown_flag
from dockwright.config.derive import option_of, options
from dockwright.config.explain import explain, find
from dockwright.config.names import of_option
from dockwright.config.resolve import resolve
from dockwright.config.setting import Setting
from dockwright.config.sources import from_build_args, from_environment, from_flags, from_sets
from dockwright.config.toml import TomlFile, from_files, from_toml
from dockwright.errors import UserError
from dockwright.model.param import Source

KNOWN = parameters()


def toml(text: str, profile: str = "") -> list[Setting]:
    return from_toml(
        text, name="dockwright.toml", source=Source.PROJECT, parameters=KNOWN, profile=profile
    )


def only(found: list[Setting]) -> str:
    (setting,) = found
    assert setting.problem is not None
    return f"{setting.problem} | {setting.problem.hint}"


def pairs(found: list[Setting]) -> list[tuple[str, str, str]]:
    return [(setting.name, setting.text, setting.origin.where) for setting in found]


def test_a_file_with_every_type() -> None:
    text = """\
# a comment with = in it
framework = "sglang"
enable_kvbm = true
jobs = 4
tag = ["a:1", "b"]

[ucx]
ref = "v1.20.0"

[profile.ci]
use_sccache = true
"""
    assert pairs(toml(text)) == [
        ("FRAMEWORK", "sglang", "dockwright.toml:2"),
        ("ENABLE_KVBM", "true", "dockwright.toml:3"),
        ("JOBS", "4", "dockwright.toml:4"),
        ("TAG", "a:1,b", "dockwright.toml:5"),
        ("NIXL_UCX_REF", "v1.20.0", "dockwright.toml:8"),
    ]
    chosen = toml(text, "ci")[-1]
    assert pairs([chosen]) == [("USE_SCCACHE", "true", "dockwright.toml:11")]
    assert chosen.origin.source is Source.PROFILE


VALID_KEYS = 'text stands in quotes, as in device = "cpu"; valid keys: ' + ", ".join(
    name.lower() for name in KNOWN
)
ALL = "`dockwright params` lists all names"

WRONG_FILES = {
    "a = ": f"dockwright.toml:1:5: not valid TOML: Invalid value | {VALID_KEYS}",
    "x = 1\ny = [1,\n": f"dockwright.toml:2:8: not valid TOML: Invalid value | {VALID_KEYS}",
    "\njobs = 1\njobs = 2\n": (
        f"dockwright.toml:3:9: not valid TOML: Cannot overwrite a value | {VALID_KEYS}"
    ),
    "python_version = 3.10": (
        'dockwright.toml:1: python_version must be in quotes: python_version = "…" | '
    ),
    "\nnixl_reff = 'x'": (
        "dockwright.toml:2: unknown key 'nixl_reff' | did you mean nixl_ref?"
    ),
    "zzz = 1": f"dockwright.toml:1: unknown key 'zzz' | {ALL}",
    "efa = 1": (
        "dockwright.toml:1: unknown key 'efa' | names with it: efa_version, make_efa"
    ),
    "NIXL_REF = 'x'": (
        "dockwright.toml:1: unknown key 'NIXL_REF' | did you mean nixl_ref?"
    ),
    "[nixl]\nreff = 'x'": (
        "dockwright.toml:2: unknown key 'nixl.reff' | did you mean nixl_ref?"
    ),
    "nixl_ref = ['x']": (
        "dockwright.toml:1: nixl_ref must be a single value, not a list | "
    ),
    "tag = ['x', 1]": "dockwright.toml:1: tag must be a list of texts in quotes | ",
    "tag = ['x,y']": "dockwright.toml:1: tag has an item with ',': 'x,y' | ",
    "jobs = 1979-05-27": (
        "dockwright.toml:1: jobs must be text, a number, true or false, not 1979-05-27 | "
    ),
    "jobs = 1000000000000000000": "dockwright.toml:1: jobs is a number that is too large | ",
    "profile = 1": "dockwright.toml:1: must be a table: [profile.NAME] | ",
    "for = 1": "dockwright.toml:1: must be a table: [for.NAME] | ",
    "[for.vlm]\n": (
        "dockwright.toml:1: no framework, device or target 'vlm' | did you mean vllm?"
    ),
    "[for.vllm]\ntarget = 'dev'": (
        "dockwright.toml:2: target chooses what is built, so it cannot depend on it | "
        "set it outside of [for.vllm]"
    ),
    "[a.b]\nc = 1": f"dockwright.toml:1: unknown key 'a.b' | {ALL}",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG_FILES)
def test_wrong_files(text: str) -> None:
    assert only(toml(text)) == WRONG_FILES[text]


def test_a_profile_that_no_file_has() -> None:
    text = "[profile.release]\n[profile.ci]\n"
    assert only(toml(text, "relase")) == (
        "--profile: no profile 'relase' | did you mean release? (dockwright.toml has release, ci)"
    )
    assert only(toml("", "ci")) == ("--profile: no profile 'ci' | dockwright.toml has no profiles")


def test_a_profile_needs_to_be_in_one_file_only() -> None:
    files = [
        TomlFile(text="jobs = 1", name="a.toml", source=Source.PROJECT),
        TomlFile(text="[profile.ci]\njobs = 2", name="b.toml", source=Source.PROFILE),
    ]
    assert pairs(from_files(files, KNOWN, profile="ci")) == [
        ("JOBS", "1", "a.toml:1"),
        ("JOBS", "2", "b.toml:2"),
    ]


def test_only_our_variables_are_read() -> None:
    environment = {
        "PATH": "/bin",
        "FRAMEWORK": "sglang",
        "CUDA_VERSION": "1.0",
        "NIXL_REF": "x",
        "DOCKWRIGHT_FRAMEWORK": "none",
        "DOCKWRIGHT_FORMAT": "json",
        "commit_id": "abc",
        "current_tag": "",
    }
    assert pairs(from_environment(environment, KNOWN)) == [
        ("COMMIT_ID", "abc", "commit_id"),
        ("FRAMEWORK", "none", "DOCKWRIGHT_FRAMEWORK"),
    ]


def test_the_prefixed_variable_is_stronger_than_the_originals() -> None:
    environment = {"DOCKWRIGHT_COMMIT_ID": "ours", "commit_id": "theirs"}
    value = resolve(from_environment(environment, KNOWN)).values["COMMIT_ID"]
    assert value.value == "ours"


def test_an_unknown_variable_of_ours_is_refused() -> None:
    assert only(from_environment({"DOCKWRIGHT_FRAMEWRK": "x"}, KNOWN)) == (
        "DOCKWRIGHT_FRAMEWRK: no parameter has this variable | did you mean DOCKWRIGHT_FRAMEWORK?"
    )


WRONG_ARGS = {
    "NIXL_REF": "--build-arg: must be NAME=VALUE, not 'NIXL_REF' | ",
    "=x": "--build-arg: must be NAME=VALUE, not '=x' | ",
    "NIXLREF=1": (
        "--build-arg: no stage reads a build argument NIXLREF | did you mean NIXL_REF?"
    ),
    "GITHUB_TOKEN=x": (
        "--build-arg GITHUB_TOKEN: GITHUB_TOKEN looks like a secret; build arguments stay "
        "readable in the image's history | set the environment variable GITHUB_TOKEN, or use "
        "--secret id=github_token,src=FILE"
    ),
}  # fmt: skip


@pytest.mark.parametrize("argument", WRONG_ARGS)
def test_wrong_build_arguments(argument: str) -> None:
    assert only(from_build_args([argument], KNOWN)) == WRONG_ARGS[argument]


def test_a_refused_secret_is_not_kept() -> None:
    (setting,) = from_build_args(["AWS_SECRET_ACCESS_KEY=hush"], KNOWN)
    assert "hush" not in repr(setting)


def test_predefined_build_arguments_are_always_taken() -> None:
    arguments = ["HTTP_PROXY=a", "https_proxy=b", "SOURCE_DATE_EPOCH=1", "BUILDKIT_X=2"]
    found = from_build_args([*arguments, "BUILDKIT_Y=3"], KNOWN)
    assert [(setting.name, setting.text) for setting in found] == [
        ("HTTP_PROXY", "a"),
        ("HTTPS_PROXY", "b"),
        ("SOURCE_DATE_EPOCH", "1"),
        ("BUILDKIT_ARGS", "BUILDKIT_X=2"),
        ("BUILDKIT_ARGS", "BUILDKIT_Y=3"),
    ]
    assert resolve(found).values["BUILDKIT_ARGS"].value == ("BUILDKIT_X=2", "BUILDKIT_Y=3")


def test_component_options() -> None:
    found = from_sets(["ucx.ref=v1", "nixl.ref=x", "NIXL_REF=y", "nixl-ref=z"], KNOWN)
    assert [setting.name for setting in found] == [
        "NIXL_UCX_REF", "NIXL_REF", "NIXL_REF", "NIXL_REF",
    ]  # fmt: skip
    assert only(from_sets(["nixl.rev=x"], KNOWN)) == (
        "--set nixl.rev: unknown parameter NIXL_REV | did you mean NIXL_REF?"
    )
    assert only(from_sets(["nixl."], KNOWN)) == (
        "--set: must be component.option=value, not 'nixl.' | "
    )
    assert of_option("a", "b", KNOWN) == "A_B"


def test_flags_in_every_form() -> None:
    line = "--framework none --device=cpu --no-enable-kvbm --cache x --jobs 3 -v -- --tag"
    found, rest = from_argv(line.split(), KNOWN)
    assert pairs(found) == [
        ("FRAMEWORK", "none", "--framework"),
        ("DEVICE", "cpu", "--device"),
        ("ENABLE_KVBM", "false", "--no-enable-kvbm"),
        ("NO_CACHE", "false", "--cache"),
        ("JOBS", "3", "--jobs"),
    ]
    assert rest == ["x", "-v", "--", "--tag"]


def test_a_flag_needs_its_value() -> None:
    for line in (["--nixl-ref"], ["--nixl-ref", "--enable-kvbm"], ["--build-arg"]):
        found, _ = from_argv(line, KNOWN)
        assert str(found[0].problem) == f"{line[0]}: needs a value"


def test_a_negated_switch_takes_none() -> None:
    found, _ = from_argv(["--no-enable-kvbm=true"], KNOWN)
    assert str(found[0].problem) == "--no-enable-kvbm: takes no value"
    found, _ = from_argv(["--enable-kvbm=no"], KNOWN)
    assert found[0].text == "no"


def test_unknown_flags_get_a_suggestion() -> None:
    problem = unknown_flag("--enable-kvmb", ["--dry-run"], KNOWN)
    assert f"{problem} | {problem.hint}" == (
        "unknown option --enable-kvmb | did you mean --enable-kvbm?"
    )
    assert unknown_flag("--dry-rum", ["--dry-run"], KNOWN).hint == "did you mean --dry-run?"
    assert str(unknown_flag("word", [], KNOWN)) == "unexpected word 'word'"


def test_values_of_a_command_line_library() -> None:
    found = from_flags(
        {"JOBS": None, "ENABLE_KVBM": False, "TAG": ["a", "b"], "DEVICE": "cpu"}, KNOWN
    )
    assert pairs(found) == [
        ("ENABLE_KVBM", "false", "--enable-kvbm"),
        ("TAG", "a", "--tag"),
        ("TAG", "b", "--tag"),
        ("DEVICE", "cpu", "--device"),
    ]


def test_no_flag_is_spelled_twice() -> None:
    spelled = [flag for option in options(KNOWN) for flag in (*option.flags, *option.negations)]
    assert len(spelled) == len(set(spelled))
    assert not {"--help", "--config", "--profile", "--set", "--build-arg"} & set(spelled)
    assert option_of(KNOWN["MAX_JOBS"]).flags == ("--max-jobs", "--vllm-max-jobs")
    assert not {"--http-proxy"} & set(spelled)


def test_explaining_a_value() -> None:
    said = [
        *toml('nixl_ref = "file"'),
        *from_argv(["--nixl-ref", "flag"], KNOWN)[0],
    ]
    found = explain(KNOWN["NIXL_REF"], resolve(said), {"NIXL_REF": {"nixl", "dynamo"}})
    assert (found.value, found.default, found.source, found.where) == (
        "flag", "0.9.0", "command line", "--nixl-ref",
    )  # fmt: skip
    assert [(past.value, past.where) for past in found.overridden] == [
        ("file", "dockwright.toml:1")
    ]
    assert found.consumers == ("dynamo", "nixl")


@pytest.mark.parametrize(
    "word", ["NIXL_REF", "nixl_ref", "--nixl-ref", "DOCKWRIGHT_NIXL_REF", "nixl.ref"]
)
def test_a_parameter_is_found_by_every_spelling(word: str) -> None:
    assert find(word, KNOWN).name == "NIXL_REF"


def test_an_unknown_name_is_explained_too() -> None:
    assert find("--vllm-max-jobs", KNOWN).name == "MAX_JOBS"
    with pytest.raises(UserError) as caught:
        find("NIXLREF", KNOWN)
    assert (caught.value.message, caught.value.hint) == (
        "unknown parameter 'NIXLREF'",
        "did you mean NIXL_REF?",
    )
