"""Laws of settings: round trips, a deaf environment, and never a traceback."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dockwright.catalog.parameters import parameters
from dockwright.config.argv import from_argv
from dockwright.config.drivers import from_fleet
from dockwright.config.names import ORIGINAL_VARIABLES
from dockwright.config.resolve import resolve, resolve_platforms
from dockwright.config.setting import Setting
from dockwright.config.sources import from_build_args, from_environment, from_sets
from dockwright.config.toml import from_toml
from dockwright.config.write import to_argv, to_environment, to_toml
from dockwright.errors import UserError
from dockwright.model.param import Param, Source

KNOWN = parameters()
EXAMPLES = ("7.7", "3.12", "12.9", "v1.2.3", "type=x,ref=y", "BUILDKIT_X=1", "name=path", "a==1",
            "https://x.example/y", "/srv/ä", "x86_64-unknown-linux-musl", "urllib3>=3.0", "oci:x",
            "b" * 40, "570", "mine", "cpu", "", 'quote"\\', "tab\tx", "a,b", "a;b", "0", "5", " x",
            "--dashes", "-dash", "é\u2028", "\x7f")  # fmt: skip


def valid(param: Param[Any], text: str) -> bool:
    try:
        param.kind.parse(text)
    except ValueError:
        return False
    return True


def texts(param: Param[Any]) -> st.SearchStrategy[str]:
    choices = [*param.kind.choices, *EXAMPLES, param.example]
    return st.sampled_from([text for text in choices if valid(param, text)])


SAID = st.lists(st.sampled_from(sorted(KNOWN)), unique=True, max_size=8).flatmap(
    lambda names: st.fixed_dictionaries({name: texts(KNOWN[name]) for name in names})
)


def meaning(found: list[Setting]) -> dict[str, Any]:
    """What was said: values and not spellings."""
    assert not [setting.problem for setting in found if setting.problem]
    return {setting.name: KNOWN[setting.name].kind.parse(setting.text) for setting in found}


@given(SAID)
def test_settings_survive_every_form(said: dict[str, str]) -> None:
    values = {name: KNOWN[name].kind.parse(text) for name, text in said.items()}
    toml = to_toml(said, KNOWN)
    assert meaning(from_toml(toml, name="f", source=Source.PROJECT, parameters=KNOWN)) == values
    assert meaning(from_environment(to_environment(said, KNOWN), KNOWN)) == values
    found, rest = from_argv(to_argv(said, KNOWN), KNOWN)
    assert rest == []
    assert meaning(found) == {n: v for n, v in values.items() if not KNOWN[n].secret}
    assert meaning(from_build_args([f"{n}={t}" for n, t in said.items()], KNOWN)) == values
    assert meaning(from_sets([f"{n}={t}" for n, t in said.items()], KNOWN)) == values


@given(SAID)
def test_showing_and_parsing_give_the_value_back(said: dict[str, str]) -> None:
    for name, text in said.items():
        kind = KNOWN[name].kind
        assert kind.parse(kind.show(kind.parse(text))) == kind.parse(text)


NAMES = st.text(string.ascii_letters + string.digits + "_", min_size=1).filter(
    lambda name: not name.startswith("DOCKWRIGHT_") and name not in ORIGINAL_VARIABLES
)
OTHERS = st.sampled_from(sorted(set(KNOWN) - set(ORIGINAL_VARIABLES)))
FOREIGN = st.dictionaries(st.one_of(NAMES, OTHERS), st.text(), min_size=1, max_size=200)


@given(FOREIGN)
def test_the_environment_of_others_changes_nothing(environment: dict[str, str]) -> None:
    assert from_environment(environment, KNOWN) == []


def attempt(said: list[Setting]) -> None:
    try:
        resolve_platforms(said)
    except UserError as error:
        problems = error.problems
    else:
        return
    assert all(problem.what for problem in problems)


WORDS = st.one_of(
    st.sampled_from(
        [f"--{flag}" for name in KNOWN for flag in (name.lower().replace("_", "-"),)]
        + ["--set", "--build-arg", "--", "-x", "--no-enable-kvbm", "none", "cpu", "vllm"]
        + [f"{name}={value}" for name in sorted(KNOWN) for value in ("none", "13.0", "x")]
    ),
    st.sampled_from(EXAMPLES),
    st.text(max_size=20),
)


@given(st.lists(WORDS, max_size=8))
@settings(max_examples=300)
def test_random_words_never_give_a_traceback(words: list[str]) -> None:
    found, _ = from_argv(words, KNOWN)
    attempt(found)
    attempt(from_build_args(words, KNOWN))
    attempt(from_sets(words, KNOWN))


VALUES = st.recursive(
    st.one_of(st.text(max_size=8).map(repr), st.integers().map(str), st.floats().map(str),
              st.sampled_from(["true", "1979-05-27", "[1, 'x']", '"none"', '"cpu"', "'''\n'''"])),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    max_leaves=4,
)  # fmt: skip
KEYS = st.sampled_from(
    [*(name.lower() for name in sorted(KNOWN)), "profile", "for", "a.b", "'x y'"]
)
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(" = ".join),
    st.sampled_from(["[for.vllm]", "[for.x]", "[profile.ci]", "[nixl]", "[[nixl]]", "[", "# ="]),
    st.text(max_size=12),
)


@given(st.lists(LINES, max_size=6).map("\n".join), st.sampled_from(["", "ci"]))
@settings(max_examples=300)
def test_random_files_never_give_a_traceback(text: str, profile: str) -> None:
    attempt(from_toml(text, name="f", source=Source.PROJECT, parameters=KNOWN, profile=profile))
    attempt(from_fleet(text, name="f"))


def test_files_that_break_parsers() -> None:
    for text in (
        "a=" + "[" * 50_000,
        "a=" + "9" * 5_000,
        "[" + "a." * 5_000 + "a]",
        "\x00",
        "a='\ud800'",
    ):
        attempt(from_toml(text, name="f", source=Source.PROJECT, parameters=KNOWN))


@given(st.dictionaries(st.sampled_from(sorted(KNOWN)), st.text(max_size=12), max_size=6))
@settings(max_examples=300)
def test_random_variables_never_give_a_traceback(environment: dict[str, str]) -> None:
    attempt(from_environment({f"DOCKWRIGHT_{n}": t for n, t in environment.items()}, KNOWN))


@given(SAID)
@settings(max_examples=200)
def test_valid_values_in_any_combination_never_give_a_traceback(said: dict[str, str]) -> None:
    found = from_environment(to_environment(said, KNOWN), KNOWN)
    attempt(found)
    params = resolve(found, check=False)
    for name, text in said.items():
        assert params.values[name].value == KNOWN[name].kind.parse(text)
