"""Exact texts after a build: summary, failure, checks; and a replayed recording."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.engines import events as ev
from dockwright.engines.api import Image
from dockwright.errors import BuildFailed, UserError, VerifyFailed
from dockwright.report.checks import checks_json, checks_text, verdict
from dockwright.report.failure import failure_text
from dockwright.report.human import Style, cells
from dockwright.report.replay import read_events, replay, stages_of
from dockwright.report.state import fold_all, initial
from dockwright.report.summary import Summary, summarise, summary_json, summary_text
from tests.unit.report.synthetic import STAGES, START, build

ASCII = Style(unicode=False)
IMAGE = Image(
    where="docker image store",
    digest="sha256:" + "4f" * 32,
    size=8_412_000_000,
    layers=(78_100_000, 1_904_000_000, 3_200_000_000, 412),
)


def summary(*, fail: bool = False) -> Summary:
    return summarise(
        fold_all(initial(STAGES), build(fail=fail)),
        purpose="built vllm runtime image",
        names=("dynamo:vllm", "registry.example/dynamo:vllm"),
        image=None if fail else IMAGE,
        run_directory=Path("runs/1"),
    )


def test_summary() -> None:
    assert summary_text(summary(), width=60).splitlines() == [
        "✓ built vllm runtime image  1m 08s",
        "",
        "  image   dynamo:vllm",
        "          registry.example/dynamo:vllm",
        "  where   docker image store",
        "  digest  sha256:" + "4f" * 32,
        "  size    8.4 GB in 4 layers",
        "          largest: 3.2 GB (#3), 1.9 GB (#2), 78.1 MB (#1)",
        "  checks  ✓ 5 checks of 3 components passed",
        "  logs    runs/1",
        "",
        "  stages  2 cached, 6 built",
        "    base           cached        -",
        "    nats           cached        -",
        "    etcd           built     12.2s  ██████▊",
        "    ucx            built     33.8s  ██████████████████▉",
        "    libfabric      built     22.1s  ████████████▍",
        "    nixl           built     43.0s  ████████████████████████",
        "    dynamo_wheels  built     37.5s  ████████████████████▉",
        "    runtime        built      9.0s  █████",
    ]


def test_summary_of_a_failure_in_ascii() -> None:
    text = summary_text(summary(fail=True), style=ASCII)
    assert text.isascii()
    assert text.startswith("x built vllm runtime image  26.0s\n")
    assert "  stages  2 cached, 2 built, 1 stopped, 1 failed, 2 not run\n" in text


def test_summary_of_nothing() -> None:
    assert summary_text(Summary(purpose="")) == "✓ build  0.0s\n"


def test_summary_json_is_the_same_data() -> None:
    data = json.loads(json.dumps(summary_json(summary())))
    assert data["image"] == {
        "where": IMAGE.where,
        "digest": IMAGE.digest,
        "size": IMAGE.size,
        "layers": list(IMAGE.layers),
    }
    assert [stage["name"] for stage in data["stages"]] == [stage.name for stage in STAGES]
    assert data["stages"][0] == {
        "name": "base",
        "component": "base",
        "state": "cached",
        "seconds": 0.0,
    }
    assert (data["checks"]["total"], data["checks"]["ok"]) == (5, True)
    assert data["run_directory"] == "runs/1"
    assert summary_json(summary(fail=True))["image"] is None


def test_failure() -> None:
    error = BuildFailed(
        "step 'make -j' of nixl failed with exit code 2",
        hint="give the build more memory\nor fewer jobs (--jobs 4)",
        component="nixl",
        tail=("", "\x1b[31magent.cpp:412: fatal error\x1b[0m", "", "make: *** Error 2", ""),
        log=Path("runs/1/nixl.log"),
    )
    assert (
        failure_text(error, width=40)
        == """\
┌─ nixl: last 3 lines ─────────────────
│ agent.cpp:412: fatal error
│
│ make: *** Error 2
└──────────────────────────────────────

error: step 'make -j' of nixl failed with exit code 2

hint: give the build more memory
  or fewer jobs (--jobs 4)
