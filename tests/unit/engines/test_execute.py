"""Real, small processes: no engine is needed to know how one is run."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from dockwright.engines.api import Command
from dockwright.engines.events import (
    CommandFinished,
    CommandStarted,
    Event,
    Log,
    StageFailed,
    StepStarted,
)
from dockwright.engines.execute import execute, query, slug
from dockwright.engines.hints import explain_death, explain_failure, free_bytes
from dockwright.engines.masking import Mask
from dockwright.errors import BuildFailed, EngineError, Interrupted, UserError

CANARY = "canary-7f3a/+&secret"
ENVIRONMENT = {"PATH": os.environ["PATH"]}


def stages(lines: Iterable[str]) -> Iterator[Event]:
    """`stage: text` belongs to the stage, `stage! code` is its failure."""
    for line in lines:
        name, mark, text = line.partition(": ")
        if mark:
            yield Log(time=0, stage=name, line=text)
        elif "! " in line:
            name, _, code = line.partition("! ")
            yield StageFailed(
                time=0, stage=name, seconds=1, message=f"exit {code}", step="make", exit_code=1
            )
        else:
            yield Log(time=0, line=line)


class Ran:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[Event] = []

    def __call__(
        self,
        script: str,
        *,
        program: tuple[str, ...] = ("sh", "-c"),
        secrets: Mapping[str, str] | None = None,
        secret_env: tuple[str, ...] = (),
        grace: float = 5,
    ) -> None:
        execute(
            Command(argv=(*program, script), purpose="Build: it!", secret_env=secret_env),
            read=stages,
            emit=self.events.append,
            run_directory=self.folder,
            number=3,
            environment=ENVIRONMENT,
            secrets=secrets or {},
            components={"ucx-stage": "ucx"},
            grace=grace,
        )

    @property
    def log(self) -> str:
        return (self.folder / "03-build-it.log").read_text()

    @property
    def lines(self) -> list[str]:
        return [event.line for event in self.events if isinstance(event, Log)]


@pytest.fixture
def run(tmp_path: Path) -> Ran:
    return Ran(tmp_path)


def test_both_streams_become_events_and_logs(run: Ran) -> None:
    run("echo one; echo two >&2; echo 'ucx: three'; printf 'last'")
    assert run.lines == ["one", "two", "three", "last"]
    assert run.log == "one\ntwo\nucx: three\nlast\n"
    assert (run.folder / "stages" / "ucx.log").read_text() == "three\n"
    first, *_, last = run.events
    assert isinstance(first, CommandStarted)
    assert isinstance(last, CommandFinished)
    assert (last.purpose, last.exit_code) == ("Build: it!", 0)


def test_bytes_that_are_no_text_and_progress_bars(run: Ran) -> None:
    run(r"printf 'a\377b\n10%%\r20%%\r30%%\r\nend\n'")
    assert run.lines == ["a\N{REPLACEMENT CHARACTER}b", "30%", "end"]


def test_only_the_given_environment_is_inherited(run: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOT_FOR_ENGINES", "1")
    run('echo "${NOT_FOR_ENGINES-none}"')
    assert run.lines == ["none"]


def test_standard_input_is_empty(run: Ran) -> None:
    run("cat; echo done")
    assert run.lines == ["done"]


def test_a_failed_stage_is_explained(run: Ran) -> None:
    script = "for i in $(seq 30); do echo ucx-stage: line $i; done; echo 'ucx-stage! 2'; exit 2"
    with pytest.raises(BuildFailed) as caught:
        run(script)
    error = caught.value
    assert error.message == "stage ucx-stage (component ucx) failed in step 'make': exit 2"
    assert error.component == "ucx"
    assert error.tail[0] == "line 11"
    assert error.tail[-1] == "line 30"
    assert error.log == run.folder / "stages" / "ucx-stage.log"
    assert "finished stages stay in the cache" in error.hint


def test_a_failure_of_no_stage(run: Ran) -> None:
    with pytest.raises(BuildFailed, match="failed with exit code 4: bad thing") as caught:
        run("echo bad thing; exit 4")
    assert caught.value.tail == ("bad thing",)
    assert caught.value.log == run.folder / "03-build-it.log"


def test_a_full_disk_is_recognised(run: Ran) -> None:
    with pytest.raises(BuildFailed) as caught:
        run("echo 'ucx: write: No space left on device'; echo 'ucx! 1'; exit 1")
    assert "the disk is full" in caught.value.hint
    assert "GB free" in caught.value.hint


def test_a_killed_engine_is_no_failed_build(run: Ran) -> None:
    with pytest.raises(EngineError, match="sh was ended by SIGKILL") as caught:
        run("echo begin; kill -9 $$")
    assert "memory" in caught.value.hint
    assert run.log == "begin\n"


def test_a_program_that_is_not_there(run: Ran) -> None:
    with pytest.raises(EngineError, match="no-such-engine is not installed") as caught:
        run("", program=("no-such-engine",))
    assert "PATH" in caught.value.hint


def test_a_program_that_cannot_be_executed(run: Ran) -> None:
    with pytest.raises(EngineError, match="cannot start"):
        run("", program=(str(run.folder),))


def test_no_secret_leaves(run: Ran) -> None:
    quoted = "canary-7f3a%2F%2B%26secret"
    run(
        f'echo "ucx: $TOKEN and $TOKEN"; echo https://u:{quoted}@host; echo "$OTHER"',
        secrets={"TOKEN": CANARY, "OTHER": "a first line\nb second line\n}"},
        secret_env=("TOKEN", "OTHER"),
    )
    assert run.lines == ["*** and ***", "https://u:***@host", "***", "***", "}"]
    files = [path for path in run.folder.rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert "canary" not in path.read_text()
        assert "second line" not in path.read_text()


def test_a_secret_that_the_command_does_not_name_is_not_set(run: Ran) -> None:
    run('echo "${TOKEN-none}"', secrets={"TOKEN": CANARY})
    assert run.lines == ["none"]


def test_a_secret_without_a_value(run: Ran) -> None:
    with pytest.raises(UserError, match="TOKEN"):
        run("true", secret_env=("TOKEN",))


def test_secrets_in_errors_are_masked(run: Ran) -> None:
    with pytest.raises(BuildFailed) as caught:
        run(f"echo 'ucx: {CANARY}'; echo 'ucx! {CANARY}'; exit 1", secrets={"T": CANARY})
    assert CANARY not in f"{caught.value.message}{caught.value.tail}"


def _interrupt_when(condition: Path, number: int) -> threading.Thread:
    def wait() -> None:
        for _ in range(500):
            if condition.exists():
                break
            time.sleep(0.02)
        time.sleep(0.1)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_whole_group(run: Ran, number: int) -> None:
    ready = run.folder / "ready"
    thread = _interrupt_when(ready, number)
    with pytest.raises(Interrupted) as caught:
        run(
            f"trap 'echo cleaned up; exit 130' INT; sleep 60.25 & echo $! > {ready}.tmp; "
            f"mv {ready}.tmp {ready}; wait"
        )
    thread.join()
    assert "cache" in caught.value.hint
    # What it printed while it stopped is in the log; the child of the shell is gone, too.
    assert "cleaned up" in run.log
    assert not _alive(int(ready.read_text()))
    assert isinstance(run.events[-1], CommandFinished)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_process_that_ignores_everything_is_killed(run: Ran) -> None:
    ready = run.folder / "ready"
    thread = _interrupt_when(ready, signal.SIGINT)
    began = time.monotonic()
    with pytest.raises(Interrupted):
        run(f"trap '' INT TERM; touch {ready}; while :; do sleep 0.1; done", grace=0.3)
    thread.join()
    assert time.monotonic() - began < 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="orphans are caught on Linux")
def test_what_a_failed_command_left_running_is_ended(run: Ran) -> None:
    note = run.folder / "pid"
    with pytest.raises(BuildFailed):
        run(f"setsid sh -c 'echo $$ > {note}; sleep 60.5' > /dev/null 2>&1 & sleep 0.5; exit 1")
    assert not _alive(int(note.read_text()))


def test_a_child_that_holds_the_pipe_does_not_block(run: Ran) -> None:
    note = run.folder / "pid"
    began = time.monotonic()
    run(f"setsid sleep 60.75 & echo $! > {note}; echo done")
    assert time.monotonic() - began < 20
    assert "done" in run.lines
    os.kill(int(note.read_text()), signal.SIGKILL)


def test_a_mistake_in_a_reader_does_not_leave_the_process(run: Ran) -> None:
    def broken(lines: Iterable[str]) -> Iterator[Event]:
        for line in lines:
            yield StepStarted(time=0, name=line)
            raise ZeroDivisionError

    command = Command(argv=("sh", "-c", "echo $$; exec sleep 60"), purpose="broken")
    with pytest.raises(ZeroDivisionError):
        execute(
            command,
            read=broken,
            emit=run.events.append,
            run_directory=run.folder,
            number=1,
            environment=ENVIRONMENT,
            grace=0.5,
        )
    assert not _alive(int((run.folder / "01-broken.log").read_text()))


def _alive(pid: int, patience: float = 5.0) -> bool:
    """Whether a process lives on; one that was told to end gets a moment on a busy machine."""
    until = time.monotonic() + patience
    while _is_running(pid):
        if time.monotonic() > until:
            return True
        time.sleep(0.02)
    return False


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_rawjson_is_masked_inside_of_its_base64() -> None:
    data = base64.b64encode(f"token {CANARY}".encode()).decode()
    line = Mask([CANARY]).line(json.dumps({"logs": [{"data": data}]}), "rawjson")
    (log,) = json.loads(line)["logs"]
    assert base64.b64decode(log["data"]) == b"token ***"


def test_a_secret_within_a_secret() -> None:
    assert Mask(["abc", "abcdef", ""]).text("abcdef abc x") == "*** *** x"


def test_query() -> None:
    assert query(("echo", "hello"), timeout=10) == "hello\n"
    with pytest.raises(EngineError, match="no answer"):
        query(("sleep", "30"), timeout=0.1)
    with pytest.raises(EngineError, match="exit code 1"):
        query(("false",), timeout=10)
    with pytest.raises(EngineError, match="not installed"):
        query(("no-such-engine",), timeout=10)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('Error: creating build container: short-name "x:1" did not resolve to an', "whole name"),
        ('Get "https://h/v2/": dial tcp 127.0.0.1:1: connect: connection refused', "reached"),
        ('pinging container registry h: Get "https://h/v2/": dial tcp: no such host', "reached"),
        ("reading manifest 1 in example.org/a: unauthorized: manifests/1: 401", "log in"),
        ("failed to copy: 403 Forbidden docker://example.org/a: 403", "log in"),
        ("write /big: no space left on device", "disk is full"),
        ("COPY --from=zz: no stage or image found with that name", "report it"),
        ("happened during read: Digest did not match, expected sha256:1", "is damaged"),
        ("failed commit on ref: unexpected commit digest sha256:1", "is damaged"),
        ("cc1plus: fatal error: Killed", "memory"),
        ("all is well", ""),
    ],
)
def test_hints(line: str, hint: str, tmp_path: Path) -> None:
    found = explain_failure(["before", line, "after"], near=tmp_path)
    assert (hint in found) if hint else not found


def test_a_lost_daemon() -> None:
    lines = ["ERROR: Cannot connect to the Docker daemon at unix:///run/x.sock. Is it running?"]
    death = explain_death("docker", 1, lines)
    assert death is not None
    assert "daemon" in death.hint
    assert explain_death("docker", 1, ["a test failed"]) is None


def test_free_bytes_of_a_path_that_is_not_there_yet(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0


def test_slug() -> None:
    assert slug("Import base image (debian/12)") == "import-base-image-debian-12"
    assert slug("…") == "command"
