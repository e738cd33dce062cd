"""Bad input: never a traceback, exit 0 or 2 (1 without an engine); a deaf environment."""

from __future__ import annotations

import io
import os
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dockwright.catalog.parameters import parameters
from dockwright.cli.app import COMMANDS
from dockwright.cli.entry import run
from dockwright.cli.host import CA_VARIABLES, NETWORK_VARIABLES
from dockwright.cli.plan_data import PlanData
from dockwright.config.derive import options
from dockwright.config.names import ORIGINAL_VARIABLES
from dockwright.config.secrets import WELL_KNOWN

KNOWN = parameters()
STANDARD = ["--framework", "none", "--device", "cpu", "--target", "runtime"]
PLAN = ["plan", *STANDARD, "--engine", "buildkit", "--format", "json"]
# Commands that only look; `build` and `bootstrap` would start something when it all fits.
LOOKING = ["plan", "render", "params", "explain", "matrix"]
VALUES = ["none", "cpu", "vllm", "runtime", "12.9", "13.0", "0.9.0", "true", "a=b", "ucx.ref=v1",
          "linux/amd64,linux/arm64", "id=x,env=PATH", "bootstrap:debian/bookworm", "oci:x", "",
          "buildkit", "NIXL_REF", "json", "bake", ".", "é\u2028", "\x7f", "-", "=",
          "x" * 300]  # fmt: skip

flags = sorted(
    {flag for option in options(KNOWN) for flag in (*option.flags, *option.negations)}
    | {"--config", "--profile", "--set", "--build-arg", "--secret", "--format", "--json", "--all"}
    | {"--", "-q", "--help", "--cuda", "--changed", "--group", "--nonsense", "--write"}
)
words = st.one_of(
    st.sampled_from(flags),
    st.sampled_from(VALUES),
    st.builds("{}={}".format, st.sampled_from(flags), st.sampled_from(VALUES)),
    st.builds("{}={}".format, st.sampled_from(sorted(KNOWN)), st.sampled_from(VALUES)),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
)
values = st.one_of(
    st.sampled_from(VALUES),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
)
variables = st.dictionaries(
    st.sampled_from([f"DOCKWRIGHT_{name}" for name in (*sorted(KNOWN), "NONSENSE")]),
    values,
    max_size=3,
)
toml = st.one_of(
    st.text(alphabet=string.printable, max_size=80),
    st.lists(
        st.builds(
            "{} = {}".format,
            st.sampled_from([*(param.key for param in KNOWN.values()), "[for.vllm]\nx", "a.b"]),
            st.one_of(st.sampled_from(['"x"', "1", "true", "[1]", "1.5", "{}"]), values),
        ),
        max_size=4,
    ).map("\n".join),
)

many = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Place:
    """A working directory and an environment of a person without engines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            "PATH": str(folder / "bin"),
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_STATE_HOME": str(folder / "state"),
        }

    def call(self, argv: list[str], extra: Mapping[str, str]) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, {**extra, **self.env}, clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            status = run(argv)
        return status, out.getvalue(), err.getvalue()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return Place(tmp_path)


@contextmanager
def project(text: str) -> Iterator[None]:
    file = Path("dockwright.toml")
    file.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        file.unlink()


def assert_explained(status: int, err: str) -> None:
    assert status in {0, 1, 2}
    assert "Traceback" not in err
    if status == 1:
        assert "engine" in err or "refused" in err
    if status == 2:
        assert err.startswith("error: ")
        assert "\nhint: " in err


@many
@given(st.sampled_from(LOOKING), st.lists(words, max_size=6))
def test_any_words(place: Place, command: str, said: list[str]) -> None:
    status, _, err = place.call([command, *said], {})
    assert_explained(status, err)


@many
@given(st.lists(words, max_size=4))
def test_any_words_after_a_build_that_fits(place: Place, said: list[str]) -> None:
    status, out, err = place.call([*PLAN, *said], {})
    assert_explained(status, err)
    if status == 0 and out.startswith("{") and '"cells"' not in out and '"group"' not in out:
        msgspec.json.decode(out, type=PlanData)


@many
@given(variables, toml)
def test_any_file_and_variables(place: Place, env: dict[str, str], text: str) -> None:
    with project(text):
        for command in ("params", "render"):
            status, _, err = place.call([command, *STANDARD], env)
            assert_explained(status, err)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stray_word_is_explained(place: Place, command: str) -> None:
    status, _, err = place.call([command, "--nonsense"], {})
    assert_explained(status, err)
    assert status == 2


PREFIXES = ("DOCKWRIGHT_", "_DOCKWRIGHT", "XDG_", "GIT_", "PYTHON")
LISTENED = {
    *("PATH", "HOME", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM", "BUILDAH_ISOLATION"),
    *CA_VARIABLES,
    *NETWORK_VARIABLES,
    *ORIGINAL_VARIABLES,
    *(secret.variable for secret in WELL_KNOWN),
}
LEAKED = ["FRAMEWORK", "TARGET", "BASE_IMAGE", "BUILD_ARGS", "CACHE_FROM", "CUSTOM_UID", "MAKE_EFA",
          "MAX_JOBS", "NO_TAG_LATEST", "TRTLLM_INTENTION", "CUDA_VERSION", "PLATFORM"]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_two_hundred_other_variables_change_no_plan(place: Place, seed: int) -> None:
    """Not by hypothesis: making 200 smaller, one by one, would explain nothing."""
    random = Random(seed)  # noqa: S311 (the same words in every run)
    env = {name: random.choice(VALUES) for name in LEAKED}
    while len(env) < 200:
        name = "".join(random.choices(string.ascii_letters + "_", k=random.randint(1, 12)))
        if name not in LISTENED and not name.startswith(PREFIXES):
            env[name] = random.choice(VALUES)
    alone = place.call(PLAN, {})
    assert alone[0] == 0
    assert place.call(PLAN, env) == alone
