"""Executing a schedule: what is written, which events are kept, days on which it goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from dockwright.engines.api import Command, Image, Request
from dockwright.engines.buildah import Buildah
from dockwright.engines.events import CheckDone, Event, Log, StageCached
from dockwright.engines.schedule import Job, Places, Schedule, Wanted, schedule
from dockwright.engines.session import (
    Outcome,
    checked,
    new_run_directory,
    prepare,
    read_events,
    report,
    run,
)
from dockwright.errors import BuildFailed, DockwrightError, EngineError
from dockwright.model.plan import encode
from dockwright.model.source import Wheel
from tests.builders import planned

IMAGE = Image(where="somewhere", digest="sha256:1", size=3, layers=(1, 2))
ROW = {"component": "ucx", "check": "it starts", "ok": True, "seconds": 0.25}


class Shell(Buildah):
    """Commands are what a test says; images are there when it says so."""

    there: Image | None = IMAGE

    def read(self, command: Command, request: Request, lines: Iterable[str]) -> Iterator[Event]:
        yield from (Log(time=1, stage="ucx", line=line) for line in lines)

    def working_containers(self) -> frozenset[str]:
        return frozenset()

    def inspect(self, request: Request) -> Image:
        if self.there is None:
            raise EngineError("it is not there")
        return self.there


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Shell()
        self.events: list[Event] = []
        self.places = Places(cache=folder / "cache", state=folder / "state")
        self.scheduled = schedule(
            planned({"BASE_IMAGE": "r.invalid/a", "BASE_IMAGE_TAG": "bookworm"}).plan,
            self.engine,
            Wanted(tags=("a/b:c",)),
            self.places,
            python="python",
        )

    @property
    def directory(self) -> Path:
        return self.places.runs / "one"

    def with_script(self, script: str) -> Schedule:
        """The schedule with one command that makes the report and does what a test wants."""
        folder = self.scheduled.evidence
        assert folder
        text = json.dumps({"ok": True, "seconds": 1.0, "checks": [ROW]})
        command = Command(
            argv=("sh", "-c", f"mkdir -p {folder}; echo '{text}' >{folder}/report.json; {script}"),
            purpose="pretend",
        )
        job = Job(command=command, request=self.scheduled.image)
        return msgspec.structs.replace(self.scheduled, jobs=(job,))

    def __call__(self, script: str = "true", *, fresh: bool = False) -> Outcome:
        return run(
            self.with_script(script),
            self.engine,
            self.events.append,
            run_directory=self.directory,
            environment={"PATH": "/usr/bin:/bin"},
            secrets={},
            now=lambda: 2.0,
            fresh=fresh,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_record_of_a_run(bench: Bench) -> None:
    outcome = bench("echo hello")
    assert outcome.image == IMAGE
    (check,) = outcome.checks
    assert (check.component, check.check, check.ok) == ("ucx", "it starts", True)
    directory = bench.directory
    assert (directory / "plan.json").read_bytes() == encode(bench.scheduled.plan)
    assert (directory / "Dockerfile").read_text() == bench.scheduled.rendered.text
    lines = (directory / "events.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Event) for line in lines] == bench.events
    assert Log(time=1, stage="ucx", line="hello") in bench.events
    assert json.loads((directory / "result.json").read_text())["image"]["size"] == 3


def test_what_is_there_is_not_made_again(bench: Bench) -> None:
    marks = bench.folder / "marks"
    script = f"echo ran >>{marks}"
    bench(script)
    bench.events.clear()
    outcome = bench(script)
    assert outcome.up_to_date
    assert marks.read_text() == "ran\n"
    assert {type(event) for event in bench.events} == {StageCached}
    assert not bench(script, fresh=True).up_to_date
    # The image is gone, or another one: it is made.
    bench.engine.there = msgspec.structs.replace(IMAGE, digest="sha256:2")
    assert not bench(script).up_to_date
    assert marks.read_text() == "ran\n" * 3


def test_a_wheel_of_a_branch_is_looked_at_every_time(bench: Bench) -> None:
    for commit, skipped in (("0" * 40, True), ("main", False)):
        wheel = Wheel(url="u", commit=commit, arch="amd64", python="3.12", path="/w")
        plan = msgspec.structs.replace(bench.scheduled.plan, sources={"wheel": wheel})
        bench.scheduled = msgspec.structs.replace(bench.scheduled, plan=plan)
        bench("true", fresh=True)
        assert bench("true").up_to_date is skipped


def test_a_failed_run_leaves_no_result_and_no_claim(bench: Bench) -> None:
    bench("true")
    (bench.directory / "result.json").unlink()
    with pytest.raises(BuildFailed):
        bench("exit 4", fresh=True)
    assert not (bench.directory / "result.json").exists()
    assert not bench("true").up_to_date


def test_a_record_that_cannot_be_written_is_explained(bench: Bench) -> None:
    bench.places.state.parent.mkdir(exist_ok=True)
    bench.places.state.write_text("")
    with pytest.raises(EngineError, match="cannot write the record") as caught:
        bench()
    assert "XDG_STATE_HOME" in caught.value.hint


def test_files_that_cannot_be_written_are_explained(bench: Bench) -> None:
    bench.places.cache.write_text("")
    with pytest.raises(EngineError, match="cannot write the build's files") as caught:
        prepare(bench.scheduled)
    assert "XDG_CACHE_HOME" in caught.value.hint


def test_a_full_disk_does_not_hide_the_error_of_the_build(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/dev/full` in the place of the record of events."""
    bench.directory.mkdir(parents=True)
    (bench.directory / "events.jsonl").symlink_to("/dev/full")
    with pytest.raises(BuildFailed, match="exit code 3"):
        bench("echo a line; exit 3")
    assert Log(time=1, stage="ucx", line="a line") in bench.events
    monkeypatch.undo()


