"""The child program of the verifier's check "resolves" (see ``inside.py``, which lies beside it).

Argument: JSON with ``paths`` (files, directories), ``allow_missing`` (regular expressions of names
that the host brings, a GPU driver's libraries), ``loaded`` (directories whose libraries a process
has loaded before, whoever needs them then) and ``ours`` (whether we built it: then no search path
leads into the build, and each library lies there under the name that it gives itself, which is what
programs linked with it look for).

Prints what is broken, one line each, the first is the reason; exit code 1. Else prints the count of
programs and libraries. Standard library only, Python >= 3.10.
"""

# ruff: noqa: PTH110, PTH112, PTH113, PTH114, PTH117, PTH118, PTH119, PTH120, PTH123, PTH207, T201
# (Paths are strings from JSON and go into messages; printing is the purpose.)

from __future__ import annotations

import glob
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

BUILD_PLACES = ("/src/", "/tmp/", "/root/", "/build/", "/home/")  # noqa: S108 -- names, not files
"""Where things are built: an image does not have them, and whoever makes them owns the program."""

_LOAD, _DYNAMIC = 1, 2  # kinds of program headers
_STRTAB, _SONAME, _RPATH, _RUNPATH = 5, 14, 15, 29  # tags of the dynamic section


@dataclass(frozen=True, kw_only=True)
class Dynamic:
    """What a library says to the loader: its own name, and where to look for others."""

    soname: str = ""
    runpath: tuple[str, ...] = ()


def below(path: str) -> Iterator[str]:
    """The path itself, or all files below it if it is a directory."""
    if not os.path.isdir(path):
        yield path
    for folder, _, names in os.walk(path):
        yield from (os.path.join(folder, name) for name in sorted(names))


def is_elf(path: str) -> bool:
    """Tell whether a file is a program or library, by its first bytes."""
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def dynamic(path: str) -> Dynamic:
    """The dynamic section of a 64-bit little-endian ELF file; empty when there is none."""
    with open(path, "rb") as file:
        data = file.read()
    if data[4:6] != b"\x02\x01":
        return Dynamic()
    (start,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [
        struct.unpack_from("<IIQQQQ", data, start + number * size) for number in range(count)
    ]
    loaded = [
        (address, offset, length)
        for kind, _, offset, address, _, length in headers
        if kind == _LOAD
    ]
    found: dict[int, int] = {}
    for kind, _, offset, _, _, length in headers:
        if kind == _DYNAMIC:
            found = dict(struct.iter_unpack("<qQ", data[offset : offset + length // 16 * 16]))
    strings = next(
        (
            found[_STRTAB] - address + offset
            for address, offset, length in loaded
            if _STRTAB in found and address <= found[_STRTAB] < address + length
        ),
        None,
    )

    def text(tag: int) -> str:
        if strings is None or tag not in found:
            return ""
        begin = strings + found[tag]
        return data[begin : data.index(b"\0", begin)].decode(errors="replace")

    said = [text(tag) for tag in (_RPATH, _RUNPATH) if tag in found]
    return Dynamic(
        soname=text(_SONAME), runpath=tuple(entry for line in said for entry in line.split(":"))
    )


def missing(path: str, allowed: re.Pattern[str]) -> list[str]:
    """Names of libraries that the loader does not find."""
    # The loader lists what ldd lists, twenty times faster.
    loader = glob.glob("/lib*/ld-linux-*.so.[0-9]")[:1]
    code, output = -1, ""
    if loader:
        code, output = _ask([*loader, path])
    if code < 0:  # it crashes on a static program; ldd knows better
        _, output = _ask(["ldd", path])
    names = dict.fromkeys(re.findall(r"^\s*(\S+) => not found", output, re.MULTILINE))
    return [name for name in names if not allowed.fullmatch(name)]


def _ask(argv: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run(
        argv,
        env={**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"} if argv[0] != "ldd" else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def strays(entries: Sequence[str]) -> list[str]:
    """Directories of the search path that lead into the build, or to where a program is started."""
    relative_to_the_file = re.compile(r"\$(ORIGIN|\{ORIGIN\})(/|$)")
    return [
        entry
        for entry in entries
        if not relative_to_the_file.match(entry)
        and (not os.path.isabs(entry) or f"{os.path.normpath(entry)}/".startswith(BUILD_PLACES))
    ]


def problems(
    paths: Sequence[str],
    *,
    allow_missing: Sequence[str] = (),
    loaded: Sequence[str] = (),
    ours: bool = False,
) -> tuple[int, list[str]]:
    """How many programs and libraries there are, and what is wrong with them."""
    there = {re.escape(os.path.basename(path)) for folder in loaded for path in below(folder)}
    allowed = re.compile("|".join((*allow_missing, *sorted(there))) or r"(?!)")
    seen: set[str] = set()
    broken: list[str] = []
    for path in (file for found in paths for file in below(found)):
        real = os.path.realpath(path) if os.path.islink(path) else path
        if real in seen or not os.path.isfile(real) or not is_elf(real):
            continue
        seen.add(real)
        if names := missing(real, allowed):
            broken.append(f"library not found: {path} needs {', '.join(names)}")
        if not ours:
            continue
        said = dynamic(real)
        if wrong := strays(said.runpath):
            broken.append(f"{path} looks for libraries in {', '.join(map(repr, wrong))}")
        if said.soname and not os.path.exists(f"{os.path.dirname(real)}/{said.soname}"):
            broken.append(
                f"{path} is called {said.soname} by what links it, and no such file is there"
            )
    return len(seen), broken


def main() -> int:
    """Look at everything that the argument names."""
    asked = json.loads(sys.argv[1])
    count, broken = problems(**asked)
    if not count:
        broken = [f"no program or library in {', '.join(asked['paths'])}"]
    print("\n".join(broken) if broken else f"{count} files")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
