"""Laws of the lock: a round trip by its file, one order of entries, changes that add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockwright.config.lock_file import decode, encode
from dockwright.model.lock import (
    Entry,
    Lock,
    LockedArchive,
    LockedGit,
    LockedImage,
    LockedPackages,
    LockedPython,
    changes,
    lock_of,
)

HEX = "0123456789abcdef"
texts = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\x7f"), min_size=1
)
hashes = st.text(HEX, min_size=64, max_size=64)
platforms = st.sampled_from(("linux/amd64", "linux/arm64", "linux/arm64/v8"))
versions = st.from_regex(r"[0-9][A-Za-z0-9.+:~-]{0,9}", fullmatch=True)
names = st.from_regex(r"[a-z]{1,4}", fullmatch=True)
# Of a resolved set each name has one version.
pins = st.dictionaries(names, st.builds("{} --hash=sha256:{}".format, versions, hashes)).map(
    lambda found: tuple(f"{name}=={rest}" for name, rest in sorted(found.items()))
)
entries = st.one_of(
    st.builds(
        LockedImage,
        ref=texts,
        platforms=st.dictionaries(platforms, hashes.map("sha256:{}".format), min_size=1),
    ),
    st.builds(LockedGit, url=texts, ref=texts, commit=st.text(HEX, min_size=40, max_size=40)),
    st.builds(LockedArchive, url=texts, sha256=hashes, size=st.integers(0, 2**40)),
    st.builds(
        LockedPython,
        wants=st.lists(names, max_size=3).map(tuple),
        python=versions,
        platform=platforms,
        sha256=hashes,
        packages=pins,
    ),
    st.builds(
        LockedPackages,
        system=texts,
        platform=platforms,
        versions=st.dictionaries(texts, versions, min_size=1),
    ),
)
locks = st.builds(lock_of, st.lists(entries, max_size=8), st.lists(texts, max_size=3))


@given(locks)
def test_what_is_written_is_what_is_read(lock: Lock) -> None:
    text = encode(lock)
    assert decode(text) == lock
    assert encode(decode(text)) == text


@given(st.lists(entries, max_size=8, unique_by=lambda entry: (type(entry), entry.key)))
def test_the_order_of_entries_does_not_matter(found: list[Entry]) -> None:
    assert encode(lock_of(found)) == encode(lock_of(reversed(found)))


@given(locks, locks)
def test_changes_are_empty_for_equal_locks_only_and_turn_around(one: Lock, two: Lock) -> None:
    assert changes(one, one) == ()
    there = {(c.kind, c.key, c.before, c.after) for c in changes(one, two)}
    assert there == {(c.kind, c.key, c.after, c.before) for c in changes(two, one)}
    if [*one.entries()] != [*two.entries()]:
        assert there
