"""`dockwright preflight`: whether everything is there that a build would need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from dockwright.cli import host, options, planned

if TYPE_CHECKING:
    from dockwright.cli.preflights import Preflight
    from dockwright.resolving.probe import Finding


@click.command("preflight", cls=options.ParamCommand)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON on stdout.")
def command(*, as_json: bool, **arguments: Any) -> int:
    """Look for everything that a build would take from elsewhere, without fetching it.

    Images for every platform, git refs and commits, archives, wheels for the interpreter and
    platform, the right to push, what the engine must be able to do, disk and memory, servers of
    the compiler cache. What is in the store, or was built before from the same words, is not
    looked for. Exits 1 when something is missing; all of it is named. `build` does the same before
    it starts.
    """
    from dockwright.catalog.parameters.build import ENGINE
    from dockwright.cli.engines import choose
    from dockwright.cli.preflights import preflight
    from dockwright.cli.scheduling import work
    from dockwright.errors import EngineError

    env = host.environment()
    found = planned.subjects(arguments, env)
    platforms = tuple(subject.planned.plan.platform for subject in found)
    name = found[0].params[ENGINE].value
    try:
        engine = choose(name, env, platforms)
    except EngineError:
        # A platform that it has no emulator for is one finding among all others.
        engine = choose(name, env)
    result = preflight(work(found, engine, env), engine, env)
    if as_json:
        from dockwright.cli.run import show_json

        problems = len(result.problems)
        show_json(
            {
                "version": 1,
                "ok": not problems,
                "problems": problems,
                "skipped": result.skipped,
                "findings": result.findings,
                "warnings": result.warnings,
            }
        )
    else:
        for line in _lines(result):
            click.echo(line, err=True)
    return 1 if result.problems else 0


def _lines(result: Preflight) -> Iterator[str]:
    missing: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in result.findings:
        if finding.problem:
            why = (finding.problem, finding.hint, finding.where)
            missing.setdefault(why, []).append(finding)
        else:
            note = f"  ({finding.note})" if finding.note else ""
            yield f"✓ {finding.kind:<10} {finding.looked_for}{note}"
    for (problem, hint, where), findings in missing.items():
        for finding in findings:
            yield f"✗ {finding.kind:<10} {finding.looked_for}"
        yield f"    {problem}"
        yield f"    where: {where}; for {', '.join(findings[0].by) or 'the build'}"
        if hint:
            yield f"    hint: {hint}"
    for finding in result.warnings:
        yield f"! {finding.kind:<10} {finding.looked_for}"
        yield f"    {finding.problem}; the build goes on without it"
        yield f"    hint: {finding.hint}"
    skipped = f", {result.skipped} here already" if result.skipped else ""
    count = len(result.problems)
    yield f"{len(result.findings)} looked for, {count} missing{skipped}"
