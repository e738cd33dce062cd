"""`dockwright compat-build`, which compat/build.sh calls: what it prints, executes and returns."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import msgspec
import pytest

from dockwright.cli.plan_data import PlanData
from tests.conftest import Directories
from tests.fakes import Fakes
from tests.unit.cli.conftest import Call, Said
from tests.unit.cli.test_same_commands import ran, tree

CPU = ("--framework", "NONE", "--target", "runtime", "--build-arg", "DEVICE=cpu")
ENGINES = ("buildah", "buildkit")
CANARY = "canary-9c41"


@pytest.fixture
def old(call: Call) -> Call:
    """The hidden command, with the words of the original."""

    def said(*words: str) -> Said:
        return call("compat-build", *words)

    return said


def printed(out: str) -> list[list[str]]:
    """The commands of a dry run: what follows the report's last line."""
    _, _, rest = out.rpartition("Framework: NONE\n\n")
    return [shlex.split(line) for line in rest.splitlines()]


@pytest.mark.parametrize("word", ["-h", "-?", "--help"])
def test_help_names_every_flag(old: Call, word: str) -> None:
    said = old(word)
    assert (said.status, said.err) == (0, "")
    for flag in ("--platform", "--cuda-version", "--nixl-ref", "--target", "--make-efa", "--push"):
        assert f"\n  {flag}" in said.out


def test_the_command_is_hidden(call: Call) -> None:
    assert "compat-build" not in call("--help").out


def test_a_mistake_is_status_one_and_everything_at_once(old: Call) -> None:
    said = old("--bogus", "--framework", "nothing", "--tag")
    text = said.refused(status=1)
    for word in ("--bogus", "nothing", "--tag: needs a value"):
        assert word in text


def test_a_refusal_of_the_plan_is_status_one(old: Call) -> None:
    said = old("--framework", "none", "--target", "runtime", "--nixl-ref", "never-released")
    assert "[pinned]" in said.refused(status=1)


def test_an_unknown_format_is_a_mistake(old: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKWRIGHT_FORMAT", "yaml")
    assert "not 'yaml'" in old("--dry-run").refused(status=1)


def test_warnings_go_to_stderr(old: Call) -> None:
    said = old(*CPU, "--dry-run", "--build-arg", "FOO=1")
    assert said.status == 0
    assert "warning[build-arg-not-consumed]: no stage reads the build argument FOO" in said.err
    assert "warning[" not in said.out


def test_a_value_that_nothing_reads_is_a_warning(old: Call) -> None:
    said = old(*CPU, "--dry-run", "--build-arg", "NIXL_GDRCOPY_REF=v2.5.1")
    assert said.status == 0
    assert "warning[no-effect]: --build-arg NIXL_GDRCOPY_REF" in said.err


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "words",
    [(), ("--no-cache", "--tag", "a/b:1"), ("--no-load",), ("--push", "--tag", "r.invalid/b:1")],
)
def test_a_real_run_executes_what_the_dry_run_prints(
    old: Call, engines: Fakes, monkeypatch: pytest.MonkeyPatch, engine: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DOCKWRIGHT_ENGINE", engine)
    dry = old(*CPU, *words, "--dry-run")
    assert dry.status == 0, dry.err
    assert engines.calls() == []
    commands = printed(dry.out)
    assert commands
    monkeypatch.setenv("DOCKWRIGHT_FORMAT", "json")
    data = msgspec.json.decode(old(*CPU, *words, "--dry-run").out, type=PlanData)
    assert [list(argv) for argv in data.commands] == commands
    monkeypatch.delenv("DOCKWRIGHT_FORMAT")
    real = old(*CPU, *words)
    assert real.status == 0, real.err
    assert ran(engines) == commands


def test_json_is_all_that_stdout_holds(
    old: Call, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engines.folder.is_dir()
    monkeypatch.setenv("DOCKWRIGHT_FORMAT", "json")
    said = old(*CPU, "--dry-run", "--tag", "a:1")
    data = json.loads(said.out)
    assert data["parameters"]["TARGET"]["value"] == "runtime"
    assert data["images"][0]["tags"] == ["a:1", "dynamo:latest-none-runtime-cpu"]
    assert "Image tag: a:1" in said.err


def test_a_dry_run_touches_nothing(
    old: Call, here: Path, directories: Directories, engines: Fakes
) -> None:
    roots = (here, directories.cache, directories.state, directories.config)
    before = tree(*roots)
    assert old(*CPU, "--dry-run").status == 0
    assert tree(*roots) == before
    assert engines.calls() == []


def test_a_machine_without_an_engine_can_still_print(old: Call) -> None:
    said = old(*CPU, "--dry-run")
    assert said.status == 0
    assert printed(said.out)
    assert "no container engine" in old(*CPU).err


def test_the_engines_own_code_comes_out(
    old: Call, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKWRIGHT_ENGINE", "buildah")
    engines.behave(mode="fail")
    assert old(*CPU).status == 125


def test_the_chain_has_the_image_and_then_its_efa_layer(
    old: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKWRIGHT_FORMAT", "json")
    said = old("--make-efa", "--target", "runtime", "--tag", "d:1", "--dry-run")
    assert said.status == 0, said.err
    main, layer = json.loads(said.out)["images"]
    assert main["tags"] == ["d:1", "dynamo:latest-vllm-runtime"]
    assert layer["tags"] == ["d:1-aws", "dynamo:latest-vllm-runtime-aws"]
    assert main["parameters"]["MAKE_EFA"]["value"] == "false"


@pytest.mark.parametrize("words", [(), ("--push", "--tag", "r.invalid/d:1"), ("--no-load",)])
def test_two_platforms_are_two_images(
    old: Call, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DOCKWRIGHT_FORMAT", "json")
    said = old("--platform", "linux/amd64,linux/arm64", "--target", "runtime", "--dry-run", *words)
    assert said.status == 0, said.err
    assert "warning[platforms-apart]" in said.err
    images = json.loads(said.out)["images"]
    assert [image["platforms"] for image in images] == [["linux/amd64"], ["linux/arm64"]]
    # offline.c knows both architectures by the compiler's own names.
    assert "aarch64" not in json.dumps(images[0]).replace("__aarch64__", "")


def test_the_endpoint_picker_is_made_first(
    old: Call, here: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "deploy" / "inference-gateway" / "epp").mkdir(parents=True)
    shutil.copy(engines.folder / "crun", engines.folder / "make")
    monkeypatch.setenv("DOCKWRIGHT_ENGINE", "buildah")
    words = ("--framework", "none", "--target", "frontend")
    dry = old(*words, "--dry-run")
    assert dry.status == 0, dry.err
    first, *_ = commands = printed(dry.out)
    assert first == [
        *("make", "-C", f"{here}/deploy/inference-gateway/epp", "all", f"DYNAMO_DIR={here}"),
        *("PLATFORMS=linux/amd64", "IMAGE_TAG=dynamo/dynamo-epp:dev"),
    ]
    assert old(*words).status == 0
    assert ran(engines) == commands


def test_no_secret_is_shown_or_passed_on(
    old: Call, here: Path, engines: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, CANARY)
    cache = ("--use-sccache", "--sccache-bucket", "bucket", "--sccache-region", "us-west-2")
    for words in ((), ("--dry-run",), ("--build-arg", f"MY_TOKEN={CANARY}")):
        said = old(*CPU, *cache, *words)
        assert CANARY not in said.out + said.err
    assert CANARY not in json.dumps(engines.calls())
    for path in here.parent.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path