def test_preparing_twice_changes_nothing(bench: Bench) -> None:
    prepare(bench.scheduled)
    folder = bench.scheduled.folder
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert len(before) == 1 + len(bench.scheduled.rendered.files)
    prepare(bench.scheduled)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    (bench.scheduled.image.dockerfile).write_text("damaged")
    prepare(bench.scheduled)
    assert bench.scheduled.image.dockerfile.read_text() == bench.scheduled.rendered.text


def test_a_report_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DockwrightError, match="no readable report"):
        report(tmp_path, 0)
    (tmp_path / "report.json").write_text('{"ok": true')
    with pytest.raises(DockwrightError, match="no readable report") as caught:
        report(tmp_path, 0)
    assert caught.value.hint


def test_results_among_lines() -> None:
    line = "::dockwright::check " + json.dumps({**ROW, "detail": "1.2"})
    assert checked(Log(time=5, stage="verify", line=line)) == CheckDone(
        time=5,
        stage="verify",
        component="ucx",
        check="it starts",
        ok=True,
        seconds=0.25,
        detail="1.2",
    )
    for text in ("::dockwright::check {", "::dockwright::check {}", "something else"):
        log = Log(time=5, stage="verify", line=text)
        assert checked(log) is log


def test_events_of_another_process() -> None:
    event = StageCached(time=1, stage="base")
    lines = [msgspec.json.encode(event).decode(), "words of a person\n", '{"event": "unknown"}']
    found = list(read_events(lines))
    assert found[0] == event
    assert [item.line for item in found[1:] if isinstance(item, Log)] == [
        "words of a person",
        '{"event": "unknown"}',
    ]


def test_run_directories_sort_by_time(tmp_path: Path) -> None:
    places = Places(cache=tmp_path, state=tmp_path)
    first, second = new_run_directory(places, 0.0, 7), new_run_directory(places, 86400.0, 5)
    assert first.name == "19700101T000000-7"
    assert first < second
