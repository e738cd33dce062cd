"""How well a fetch of many files fills the link: against `curl --parallel` from the same server.

    python -m benchmarks.fetch [--files 200] [--size 2000000] [--rate 40000000] [--runs 3]

The server is a process of its own on loopback; all connections together get `rate` bytes per
second, so the best that anybody can do is files × size / rate.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CHUNK = 1 << 16

Command = Callable[[str, list[str], Path], list[str]]


def content(number: int, size: int) -> bytes:
    """The bytes of one file; the same in each process."""
    return random.Random(number).randbytes(size)  # noqa: S311 - no secret


async def serve(files: int, size: int, rate: float) -> None:
    """Serve `/NUMBER` until the process is ended; print the port."""
    bodies = [content(number, size) for number in range(files)]
    free = time.monotonic()

    async def send(writer: asyncio.StreamWriter, body: bytes) -> None:
        nonlocal free
        for start in range(0, len(body), _CHUNK):
            chunk = body[start : start + _CHUNK]
            # One line for all: each chunk takes its place on it.
            free = max(free, time.monotonic()) + len(chunk) / rate
            await asyncio.sleep(free - time.monotonic())
            writer.write(chunk)
            await writer.drain()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = bodies[int(head.split()[1].removeprefix(b"/"))]
                lines = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(lines.encode())
                await send(writer, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def by_dockwright(url: str, digests: list[str], scratch: Path) -> list[str]:
    """The command of a build's schedule, into an empty store."""
    sources = [
        json.dumps({"type": "archive", "url": f"{url}/{n}", "sha256": digest, "unpack": False})
        for n, digest in enumerate(digests)
    ]
    os.environ |= {"XDG_CACHE_HOME": str(scratch), "XDG_STATE_HOME": str(scratch)}
    return [sys.executable, "-m", "dockwright", "fetch", "--events", *sources]


def by_curl(url: str, digests: list[str], scratch: Path) -> list[str]:
    """The same files with as many connections; nothing is verified."""
    lines = [f'url = "{url}/{n}"\noutput = "{scratch}/{n}"\n' for n in range(len(digests))]
    config = scratch / "config"
    config.write_text("".join(lines))
    words = ("--no-progress-meter", "--fail", "--parallel", "--parallel-max", "16")
    return ["curl", *words, "--config", str(config)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--size", type=int, default=2_000_000)
    parser.add_argument("--rate", type=float, default=40e6)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.serve:
        asyncio.run(serve(said.files, said.size, said.rate))
        return
    words = ["--files", str(said.files), "--size", str(said.size), "--rate", str(said.rate)]
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    with subprocess.Popen(
        [sys.executable, __file__, "--serve", *words], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None  # noqa: S101 - for the type checker
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        digests = [
            hashlib.sha256(content(number, said.size)).hexdigest() for number in range(said.files)
        ]
        best = said.files * said.size / said.rate
        whole = said.files * said.size / 1e6
        print(f"{said.files} files, {whole:.0f} MB: the link takes {best:.1f} s")
        try:
            for name, argv in (("curl", by_curl), ("dockwright fetch", by_dockwright)):
                times = [measure(argv, url, digests) for _ in range(said.runs)]
                middle = statistics.median(times)
                told = ", ".join(f"{seconds:.1f}" for seconds in times)
                print(f"{name:17} {middle:.1f} s, {best / middle:.0%} of the link ({told})")
        finally:
            server.terminate()


def measure(command: Command, url: str, digests: list[str]) -> float:
    """Seconds of one run from an empty directory."""
    with tempfile.TemporaryDirectory() as scratch:
        argv = command(url, digests, Path(scratch))
        began = time.monotonic()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began


if __name__ == "__main__":
    main()
