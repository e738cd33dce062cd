"""The verifier that runs inside a finished image, in a step without network.

Standard library only, Python >= 3.10, no import of dockwright: the text of this file is written
into the step, with ``inside_serve.py`` and ``inside_elf.py`` beside it. Checks come as a JSON list,
in the environment variable CHECKS or in the file named by the first argument. Each is an object
with component, name, kind, and the keyword arguments of the function of that kind below (run,
resolves, imports, files, absent, writable, user, env, serve).

Per check one line ``::dockwright::check {…}`` on stdout, and the reason when it fails; all results
as JSON in the file REPORT, when that variable is set. Exit code 0 if every check is ok, else 1.
"""

# ruff: noqa: PTH110, PTH115, PTH116, PTH207, T201
# (Paths are strings from JSON and go into messages; printing is the purpose.)

from __future__ import annotations

import fcntl
import glob
import json
import os
import pwd
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

MARK = "::dockwright::check "
DETAIL_LIMIT = 300
OUTPUT_LIMIT = 12_000
EXECUTABLE, GROUP_ALL = 0o111, 0o070


class CheckError(Exception):
    """The image is not as the check demands: a short reason, and what else a reader needs."""

    def __init__(self, reason: str, output: str = "") -> None:
        super().__init__(reason)
        self.output = output


