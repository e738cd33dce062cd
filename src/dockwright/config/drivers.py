"""Which driver a CUDA version needs, and whether the machines have it. From `releases.json`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from dockwright.catalog.compat import rows
from dockwright.catalog.parameters.axes import CUDA_VERSION, FRAMEWORK
from dockwright.catalog.parameters.build import TARGET_DRIVER
from dockwright.catalog.releases import cuda_drivers
from dockwright.config.setting import Setting
from dockwright.config.words import either, said, unique
from dockwright.errors import Problem
from dockwright.model.param import Origin, Params, Source


@cache
def minimum_drivers() -> Mapping[str, str]:
    """CUDA version → the oldest driver it runs on: the strictest of all releases."""
    found: dict[str, str] = {}
    for row in cuda_drivers():
        known = found.get(row.cuda, row.min_driver)
        found[row.cuda] = max(known, row.min_driver, key=_numbers)
    return found


def driver_of_cuda(params: Params) -> Problem | None:
    """The oldest driver that an image must run on is new enough for its CUDA version."""
    driver, cuda = params[TARGET_DRIVER], params[CUDA_VERSION]
    needed = minimum_drivers().get(cuda, "") if driver and cuda else ""
    if not needed or _numbers(driver) >= _numbers(needed):
        return None
    framework = params[FRAMEWORK]
    good = {version for version, least in minimum_drivers().items() if _old(driver, least)}
    same = [row.cuda for row in rows() if row.framework is framework and row.cuda in good]
    others = unique(row.framework.value for row in rows() if row.cuda in good)
    valid = [f"--cuda-version {either(same)}"] if same else []
    if not same and others:
        valid.append(f"--framework {either(others)} with CUDA {either(sorted(good))}")
    valid.append(f"a driver of at least {needed}")
    return Problem(
        what=(
            f"CUDA {said(params, CUDA_VERSION)} needs driver {needed} or newer; "
            f"the oldest driver is {said(params, TARGET_DRIVER)}. Valid: {', or '.join(valid)}"
        ),
        rule="driver-of-cuda",
    )


def _old(driver: str, least: str) -> bool:
    return _numbers(driver) >= _numbers(least)


def _numbers(version: str) -> tuple[int, ...]:
    """For comparing: 570 is 570.0, and both are older than 570.86."""
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def from_fleet(text: str, *, name: str) -> list[Setting]:
    """The oldest driver of a fleet file as the value of TARGET_DRIVER.

    [drivers]
    node-a = "570.86.15"
    node-b = "580.65"
    """
    import tomllib

    origin = Origin(source=Source.PROFILE, where=name)

    def refuse(what: str) -> list[Setting]:
        hint = 'a fleet file has a table [drivers] with lines such as node-a = "570.86"'
        problem = Problem(what=what, where=name, hint=hint)
        return [Setting(name=TARGET_DRIVER.name, text="", origin=origin, problem=problem)]

    try:
        drivers = tomllib.loads(text).get("drivers")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return refuse(f"not valid TOML: {error}")
    if not isinstance(drivers, dict) or not drivers:
        return refuse("has no table [drivers]")
    found: list[tuple[tuple[int, ...], str, str]] = []
    for machine, driver in drivers.items():
        try:
            version = TARGET_DRIVER.kind.parse(str(driver))
            found.append((_numbers(version), version, machine))
        except ValueError as error:
            return refuse(f"{machine} {error}")
    _, oldest, machine = min(found)
    where = Origin(source=Source.PROFILE, where=f"{name}: {machine}")
    return [Setting(name=TARGET_DRIVER.name, text=oldest, origin=where)]
