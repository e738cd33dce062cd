"""`dockwright verify`: run the declared checks inside a built image, without network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dockwright.cli import host, options, planned
from dockwright.errors import UserError


@click.command("verify", cls=options.ParamCommand)
@click.argument("image", required=False, default="", metavar="[IMAGE]")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON on stdout.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but failures.")
@click.option("-v", "--verbose", is_flag=True, help="Show every line that the checks print.")
def command(image: str, *, as_json: bool, **arguments: Any) -> int:
    """Run every declared check inside IMAGE and show each with its result.

    IMAGE is a name, or oci:DIRECTORY[:TAG]; without it, the image of the last build. The checks
    are those of the build that made the image; for an image of another machine, say the
    parameters it was built with.
    """
    from dockwright.cli import run, scheduling, secrets
    from dockwright.cli.engines import choose
    from dockwright.cli.records import recall
    from dockwright.cli.show import words
    from dockwright.cli.subject import plan_of_image
    from dockwright.engines.events import CheckDone
    from dockwright.errors import BuildFailed, VerifyFailed

    env = host.environment()
    mode = run.mode_of(arguments)
    record = recall(host.places(env), image)
    if record is None and not image:
        raise UserError(
            "no image was built on this machine yet", hint="name one: dockwright verify IMAGE"
        )
    found = planned.subject(arguments, env) if record is None else None
    source = found.planned.plan if found else record.plan  # type: ignore[union-attr]
    where = image if record is None or image.startswith("oci:") else record.where
    from dockwright.catalog.parameters.build import ENGINE

    name = found.params[ENGINE].value if found else record.engine  # type: ignore[union-attr]
    chosen = options.spoken(arguments, "ENGINE")
    engine = choose(chosen or name, env)
    plan, layouts = plan_of_image(source, where)
    values = secrets.offered([plan], env).values
    scheduled = scheduling.verification(plan, engine, env, layouts)
    seen: list[CheckDone] = []
    failure: BuildFailed | None = None
    try:
        outcome, _ = run.execute(scheduled, engine, env, mode=mode, secrets=values, seen=seen)
        checks = outcome.checks
    except BuildFailed as error:
        if not seen:
            raise
        checks, failure = tuple(seen), error
    from dockwright.report.checks import checks_json, checks_text

    if as_json:
        run.show_json(checks_json(checks))
    if mode != "quiet" or failure:
        words(checks_text, checks)
    bad = sorted({check.component for check in checks if not check.ok})
    if failure or bad:
        raise VerifyFailed(
            f"{image or Path(where).name}: checks of {', '.join(bad)} failed",
            hint="the table above says which; the log has what they printed",
            component=", ".join(bad),
            log=failure.log if failure else None,
        )
    return 0
