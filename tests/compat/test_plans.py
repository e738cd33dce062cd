"""What the drop-in accepts can be planned: nothing that was promised is refused later."""

from __future__ import annotations

from dockwright.cli.planned import plan_of
from dockwright.config.consumers import NOT_YET, unconsumed
from dockwright.errors import UserError
from tests.compat.corpus import Case, meanings

# Refs and versions that nobody has pinned yet: `refs-pinned` in docs/migration.md.
LATER = {"pinned"}
# Values that only do something together with another one.
IDLE = {"SCCACHE_VERSION"} | NOT_YET


def accepted() -> list[Case]:
    """Invocations that build something; a folder with a wheel is only there in the corpus."""
    return [case for case, _ in meanings() if not (case.status or case.help or case.files)]


def test_every_accepted_invocation_has_a_plan() -> None:
    wanted = {case.name for case in accepted()}
    refused: dict[str, str] = {}
    for case, found in meanings():
        if case.name not in wanted:
            continue
        try:
            for link in found.chain:
                for params in link.platforms:
                    plan_of(params, check=False)
        except UserError as error:
            if {problem.rule for problem in error.problems} - LATER:
                refused[case.name] = error.message
    assert refused == {}


def test_what_nothing_reads_is_what_the_corpus_says() -> None:
    idle: dict[str, list[str]] = {}
    for case, found in meanings():
        if case.status or case.help or case.files or "no-effect" in case.warnings:
            continue
        for params in found.chain[-1].platforms:
            try:
                ledger = plan_of(params, check=False).planned.ledger
            except UserError:
                continue
            names = {problem.what.split()[0] for problem in unconsumed(params, ledger)}
            if names - IDLE:
                idle[case.name] = sorted(names)
    assert idle == {}
