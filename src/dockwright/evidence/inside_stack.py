"""Checks of a whole Python stack, run inside an image by its interpreter (see inside.py).

    python inside_stack.py cuda MAJOR            wheels with a CUDA suffix are all for that version
    python inside_stack.py single PATTERN …      each library is there exactly once
    python inside_stack.py group                 any user of group 0 can write into the environment

Standard library only. Prints what it found; exit code 1 and the reason when it does not hold.
"""

# ruff: noqa: PTH114, PTH118, T201
# (Paths go into messages; printing is the purpose.)

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from collections.abc import Iterator, Sequence

ROOTS = ("/opt", "/usr")
SUFFIX = re.compile(r".*[-_](?:cu|cuda)([0-9]{2})x?")
LOCAL = re.compile(r".*\+cu([0-9]{2})[0-9]*")


def majors() -> dict[str, str]:
    """Distribution → the CUDA major version that its name or its version ends in."""
    found = {}
    for distribution in importlib.metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.version
        if match := SUFFIX.fullmatch(name) or LOCAL.fullmatch(version):
            found[f"{name} {version}"] = match[1]
    return found


def cuda(major: str) -> str:
    """Raises ValueError when a wheel is for another CUDA version, or when none is for one."""
    found = majors()
    wrong = sorted(name for name, seen in found.items() if seen != major)
    if wrong:
        raise ValueError(f"not for CUDA {major}: {', '.join(wrong)}")
    if not found:
        raise ValueError("no wheel is for CUDA")
    return f"{len(found)} wheels for CUDA {major}"


def libraries(pattern: str) -> Iterator[str]:
    """Real files below ROOTS whose name matches the regular expression."""
    for root in ROOTS:
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                if re.fullmatch(pattern, name) and not os.path.islink(path):
                    yield path


def single(patterns: Sequence[str]) -> str:
    """Raises ValueError when a library is missing, or there more than once."""
    said = []
    for pattern in patterns:
        found = sorted(libraries(pattern))
        if len(found) != 1:
            raise ValueError(f"{len(found)} files match {pattern}: {', '.join(found) or 'none'}")
        said += found
    return f"one copy: {', '.join(said)}"


def group(prefix: str = sys.prefix) -> str:
    """Raises ValueError when group 0 may not change something below the environment."""
    count = 0
    for folder, _, names in os.walk(prefix):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            status = os.lstat(path)
            count += 1
            owner, mine = (status.st_mode >> 6) & 7, (status.st_mode >> 3) & 7
            if not os.path.islink(path) and (status.st_gid != 0 or owner != mine):
                raise ValueError(f"group 0 has not the owner's rights: {path}")
    return f"{count} files and directories"


def main(words: Sequence[str]) -> int:
    """One check; exit code 1 with the reason when it does not hold."""
    what, *arguments = words
    try:
        match what:
            case "cuda":
                print(cuda(*arguments))
            case "single":
                print(single(arguments))
            case "group":
                print(group(*arguments))
            case _:
                raise ValueError(f"unknown check {what!r}")
    except ValueError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
