"""Old command lines mean what they meant: the recorded invocations, one by one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from dockwright.config import compat_words
from dockwright.config.compat_differences import DIFFERENCES, of
from dockwright.config.compat_kinds import Kind
from tests.compat.corpus import corpus, differences, meaning, meanings

CASES = corpus().case


@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: CASES[place].name)
def test_a_recorded_invocation(place: int) -> None:
    assert differences(*meanings()[place]) == []


def test_the_corpus_is_large_and_its_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) >= 150
    assert sorted(names) == sorted(set(names))


def test_every_flag_is_in_the_corpus() -> None:
    words = {word for case in CASES if case.status == 0 for word in case.argv}
    flags = {
        *compat_words.VALUES,
        *compat_words.LISTS,
        *compat_words.SWITCHES,
        *compat_words.MODES,
        *compat_words.HELP,
        compat_words.BUILD_ARG,
    }
    # The negations are one table with one rule; two of the four stand for all.
    spare = {"--no-enable-gpu-memory-service", "--no-enable-media-nixl"}
    assert flags - words <= spare


def test_every_warning_is_in_the_corpus() -> None:
    met = {warning.id for case in CASES if not case.status for warning in meaning(case).warnings}
    assert met == {difference.id for difference in of(Kind.WARNING)}


def test_every_refusal_by_a_rule_is_in_the_corpus() -> None:
    met = {problem.rule for _, found in meanings() for problem in found.problems}
    # The planner's, and those that no old command line can break.
    spare = {"rustarch-of-arch", "torch-backend-of-cuda", "base-tag-needed", "pinned"}
    assert {rule for difference in DIFFERENCES for rule in difference.rules} - met <= spare


def test_a_dry_run_means_the_same_as_a_real_run() -> None:
    for case, real in meanings():
        if case.status or case.help or "--dry-run" in case.argv:
            continue
        dry = meaning(replace(case, run=f"{case.run} --dry-run"))
        assert (dry.chain, dry.pickers, dry.warnings) == (real.chain, real.pickers, real.warnings)