log: runs/1/nixl.log
"""
    )


def test_failure_without_evidence() -> None:
    assert failure_text(UserError("unknown component 'libfabrik'")) == (
        "error: unknown component 'libfabrik'\n"
    )
    assert failure_text(VerifyFailed("check failed", tail=("x",)), style=ASCII, width=20) == (
        "+- last line ------\n| x\n+------------------\n\nerror: check failed\n"
    )


def test_failure_keeps_the_last_lines() -> None:
    error = BuildFailed("no", component="a", tail=tuple(map(str, range(99))))
    text = failure_text(error, tail=3)
    assert "a: last 3 lines" in text
    assert "│ 96\n│ 97\n│ 98\n" in text


def check(component: str, words: str, detail: str = "", *, ok: bool = True) -> ev.CheckDone:
    return ev.CheckDone(
        time=START, component=component, check=words, ok=ok, seconds=0.25, detail=detail
    )


CHECKS = (
    check("ucx", "ucx_info -v", "1.19.0"),
    check("nixl", "import nixl", "ImportError: libucp.so.0: cannot open shared object", ok=False),
    check("ucx", "libucp.so links only to its own prefix and to the system"),
)


def test_checks_table() -> None:
    assert (
        checks_text(CHECKS)
        == """\
component  check                               result  seconds  detail
ucx        ucx_info -v                         ok          0.2  1.19.0
           libucp.so links only to its own     ok          0.2
           prefix and to the system
nixl       import nixl                         FAILED      0.2
             ImportError: libucp.so.0: cannot open shared object

✗ 1 of 3 checks of 2 components failed: nixl in 0.8s
"""
    )


def test_checks_json() -> None:
    data = checks_json(CHECKS)
    assert {key: data[key] for key in ("ok", "total", "failed", "components")} == {
        "ok": False,
        "total": 3,
        "failed": 1,
        "components": 2,
    }
    assert data["checks"][0] == {
        "component": "ucx",
        "check": "ucx_info -v",
        "ok": True,
        "seconds": 0.25,
        "detail": "1.19.0",
    }


def test_no_checks_is_not_a_success_that_says_nothing() -> None:
    assert checks_text(()) == "no checks\n"
    assert verdict(()) == "no checks"


@given(
    st.lists(st.builds(check, st.text(max_size=40), st.text(max_size=200), st.text(max_size=200)))
)
def test_checks_are_readable_at_80_columns(checks: list[ev.CheckDone]) -> None:
    assert max(map(cells, checks_text(checks).splitlines())) <= 80


def record(tmp_path: Path, events: list[ev.Event], end: bytes = b"") -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events) + end)
    return path


def test_replay_waits_as_long_as_the_run_did(tmp_path: Path) -> None:
    now, slept, stream = 0.0, [], io.StringIO()

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    view = replay(
        record(tmp_path, build()),
        10,
        env={},
        stages=STAGES,
        stream=stream,
        sleep=sleep,
        monotonic=lambda: now,
    )
    assert view.ended == 8
    assert sum(slept) == pytest.approx(6.8, abs=0.01)
    assert stream.getvalue().endswith("[ 1m 08s] ✓ verify vllm runtime image  5.4s\n")


def test_replay_of_a_killed_run(tmp_path: Path) -> None:
    path = record(tmp_path, build()[:50], b'{"event":"log","ti')
    assert read_events(path) == tuple(build()[:50])
    stream = io.StringIO()
    view = replay(path, 0, env={}, stream=stream)
    assert "stopped" in stream.getvalue()
    assert view.total == len(stages_of(build()[:50]))


def test_replay_of_something_else_says_where(tmp_path: Path) -> None:
    path = record(tmp_path, build()[:1], b'{"event":"nonsense","time":1}\n{}\n')
    with pytest.raises(UserError, match=r"events.jsonl:2: not an event"):
        read_events(path)
    with pytest.raises(UserError, match="cannot read"):
        read_events(tmp_path / "absent")
    (tmp_path / "empty").touch()
    with pytest.raises(UserError, match="has no events"):
        replay(tmp_path / "empty", env={}, stream=io.StringIO())
