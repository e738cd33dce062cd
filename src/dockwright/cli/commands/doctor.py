"""`dockwright doctor`: what this machine has, what each engine can do, and what is missing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from dockwright.cli import host


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON on stdout.")
def command(*, as_json: bool) -> int:
    """Say what was found, its version, what its dialect can do, and what is missing.

    Exits 1 when no engine can build.
    """
    env = host.environment()
    data = _look(env)
    if as_json:
        from dockwright.cli.run import show_json

        show_json(data)
    else:
        click.echo(_text(data), err=True)
    return 0 if any(engine["available"] for engine in data["engines"]) else 1


def _look(env: Mapping[str, str]) -> dict[str, Any]:
    from dockwright.cli.containers import state
    from dockwright.cli.engines import NAMES, make
    from dockwright.engines.containers import PROGRAMS

    places = host.places(env)
    bundle = host.ca_bundle(env)
    engines = []
    chosen = ""
    for engine in (make(name, env) for name in NAMES):
        probe = engine.probe()
        if probe.available and not chosen:
            chosen = engine.name
        dialect = msgspec.to_builtins(engine.dialect())
        engines.append({**msgspec.to_builtins(probe), "dialect": dialect})
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "engines": engines,
        "chosen": chosen,
        "containers": {program: state(program, env) for program in PROGRAMS},
        "mmdebstrap": shutil.which("mmdebstrap", path=env.get("PATH")) or "",
        "ca_bundle": str(bundle or ""),
        "proxies": [name for name in host.NETWORK_VARIABLES if env.get(name)],
        "cache": str(places.cache),
        "state": str(places.state),
        "free_bytes": _free(places.cache),
        "cores": _cores(),
        "memory_bytes": _memory(),
    }


def _text(data: Mapping[str, Any]) -> str:
    from dockwright.report.human import size

    lines = ["Engines:"]
    for engine in data["engines"]:
        mark = "✓" if engine["available"] else "✗"
        use = "  ← --engine auto uses it" if engine["engine"] == data["chosen"] else ""
        version = f" {engine['version']}" if engine.get("version") else ""
        lines.append(f"  {mark} {engine['engine']}{version}: {_state(engine)}{use}")
        able = [name for name, value in engine["dialect"].items() if value is True]
        lines.append(f"      dialect: {', '.join(able) or 'plain'}")
        if engine.get("missing"):
            lines.append(f"      missing: {', '.join(engine['missing'])}")
        if engine.get("hint"):
            lines.append(f"      hint: {engine['hint']}")
    found = data["mmdebstrap"]
    lines += ["", "Starting images (`dockwright run`):"]
    for program, missing in data["containers"].items():
        lines.append(f"  {'✗' if missing else '✓'} {program}{missing and f': {missing}'}")
    lines += [
        "",
        "Base images without a registry:",
        f"  {'✓' if found else '✗'} mmdebstrap{'' if found else ': apt-get install mmdebstrap'}",
        "",
        "Network, offered to the steps that need it and never kept:",
        f"  certificates: {data['ca_bundle'] or 'none found'}",
        f"  set: {', '.join(data['proxies']) or 'no proxy or index variables'}",
        "",
        "Machine:",
        f"  Python {data['python']}, {data['cores']} cores, {size(data['memory_bytes'])} memory",
        f"  cache {data['cache']} ({size(data['free_bytes'])} free)",
        f"  runs  {data['state']}/runs",
    ]
    return "\n".join(lines)


def _state(engine: Mapping[str, Any]) -> str:
    return str(engine.get("detail") or ("works" if engine["available"] else "not found"))


def _free(path: Any) -> int:
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> int:
    import os

    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0
