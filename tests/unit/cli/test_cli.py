"""What people say and what they get: help, and every mistake with one error and one hint."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from dockwright.catalog.parameters import parameters
from dockwright.cli.app import COMMANDS
from tests.fakes import Fakes
from tests.unit.cli.conftest import Call

STANDARD = ("--framework", "none", "--device", "cpu")
PLANNING = ("build", "plan", "render", "verify")


def test_without_a_command_the_help_is_shown(call: Call) -> None:
    said = call()
    assert (said.status, said.err) == (0, "")
    assert said.out == call("--help").out == call("-h").out
    for name, summary in COMMANDS.items():
        assert name in said.out
        assert summary in said.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(call: Call, name: str) -> None:
    said = call(name, "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Usage: dockwright {name} ")
    # The first sentence of the docstring, and no option without a word about it.
    assert len(said.out.splitlines()[2].strip()) > 20
    if name in PLANNING:
        text = " ".join(said.out.split())
        for option in ("--config", "--profile", "--set", "--build-arg"):
            assert option in text
        for parameter in parameters().values():
            assert (parameter.flag in text) != parameter.secret, parameter.name


def test_the_version_is_data(call: Call) -> None:
    said = call("--version")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("dockwright ")


MISTAKES = {
    "a command": (["biuld"], "unknown command 'biuld'", "did you mean 'build'?"),
    "a strange command": (["xyzzy"], "unknown command 'xyzzy'", "known: build, plan"),
    "an option of the group": (["--fast"], "unknown option --fast", "--help"),
    "an option": (["build", "--framwork", "none"], "unknown option --framwork", "--framework"),
    "a missing value": (["build", "--framework"], "needs a value", "--help"),
    "a framework": (["build", "--framework", "vlm"], "'vlm'", "vllm"),
    "a device": (["plan", "--device", "gpu"], "'gpu'", "cuda"),
    "a target": (["build", *STANDARD, "--target", "runtim"], "'runtim'", "runtime"),
    "a value": (["build", *STANDARD, "--jobs", "many"], "'many'", ""),
    "a component": (["build", *STANDARD, "--set", "uxc.package-version=1"], "UXC", "UCX"),
    "a set without value": (["build", *STANDARD, "--set", "ucx.package-version"], "--set", ""),
    "a build argument": (["build", *STANDARD, "--build-arg", "UCX_REFF=v1"], "UCX_REFF", "UCX"),
    "a platform": (["build", *STANDARD, "--platform", "linux/sparc"], "sparc", "linux/amd64"),
    "a suite": (["build", *STANDARD, "--base-image", "bootstrap:debian/sid"], "sid", "bookworm"),
    "a layout that is not there": (
        ["build", *STANDARD, "--base-image", "oci:/nowhere"],
        "/nowhere",
        "",
    ),
    "a file": (["build", "--config", "no.toml"], "no.toml", "TOML file"),
    "a directory as file": (["build", "--config", "."], "--config", ""),
    "quiet and verbose": (["build", "-q", "-v"], "contradict each other", "one of them"),
    "verify without a build": (["verify"], "no image was built", "dockwright verify IMAGE"),
    "quiet and verbose verify": (["verify", "-q", "-v"], "contradict each other", "one of them"),
    "an image name": (["verify", "UPPER CASE", *STANDARD], "UPPER CASE", "name an image"),
    "a layout to verify": (["verify", "oci:/nowhere", *STANDARD], "/nowhere", ""),
    "a format": (["plan", "--format", "yaml"], "yaml", "plan --help"),
    "an output": (["build", *STANDARD, "--output", "paper"], "paper", ""),
    "a provider": (["build", *STANDARD, "--nats-provider", "snap"], "snap", "wheel"),
    "a distribution": (["bootstrap", "plan9/fourth"], "plan9", "debian"),
    "an architecture": (["bootstrap", "debian/bookworm", "--arch", "vax"], "vax", ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_explained(call: Call, mistake: str, engines: Fakes) -> None:
    words, what, way_out = MISTAKES[mistake]
    said = call(*words).refused(2)
    assert what in said.partition("\nhint: ")[0]
    assert way_out in said
    assert engines.calls() == []


def test_all_mistakes_are_said_at_once(call: Call) -> None:
    said = call("build", "--framework", "vlm", "--device", "gpu", "--jobs", "x").refused()
    assert all(word in said for word in ("'vlm'", "'gpu'", "'x'"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b'framework = "none\n', "dockwright.toml"),
        (b'frame_work = "none"\n', "frame_work"),
        (b"framework = [1, 2]\n", "framework"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_bad_file_is_named(call: Call, here: Path, text: bytes, what: str) -> None:
    (here / "dockwright.toml").write_bytes(text)
    said = call("plan").refused()
    assert what in said
    assert "dockwright.toml" in said


def test_a_project_file_is_not_called_an_option(call: Call, here: Path) -> None:
    (here / "dockwright.toml").write_bytes(b"\xff")
    assert "--config" not in call("plan").refused().partition("hint:")[0]


def test_a_value_of_a_file_is_refused_with_its_line(call: Call, here: Path) -> None:
    (here / "mine.toml").write_text('device = "cpu"\nframework = "vlm"\n')
    assert "mine.toml:2" in call("plan", "--config", "mine.toml").refused()


def test_a_variable_is_refused_by_its_name(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKWRIGHT_FRAMEWORK", "vlm")
    assert "DOCKWRIGHT_FRAMEWORK" in call("plan").refused()
    monkeypatch.setenv("DOCKWRIGHT_FRAMEWORK", "none")
    monkeypatch.setenv("DOCKWRIGHT_DEVISE", "cpu")
    assert "did you mean DOCKWRIGHT_DEVICE" in call("plan").refused()


@pytest.mark.parametrize("words", [("build",), ("plan",), ("verify", "registry.invalid/a:b")])
def test_no_engine_at_all(call: Call, words: tuple[str, ...]) -> None:
    said = call(*words, *STANDARD).refused(1)
    assert "no container engine works" in said
    assert "apt-get install buildah" in said


@pytest.mark.parametrize("name", ["buildah", "buildkit"])
def test_a_named_engine_that_is_missing(call: Call, name: str) -> None:
    said = call("build", *STANDARD, "--engine", name).refused(1)
    assert f"--engine {name}" in said


def test_an_engine_that_is_too_old(call: Call, engines: Fakes) -> None:
    engines.behave(version="1.20.0")
    said = call("build", *STANDARD, "--engine", "buildah").refused(1)
    assert "1.28 or newer" in said
    assert engines.calls() == []


def test_doctor_without_an_engine(call: Call) -> None:
    said = call("doctor")
    assert (said.status, said.out) == (1, "")
    assert said.err.count("hint: ") == 2
    for word in ("buildkit", "buildah", "mmdebstrap", "certificates", "cores"):
        assert word in said.err


def test_doctor_with_engines(call: Call, engines: Fakes) -> None:
    said = call("doctor")
    assert (said.status, said.out) == (0, "")
    assert "1.28.2" in said.err
    assert "v0.33.0" in said.err or "0.33.0" in said.err
    assert engines.calls() == []


def test_output_for_a_reader_that_leaves(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", closed)
    said = call("render", *STANDARD)
    assert (said.status, said.err) == (0, "")


def test_an_interrupt_before_the_engine_works(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dockwright.cli.planned.plan_image", pressed)
    assert "interrupted" in call("plan", *STANDARD).refused(130)


def test_a_wrong_axis_is_the_only_thing_that_is_said(call: Call) -> None:
    """Rules would speak of the default that stands in for it."""
    said = call("plan", "--framework", "nothing", "--device", "cpu").refused()
    assert said.startswith("error: --framework: FRAMEWORK must be one of none, vllm")
    twice = call("plan", "--target", "dev", "--target", "frontend").refused()
    assert twice.startswith("error: TARGET is set to different values: 'dev'")


def test_names_that_contain_the_word_are_suggested(call: Call) -> None:
    assert "hint: names with it: NIXL_UCX_REF, UCX_PACKAGE_VERSION, UCX_PROVIDER\n" in (
        call("explain", "UCX").refused()
    )
    assert "hint: `dockwright params` lists all names\n" in call("explain", "zzz").refused()


def test_choices_stand_on_one_line(call: Call) -> None:
    assert call("completion").refused() == (
        "error: missing argument 'SHELL'. Choose from: bash, zsh, fish\n\n"
        "hint: see `dockwright completion --help`\n"
    )


def test_a_wrapped_command_is_the_same_to_a_shell() -> None:
    from dockwright.cli.commands.plan import wrapped

    argv = ("buildah", "build", "--tag", "a b", *(f"--option-{n}" for n in range(40)), "x" * 300)
    lines = list(wrapped(argv, 60))
    # A shell drops a backslash before the end of a line; shlex does not know that.
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == list(argv)
    assert max(len(line) for line in lines[:-1]) <= 60
    assert list(wrapped(argv, 10_000)) == ["     " + shlex.join(argv)]
