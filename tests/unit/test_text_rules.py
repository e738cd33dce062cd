"""Rules for the text of files: what must not be written down, and what a script looks like."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT, files, texts

# The names are put together here so that this file does not hold them.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("snapshot", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("npmjs", "org"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("crates", "io"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
    )
)
# Where this project happened to be written; nothing in it may know. Paths inside images, such as
# the build user's home, are not meant: only whole paths from the root of a file system match.
MACHINE_PATHS = tuple(
    "/" + "/".join(parts)
    for parts in (("work", ""), ("root", ".pyenv"), ("root", "go"), ("tmp", "p", ""))
)

REGISTRY = re.compile("|".join(rf"(?<![\w.-])(?:[\w-]+\.)*{re.escape(h)}" for h in REGISTRY_HOSTS))
MACHINE = re.compile("|".join(rf"(?<![\w.~}}/-]){re.escape(path)}" for path in MACHINE_PATHS))


def matches(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()}"
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_package_registry_is_named() -> None:
    """Whoever builds says where packages come from; a name in here would outlive a mirror."""
    assert matches(REGISTRY) == []


def test_no_path_of_somebodys_machine_is_named() -> None:
    assert matches(MACHINE) == []


def test_the_patterns_find_what_they_should() -> None:
    for host in REGISTRY_HOSTS:
        assert REGISTRY.search(f"see https://{host}/simple")
        assert REGISTRY.search(f"files.{host}")
    assert not REGISTRY.search("import golang.org/x/crypto")
    for path in MACHINE_PATHS:
        assert MACHINE.search(f"cd {path}main")
        assert not MACHINE.search(f"cd /opt{path}main")


SHELL_FILES = [path for path in files() if path.suffix == ".sh"]


@pytest.mark.parametrize("path", SHELL_FILES, ids=str)
def test_a_shell_file_begins_by_saying_what_it_is(path: Path) -> None:
    lines = (ROOT / path).read_text().splitlines()
    said = [line for line in lines[:4] if re.match(r"# (?!shellcheck )\S", line)]
    assert lines[0].startswith("#"), "the first line is not a comment"
    assert said, "no comment near the top says what the file is for"


def test_shell_files_pass_shellcheck() -> None:
    # It lies beside the interpreter when it came with the locked requirements.
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or "shellcheck"
    command = [shellcheck, "--", *map(str, SHELL_FILES)]
    checked = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
