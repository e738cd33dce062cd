"""rendering/step.sh on this host: markers, prefixes, exit status, and no network when offline."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from dockwright.engines.buildah_output import read_output
from dockwright.engines.events import Log
from dockwright.model.plan import Plan, Run, Stage, Tag
from dockwright.rendering.dialect import BUILDAH
from dockwright.rendering.dockerfile import render

can_unshare = (
    subprocess.run(
        ["unshare", "--user", "--net", "true"], check=False, capture_output=True
    ).returncode
    == 0
)
offline_only = pytest.mark.skipif(not can_unshare, reason="no user namespaces here")


def run(script: str, *tags: Tag, wrap: tuple[str, ...] = ()) -> tuple[int, list[str]]:
    """Exit status and lines of a step, started exactly as buildah would start it."""
    stage = Stage(
        name="ucx",
        base="scratch",
        summary="ucx",
        steps=(Run(title="a step", script=script, tags=tags),),
    )
    plan = Plan(name="p", platform="linux/amd64", target="ucx", images={}, stages=(stage,))
    (line,) = [x for x in render(plan, BUILDAH).text.splitlines() if x.startswith("RUN [")]
    done = subprocess.run(
        [*wrap, *json.loads(line.removeprefix("RUN "))],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode().splitlines()


def test_lines_are_marked_and_prefixed() -> None:
    assert run("echo out\necho error >&2\nprintf '%s\\n' '  a b  '", Tag.NETWORK) == (
        0,
        [
            "ucx| ::dockwright::start 2",
            "ucx| out",
            "ucx| error",
            "ucx|   a b  ",
            "ucx| ::dockwright::end 2 0",
        ],
    )


def test_a_last_line_without_end_is_understood() -> None:
    """The marker follows it on the same line, since sed keeps it as it is; the reader knows."""
    _, lines = run("printf 'no end'", Tag.NETWORK)
    assert lines[1:] == ["ucx| no enducx| ::dockwright::end 2 0"]
    found = [event for event in read_output(lines, ["ucx"]) if isinstance(event, Log)]
    assert [(event.stage, event.line) for event in found] == [("ucx", "no end")]


@pytest.mark.parametrize("tags", [(Tag.NETWORK,), pytest.param((), marks=offline_only)])
def test_the_status_of_the_script_is_the_status_of_the_step(tags: tuple[Tag, ...]) -> None:
    status, lines = run("echo first\n(exit 7)\necho never", *tags)
    assert status == 7
    assert lines[1:] == ["ucx| first", "ucx| ::dockwright::end 2 7"]


def test_lines_come_when_they_are_printed() -> None:
    """People watch a build: nothing may wait until the step has ended."""
    stage = Stage(
        name="ucx",
        base="scratch",
        summary="ucx",
        steps=(Run(title="slow", script="echo now; sleep 20", tags=(Tag.NETWORK,)),),
    )
    plan = Plan(name="p", platform="linux/amd64", target="ucx", images={}, stages=(stage,))
    (line,) = [x for x in render(plan, BUILDAH).text.splitlines() if x.startswith("RUN [")]
    with subprocess.Popen(
        json.loads(line.removeprefix("RUN ")),
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ucx| ::dockwright::start 2\n"
        assert process.stdout.readline() == b"ucx| now\n"
        os.killpg(process.pid, 9)


def test_a_script_does_not_read_from_the_engine() -> None:
    assert run("cat; echo end", Tag.NETWORK)[1][1:-1] == ["ucx| end"]


def test_the_offline_shell_is_strict_too() -> None:
    assert run("false | true\necho never", Tag.NETWORK)[0] == 1
    if can_unshare:
        assert run("false | true\necho never")[0] == 1


@offline_only
def test_offline_there_is_nothing_but_loopback() -> None:
    status, lines = run("cat /proc/self/net/dev")
    assert status == 0
    assert re.findall(r"^ucx\| +(\w+):", "\n".join(lines), re.MULTILINE) == ["lo"]
    assert run("exec 3<>/dev/tcp/192.0.2.1/80")[0]


@offline_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_offline_root_can_give_files_away(tmp_path: Path) -> None:
    path = tmp_path / "given"
    status, lines = run(f"touch {path}\nchown 1000:0 {path}\nstat -c %u:%g {path}\nid -u\n")
    assert (status, lines[1:-1]) == (0, ["ucx| 1000:0", "ucx| 0"])
    assert (path.stat().st_uid, path.stat().st_gid) == (1000, 0)


@offline_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_offline_a_user_stays_himself() -> None:
    wrap = ("setpriv", "--reuid=1000", "--regid=0", "--clear-groups")
    status, lines = run("id -u; id -g", wrap=wrap)
    assert (status, lines[1:-1]) == (0, ["ucx| 1000", "ucx| 0"])


@offline_only
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to take a capability away")
def test_a_host_that_forbids_namespaces_is_told_so() -> None:
    forbid = (
        "echo 0 >/proc/sys/user/max_user_namespaces && "
        'exec setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$@"'
    )
    wrap = ("unshare", "--user", "--map-root-user", "bash", "-c", forbid, "bash")
    status, lines = run("echo never", wrap=wrap)
    assert status == 1
    assert lines[1].startswith("ucx| error: this step must run without network, and this host")
    assert lines[2].startswith("ucx| hint: allow user namespaces here")
    assert "never" not in "".join(lines)