def execute(
    argv: Sequence[str],
    *,
    timeout: float = 30,
    user: str = "",
    ids: tuple[int, int] | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run a program in its own session; exit code and output. A timeout kills the whole session.

    user: name of the account to run as (only root can change, others run as themselves); ids: the
    same with plain uid and gid.
    """
    environment = {**os.environ, **(env or {})}
    options: dict[str, Any] = {}
    if user and os.getuid() == 0:
        account = pwd.getpwnam(user)
        ids = (account.pw_uid, account.pw_gid)
        environment |= {"HOME": account.pw_dir, "USER": user, "LOGNAME": user}
    if ids is not None:
        options = {"user": ids[0], "group": ids[1], "extra_groups": []}
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            start_new_session=True,
            cwd="/",
            **options,
        )
    except OSError as error:
        raise CheckError(f"cannot run {argv[0]}: {error}") from error
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        raise CheckError(f"{argv[0]} did not end within {timeout:g} s", output) from None
    return process.returncode, output


def run(
    *,
    argv: Sequence[str],
    expect: str = "",
    timeout: float = 30,
    user: str = "",
    env: Mapping[str, str] | None = None,
) -> str:
    """A program ends with exit code 0, and its output matches the regular expression, if any."""
    code, output = execute(argv, timeout=timeout, user=user, env=env)
    if code != 0:
        raise CheckError(f"exit code {code}: {' '.join(argv)}", output)
    found = re.search(expect, output, re.MULTILINE)
    if not found:
        raise CheckError(f"output does not match {expect!r}: {' '.join(argv)}", output)
    return found.group() if expect else (output.strip().splitlines() or [""])[0]


def expand(patterns: Sequence[str]) -> Iterator[str]:
    """The paths that match; each pattern must match something."""
    for pattern in patterns:
        paths = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else [pattern]
        if not paths or not all(map(os.path.lexists, paths)):
            raise CheckError(f"does not exist: {pattern}")
        yield from paths


def resolves(*, paths: Sequence[str], **settings: Any) -> str:
    """Every program and library of these files, directories and globs is linked well.

    What it needs is found, and nothing is looked for where it was built; see inside_elf.py.
    """
    script = Path(__file__).with_name("inside_elf.py")
    asked = json.dumps({"paths": list(expand(paths)), **settings})
    code, output = execute([sys.executable, "-I", str(script), asked], timeout=600)
    reason, _, more = output.strip().partition("\n")
    if code:
        raise CheckError(reason, more)
    return reason


IMPORTER = """
import importlib, importlib.metadata, json, sys
modules, distributions = json.loads(sys.argv[1])
def attempt(function, name):
    print(json.dumps([name, "dies"]), flush=True)  # the last word if the process crashes
    try:
        value, error = function(name), ""
    except BaseException as problem:
        value, error = "", f"{type(problem).__name__}: {problem}"
    print(json.dumps([name, error, str(value)]), flush=True)
for name in modules:
    attempt(lambda name: getattr(importlib.import_module(name), "__version__", ""), name)
for name in distributions:
    attempt(importlib.metadata.version, name)
"""


def imports(
    *,
    python: str,
    modules: Sequence[str],
    distributions: Mapping[str, str] | None = None,
    timeout: float = 60,
    user: str = "",
    env: Mapping[str, str] | None = None,
) -> str:
    """Modules can be imported in one process; distributions have the given version ("" = any)."""
    wanted = dict(distributions or {})
    what = json.dumps([list(modules), list(wanted)])
    code, output = execute([python, "-c", IMPORTER, what], timeout=timeout, user=user, env=env)
    answers: dict[str, list[str]] = {}
    for line in output.splitlines():
        try:
            name, *answer = json.loads(line)
            answers[name] = answer
        except (ValueError, TypeError):  # what a module prints when it is imported
            continue
    problems = []
    for name in (*modules, *wanted):
        error, *version = answers.get(name, ["not reached"])
        if error:
            problems.append(f"{name}: {error}")
        elif wanted.get(name) and version[0] != wanted[name]:
            problems.append(f"{name}: version {version[0]}, wanted {wanted[name]}")
    if problems or code != 0:
        raise CheckError("; ".join(problems) or f"exit code {code}", output)
    versions = (f"{name} {answers[name][1]}".strip() for name in [*modules, *wanted])
    return ", ".join(versions)


def files(
    *,
    paths: Sequence[str],
    executable: bool = False,
    mode: str = "",
    owner: str = "",
    links_below: Sequence[str] = (),
) -> str:
    """Paths and globs exist, no link among them dangles; mode ("775"), owner ("1000:0") if given.

    links_below: directories in which no symbolic link may dangle.
    """
    count = 0
    for path in expand(paths):
        count += 1
        if not os.path.exists(path):
            raise CheckError(f"link leads nowhere: {path} -> {os.readlink(path)}")
        status = os.stat(path)
        if executable and not (
            stat.S_ISREG(status.st_mode) and status.st_mode & EXECUTABLE == EXECUTABLE
        ):
            raise CheckError(f"not executable by all: {path} ({stat.filemode(status.st_mode)})")
        if mode and stat.S_IMODE(status.st_mode) != int(mode, 8):
            raise CheckError(f"mode of {path} is {stat.S_IMODE(status.st_mode):o}, not {mode}")
        if owner and f"{status.st_uid}:{status.st_gid}" != owner:
            raise CheckError(f"owner of {path} is {status.st_uid}:{status.st_gid}, not {owner}")
    for path in (
        f"{folder}/{name}"
        for top in expand(links_below)
        for folder, _, names in os.walk(top)
        for name in names
    ):
        if not os.path.exists(path):
            raise CheckError(f"link leads nowhere: {path} -> {os.readlink(path)}")
    return f"{count} paths"


def absent(*, paths: Sequence[str]) -> str:
    """Nothing matches these paths and globs."""
    if found := [path for pattern in paths for path in glob.glob(pattern, recursive=True)]:
        raise CheckError(f"must not be there: {found[0]}", "\n".join(found))
    return f"{len(paths)} patterns"


WRITER = (
    'for folder; do file=$(mktemp -p "$folder" .dockwright-XXXXXX) && rm -f "$file" || exit 1; done'
)


def writable(*, paths: Sequence[str], uid: int = 4242, gid: int = 0) -> str:
    """An arbitrary user of group 0, as OpenShift starts containers, can create files there."""
    if os.getuid() != 0:  # then nobody can play that user: his rights are read from the mode
        for path in paths:
            status = os.stat(path)
            if status.st_gid != gid or status.st_mode & GROUP_ALL != GROUP_ALL:
                raise CheckError(
                    f"not writable for group {gid}: {path} ({stat.filemode(status.st_mode)})"
                )
        return f"{len(paths)} directories, by their modes"
    code, output = execute(["sh", "-c", WRITER, "sh", *paths], ids=(uid, gid))
    if code != 0:
        raise CheckError(f"not writable for {uid}:{gid}: {output.strip()}", output)
    return f"{len(paths)} directories"


def user(
    *, account: str, uid: int, gid: int, home: str, shell: str = "/bin/bash", umask: str = "0002"
) -> str:
    """An account has these ids, home (its own) and shell, and its login shells have this umask."""
    entry = pwd.getpwnam(account)
    seen = (entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_shell)
    if seen != (uid, gid, home, shell):
        raise CheckError(f"{account} is {seen}, not {(uid, gid, home, shell)}")
    if os.stat(home).st_uid != uid:
        raise CheckError(f"{home} belongs to uid {os.stat(home).st_uid}")
    _, output = execute([shell, "-lc", "umask"], user=account)
    if output.strip() != umask:
        raise CheckError(f"umask of a login shell is {output.strip()}, not {umask}", output)
    return f"{account} {uid}:{gid}, umask {umask}"


def env(
    *, variables: Mapping[str, str | None], contains: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Variables have these values (null: any), and these entries between their colons."""
    for name, value in variables.items():
        if name not in os.environ or value not in (None, os.environ[name]):
            raise CheckError(f"{name} is {os.environ.get(name)!r}, not {value!r}")
    for name, entries in (contains or {}).items():
        for entry in entries:
            if entry not in os.environ.get(name, "").split(":"):
                raise CheckError(f"{name} has no entry {entry}", os.environ.get(name, ""))
    return f"{len(variables) + len(contains or {})} variables"


def serve(*, python: str, user: str = "", timeout: float = 90, **settings: str) -> str:
    """The stack answers a chat request; see inside_serve.py."""
    loopback_up()
    script = Path(__file__).with_name("inside_serve.py")
    check = json.dumps({"python": python, "timeout": timeout, **settings})
    argv = [sys.executable, "-I", str(script), check]
    _, output = execute(argv, timeout=timeout + 10, user=user)
    try:
        result = json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        raise CheckError("the serving test ended without a result", output) from None
    phases = ", ".join(f"{name} {seconds} s" for name, seconds in result["phases"].items())
    if not result["ok"]:
        raise CheckError(result["detail"], output)
    return f"{result['detail']} ({phases})"


def loopback_up() -> None:
    """Bring the interface lo up (it is down in a fresh network namespace), if we have the right."""
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        try:
            request = struct.pack("16sH22x", b"lo", 0)
            (flags,) = struct.unpack_from("H", fcntl.ioctl(control, get_flags, request), 16)
            if not flags & up:
                fcntl.ioctl(control, set_flags, struct.pack("16sH22x", b"lo", flags | up))
        except OSError:
            return  # the serving test will say that it cannot connect


KINDS: Mapping[str, Callable[..., str]] = {
    kind.__name__: kind
    for kind in (run, resolves, imports, files, absent, writable, user, env, serve)
}
PRINTING = threading.Lock()


def perform(check: Mapping[str, Any]) -> dict[str, Any]:
    """One check, never raising; prints its line, and its output if it fails."""
    started = time.monotonic()
    arguments = {
        key: value for key, value in check.items() if key not in ("component", "name", "kind")
    }
    output = ""
    try:
        ok, detail = True, KINDS[check["kind"]](**arguments)
    except CheckError as error:
        ok, detail, output = False, str(error), error.output
    except Exception as error:  # noqa: BLE001 -- a broken check fails, and the others still run
        ok, detail = False, f"{type(error).__name__}: {error}"
    result = {
        "component": check.get("component", ""),
        "check": check.get("name", ""),
        "ok": ok,
        "seconds": round(time.monotonic() - started, 2),
        "detail": detail[:DETAIL_LIMIT],
    }
    with PRINTING:
        print(MARK + json.dumps(result), flush=True)
        if not ok:
            print(f"error: {result['component']}: {result['check']}: {detail}", flush=True)
            for line in output[-OUTPUT_LIMIT:].splitlines():
                print(f"    {line}", flush=True)
    return result


def main(arguments: Sequence[str]) -> int:
    """Run all checks, as many at a time as there are processors."""
    text = Path(arguments[0]).read_text(encoding="utf-8") if arguments else os.environ["CHECKS"]
    checks: list[dict[str, Any]] = json.loads(text)
    started = time.monotonic()
    # The serving test takes longest and mostly waits: it goes first, the others run beside it.
    order = sorted(range(len(checks)), key=lambda index: checks[index].get("kind") != "serve")
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 1) + 1)) as pool:
        futures = {index: pool.submit(perform, checks[index]) for index in order}
        results = [futures[index].result() for index in range(len(checks))]
    seconds = round(time.monotonic() - started, 2)
    failed = [result for result in results if not result["ok"]]
    if report := os.environ.get("REPORT"):
        content = {"ok": not failed, "seconds": seconds, "checks": results}
        Path(report).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"verify: {len(results)} checks, {len(failed)} failed, {seconds} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
