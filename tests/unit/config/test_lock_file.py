"""Bad locks: edited by hand, by a newer version, cut off. Each says the line and what to do."""

from __future__ import annotations

import pytest

from dockwright.config.lock_file import decode, encode
from dockwright.errors import UserError
from dockwright.model.lock import LockedArchive, LockedGit, LockedImage, lock_of

HINT = "`dockwright lock` writes it; take your edit back, or delete the file and lock again"
GOOD = encode(
    lock_of(
        (
            LockedImage(
                ref="registry.example/cuda:12",
                platforms={
                    "linux/amd64": f"sha256:{'a' * 64}",
                    "linux/arm64": f"sha256:{'b' * 64}",
                },
            ),
            LockedGit(url="https://x.example/ucx.git", ref="v1", commit="c" * 40),
            LockedArchive(url="https://x.example/f.tar.gz", sha256="d" * 64, size=4),
        ),
        ("vllm-cuda12.9-amd64-runtime",),
    )
)


def test_the_file_is_for_people() -> None:
    assert (
        f"""\
# What every input of these cells was when `dockwright lock` looked. Keep it under version control.
# `dockwright build --locked` takes nothing else; `dockwright lock --update` renews it.
version = 1
cells = ["vllm-cuda12.9-amd64-runtime"]

[[image]]
ref = "registry.example/cuda:12"
platforms."linux/amd64" = "sha256:{"a" * 64}"
platforms."linux/arm64" = "sha256:{"b" * 64}"

[[git]]
url = "https://x.example/ucx.git"
ref = "v1"
commit = "{"c" * 40}"

[[archive]]
url = "https://x.example/f.tar.gz"
sha256 = "{"d" * 64}"
size = 4
"""
        == GOOD
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "c" * 40,
            "c" * 7,
            (
                "dockwright.lock:14: commit: must be a full commit, 40 hexadecimal digits, "
                "not 'ccccccc'"
            ),
        ),
        (
            "b" * 64,
            "b" * 63,
            (
                "dockwright.lock:9: platforms linux/arm64: must be sha256: and 64 hexadecimal "
                f"digits, not 'sha256:{'b' * 63}'"
            ),
        ),
        ("size = 4", "size = -4", "dockwright.lock:19: size: expected `int` >= 0"),
        (
            'sha256 = "d',
            'sha265 = "d',
            "dockwright.lock:16: archive: object contains unknown field `sha265`",
        ),
        (
            "[[git]]",
            "[[gti]]",
            (
                "dockwright.lock:11: unknown table 'gti'; there are [[image]], [[git]], "
                "[[archive]], [[python]], [[packages]]"
            ),
        ),
        (
            "[[git]]",
            "[[git]",
            "dockwright.lock:11: not valid TOML: Expected ']]' at the end of an array declaration",
        ),
        ("version = 1", "", "dockwright.lock: it has no version, so it is no lock of dockwright"),
        (
            "[[git]]",
            '[[git]]\nurl = "https://x.example/f.git"\n[[git]]',
            "dockwright.lock:11: git: object missing required field `ref`",
        ),
    ],
)
def test_an_edit_by_hand_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    with pytest.raises(UserError) as raised:
        decode(GOOD.replace(old, new, 1))
    assert (raised.value.message, raised.value.hint) == (message, HINT)


def test_all_problems_at_once() -> None:
    with pytest.raises(UserError) as raised:
        decode(GOOD.replace("c" * 40, "main").replace("d" * 64, "d"))
    assert [problem.where for problem in raised.value.problems] == [
        "dockwright.lock:14",
        "dockwright.lock:18",
    ]


def test_the_same_thing_twice() -> None:
    block = f'\n[[git]]\nurl = "https://x.example/ucx.git"\nref = "v1"\ncommit = "{"1" * 40}"\n'
    with pytest.raises(UserError) as raised:
        decode(GOOD + block)
    assert raised.value.message == (
        "dockwright.lock:21: git https://x.example/ucx.git#v1 is said twice, first in line 11"
    )


def test_a_newer_lock() -> None:
    with pytest.raises(UserError) as raised:
        decode(GOOD.replace("version = 1", "version = 2"), "other.lock")
    assert raised.value.message == (
        "other.lock: it was made by a newer dockwright (format 2; this one reads 1)"
    )
    assert raised.value.hint == (
        "update dockwright, or delete the file and run `dockwright lock` again"
    )
