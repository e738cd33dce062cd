"""Whatever the words and the environment: an answer, no traceback, no secret."""

from __future__ import annotations

import string
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from dockwright.catalog.parameters import parameters
from dockwright.config.compat import Interpretation, Repository, interpret
from dockwright.config.compat_words import BUILD_ARG, HELP, LISTS, MODES, SWITCHES, VALUES
from dockwright.config.names import ORIGINAL_VARIABLES
from tests.compat.corpus import shown

CANARY = "canary-5f1a"

FLAGS = [*VALUES, *LISTS, *SWITCHES, *MODES, *HELP, BUILD_ARG, "--release-build", "--bogus", "--"]
WORDS = st.one_of(
    st.sampled_from(FLAGS),
    st.sampled_from(
        ["vllm", "NONE", "trtllm", "runtime", "dev", "local-dev", "frontend", "13.0", "12.9.1"]
    ),
    st.sampled_from(["linux/arm64", "linux/amd64,linux/arm64", "1", "a:1", "", "x=y", "-1"]),
    st.builds(
        lambda name, value: f"{name}={value}",
        st.sampled_from([*parameters(), "FOO", "MY_TOKEN", "http_proxy", "BUILDKIT_X"]),
        st.text(max_size=8),
    ),
    st.text(max_size=12),
)
NAMES = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=20).filter(
    lambda name: name not in ORIGINAL_VARIABLES and not name.startswith("DOCKWRIGHT_")
)


def asked(words: list[str], env: Mapping[str, str]) -> Interpretation:
    return interpret(words, env=env, repository=Repository(), look=lambda _: None)


@given(st.lists(WORDS, max_size=8))
def test_any_words_get_an_answer(words: list[str]) -> None:
    found = asked(words, {})
    assert found.status in {0, 1}
    assert shown(found)
    if found.status == 0 and not found.words.help:
        assert found.chain
        assert all(link.tags for link in found.chain)


@given(
    st.lists(WORDS, max_size=4),
    st.dictionaries(st.sampled_from(sorted(ORIGINAL_VARIABLES)), st.text(max_size=8)),
)
def test_any_value_of_the_documented_variables_gets_an_answer(
    words: list[str], env: Mapping[str, str]
) -> None:
    assert asked(words, env).status in {0, 1}


@given(st.dictionaries(NAMES, st.text(max_size=8), max_size=200))
def test_other_variables_never_change_what_is_built(env: Mapping[str, str]) -> None:
    words = ["--framework", "none", "--target", "runtime"]
    plain, other = asked(words, {}), asked(words, env)
    assert (plain.chain, plain.secrets, plain.pickers) == (
        other.chain,
        other.secrets,
        other.pickers,
    )


@given(st.lists(WORDS, max_size=6))
def test_secrets_are_shown_nowhere(words: list[str]) -> None:
    names = ("GITHUB_TOKEN", "GITLAB_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    arguments = ["--build-arg", f"HTTPS_PROXY=http://u:{CANARY}@proxy.example"]
    tokens = ["--build-arg", f"MY_TOKEN={CANARY}"]
    env = dict.fromkeys(names, CANARY)
    for line in ([*words, *arguments], [*words, *arguments, *tokens]):
        found = asked(line, env)
        if words and words[-1].startswith("--"):
            continue  # the words after it were its value
        assert CANARY not in shown(found)
        assert CANARY not in repr([problem.what for problem in found.problems])
