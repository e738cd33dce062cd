"""The table of differences: complete, consistent, and the page that is made from it."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from dockwright.config import rules
from dockwright.config.compat_differences import DIFFERENCES, migration_page, of
from dockwright.config.compat_kinds import Difference, Kind
from dockwright.config.compat_notes import NOTES
from tests.tree import ROOT

# About words and files, which no rule between values can see; `pinned` is the planner's.
OWN_RULES = {
    "build-arg-value",
    "pinned",
    "release-build",
    "target-not-built",
    "trtllm-commit-file",
    "trtllm-wheel",
}
PAGE = ROOT / "docs" / "migration.md"
WRITE = (
    "python -c 'from dockwright.config.compat_differences import migration_page as page; "
    'print(page(), end="")\' >docs/migration.md'
)


def test_ids_are_unique_and_stable_in_form() -> None:
    counted = Counter(difference.id for difference in DIFFERENCES)
    assert max(counted.values()) == 1
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in counted)


def test_every_defect_that_must_not_be_reproduced_has_a_difference() -> None:
    assert {number for row in DIFFERENCES for number in row.defects} == set(range(1, 16))


def test_every_warning_has_a_note_that_finds_it() -> None:
    # What has no effect is known from the rules and the plan, not from a note.
    assert {*NOTES, "no-effect"} == {difference.id for difference in of(Kind.WARNING)}


def test_rules_exist() -> None:
    named = {rule for difference in DIFFERENCES for rule in difference.rules}
    assert named <= {rule.name for rule in rules.RULES} | OWN_RULES
    assert named >= OWN_RULES


def test_only_refusals_name_rules() -> None:
    assert all(not row.rules for row in DIFFERENCES if row.kind is not Kind.REFUSED)


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row.id)
def test_a_difference_is_a_row_of_sentences(row: Difference) -> None:
    for text in (row.was, row.now):
        assert text == "–" or text.endswith("."), text
        assert "|" not in text


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == migration_page(), f"run {WRITE}"


def test_the_page_has_every_difference() -> None:
    ids = re.findall(r'^\| <a id="([a-z-]+)"></a>', migration_page(), re.MULTILINE)
    assert sorted(ids) == sorted(difference.id for difference in DIFFERENCES)
