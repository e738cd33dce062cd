"""A build that never was: realistic events for tests and for `scripts/demo-report`."""

from __future__ import annotations

from dockwright.engines import events as ev
from dockwright.report.state import StageInfo

START = 1_700_000_000.0

_STEPS = ("apt-get install deps", "unpack sources", "configure", "make -j", "install to prefix")

STAGES = tuple(
    StageInfo(name=name, component=name, steps=len(_STEPS))
    for name in ("base", "nats", "etcd", "ucx", "libfabric", "nixl", "dynamo_wheels", "runtime")
)


def stage(
    name: str, begin: float, steps: tuple[float, ...], *, fails: bool = False
) -> list[ev.Event]:
    """A stage that starts at `begin` seconds and whose steps take that long."""
    now = START + begin
    events: list[ev.Event] = [ev.StageStarted(time=now, stage=name)]
    for index, seconds in enumerate(steps, start=1):
        words = _STEPS[index - 1]
        total = len(_STEPS)
        events.append(ev.StepStarted(time=now, stage=name, name=words, index=index, total=total))
        ticks = max(1, int(seconds * 4))
        for tick in range(ticks):
            line = (
                f"[{100 * tick // ticks:3d}%] Building CXX object src/core/CMakeFiles/{name}.dir/"
                f"plugins/transport_{tick}.cpp.o"
            )
            events.append(ev.Log(time=now + tick / 4, stage=name, line=line))
        now += seconds
    if fails:
        error = "src/core/agent.cpp:412:10: fatal error: ucp/api/ucp.h: No such file or directory"
        events += [
            ev.Log(time=now, stage=name, line=error),
            ev.Log(time=now, stage=name, line="make: *** [Makefile:146: all] Error 2"),
            ev.StageFailed(
                time=now,
                stage=name,
                seconds=sum(steps),
                message="process did not complete successfully: exit code: 2",
                step=_STEPS[len(steps) - 1],
                exit_code=2,
            ),
        ]
    else:
        events.append(ev.StageFinished(time=now, stage=name, seconds=sum(steps)))
    return events


def cached(name: str, begin: float) -> list[ev.Event]:
    """A stage that was there already."""
    return [
        ev.StageStarted(time=START + begin, stage=name),
        ev.StageCached(time=START + begin + 0.1, stage=name),
    ]


def checks(begin: float) -> list[ev.Event]:
    """Checks of three components."""
    rows = (
        ("ucx", "ucx_info -v", 0.1),
        ("ucx", "libucp.so links only to its own prefix and the system", 0.3),
        ("nixl", "import nixl", 1.2),
        ("nixl", "nixl plugins: UCX, POSIX, LIBFABRIC", 0.4),
        ("dynamo_wheels", "python -m dynamo.frontend --help", 4.2),
    )
    return [
        ev.CheckDone(
            time=START + begin + place,
            stage="verify",
            component=component,
            check=check,
            ok=True,
            seconds=seconds,
            detail="UCX_VERSION 1.19.0" if check == "ucx_info -v" else "",
        )
        for place, (component, check, seconds) in enumerate(rows)
    ]


def build(*, fail: bool = False, many: int = 0) -> list[ev.Event]:
    """A parallel build of eight stages, in the order of its events' times."""
    purpose = "build vllm runtime image"
    events: list[ev.Event] = [
        ev.CommandStarted(time=START, purpose=purpose),
        ev.Log(time=START + 0.1, line="#1 [internal] load build definition from Dockerfile"),
        *cached("base", 0.3),
        *cached("nats", 0.5),
        *stage("etcd", 0.5, (2.0, 0.5, 0.4, 9.0, 0.3)),
        *stage("ucx", 0.6, (3.0, 0.7, 8.0, 21.0, 1.1)),
        *stage("libfabric", 0.6, (3.2, 0.4, 6.0, 12.0, 0.5)),
    ]
    for place in range(many):
        events += stage(f"extra-{place:02d}", 1.0 + place / 10, (2.0, 0.5, 1.0, 20.0, 1.0))
    if fail:
        events += stage("nixl", 5.0, (2.0, 0.5, 4.5, 14.0), fails=True)
        end = START + 26.0
        events = [event for event in events if event.time <= end]
        events.append(ev.CommandFinished(time=end, purpose=purpose, seconds=26.0, exit_code=1))
    else:
        events += stage("nixl", 5.0, (2.0, 0.5, 4.5, 34.0, 2.0))
        events += stage("dynamo_wheels", 5.2, (4.0, 0.5, 0.5, 31.0, 1.5))
        events += stage("runtime", 48.0, (5.0, 0.5, 0.5, 2.0, 1.0))
        for tick in range(20):
            moved = ev.Progress(
                time=START + 57.0 + tick / 4,
                name="exporting layers",
                current=tick * 420_000_000,
                total=8_400_000_000,
            )
            events.append(moved)
        events += [
            ev.CommandFinished(time=START + 62.5, purpose=purpose, seconds=62.5, exit_code=0),
            ev.CommandStarted(time=START + 62.6, purpose="verify vllm runtime image"),
            *checks(63.0),
            ev.CommandFinished(
                time=START + 68.0,
                purpose="verify vllm runtime image",
                seconds=5.4,
                exit_code=0,
            ),
        ]
    return sorted(events, key=lambda event: event.time)
