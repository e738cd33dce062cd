"""Which stages would change if a parameter changed: planned again with another value, compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from dockwright.catalog.parameters import parameters
from dockwright.cli import settings
from dockwright.cli.planned import Subject, plan_of
from dockwright.config.consumers import consumers
from dockwright.config.resolve import resolve
from dockwright.config.setting import Setting
from dockwright.errors import DockwrightError
from dockwright.model.kinds import BOOL
from dockwright.model.param import Concern, Origin, Param, Source
from dockwright.model.plan import Plan
from dockwright.planning.identity import closure, stage_digests

_SAMPLES = (
    *("probe", "1", "1.2.3", "3.12", "3.13", "12.9", "13.0", "v9.9.9", "probe/image", "probe:1"),
    *("registry.example/probe:1", "https://probe.example/x", "/probe", "a=b", "0" * 40, "570"),
    *("probe-x-y", "true", "9"),
)
"""Tried last, for kinds whose values cannot be changed by rule; the kind's own parser decides."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What another value would do. `tried` is that value; empty when none could be planned.

    Then `changed` is worked out from who reads the parameter, which may be too much.
    """

    tried: str
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def effect(found: Subject, said: Sequence[Setting], param: Param[Any]) -> Effect:
    """The effect of another value of one parameter on the plan of `found`.

    `said` is what was said for it: everything else stays as it is.
    """
    if param.concern is Concern.BUILD:
        return Effect(tried="")
    rest = [setting for setting in said if setting.name != param.name]
    origin = Origin(source=Source.FLAG, where="another value")
    before = found.planned.plan
    texts = list(others(param, found.params.values[param.name].value))
    # Values that a person could really say come first; one that a rule refuses beats none.
    for text, check in [*((text, True) for text in texts), *((text, False) for text in texts)]:
        probe = Setting(name=param.name, text=text, origin=origin)
        try:
            params = resolve([*rest, probe], facts=settings.host_facts(), check=check)
            after = plan_of(params, check=False).planned.plan
        except DockwrightError:
            continue
        return _difference(before, after, text)
    return Effect(tried="", changed=_dependants(found, param))


def others(param: Param[Any], value: Any) -> Iterator[str]:
    """Valid texts of a parameter that mean another value, the most natural one first."""
    now = param.kind.show(value)
    if param.kind is BOOL:
        yield "false" if value else "true"
        return
    seen = {now}
    for text in (*param.kind.choices, *_near(now), param.example, *_SAMPLES):
        try:
            other = param.kind.show(param.kind.parse(text))
        except ValueError:
            continue
        if text and other not in seen:
            seen.add(other)
            yield text


def _near(text: str) -> Iterator[str]:
    """The last number counted up, as the next version would be; then the text with an end."""
    yield re.sub(r"[0-9]+(?=[^0-9]*$)", lambda digits: str(int(digits[0]) + 1), text)
    yield f"{text}x"
    yield f"{text}-probe"
    yield f"{text}/probe"


def _difference(before: Plan, after: Plan, tried: str) -> Effect:
    old, new = stage_digests(before), stage_digests(after)
    return Effect(
        tried=tried,
        changed=tuple(name for name in old if name in new and old[name] != new[name]),
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
    )


def _dependants(found: Subject, param: Param[Any]) -> tuple[str, ...]:
    """The stages of those who read it, and all that are made from them."""
    plan = found.planned.plan
    readers = set(consumers(found.params, found.planned.ledger).get(param.name, ()))
    if readers & set(parameters()):
        readers |= {"selection"}
    names = [stage.name for stage in plan.stages]
    if not readers - {"selection"}:
        return tuple(names) if readers else ()
    return tuple(name for name in names if readers & set(closure(plan, name)))
