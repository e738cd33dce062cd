"""Where a parameter works: every cell of the matrix is planned and asked who read it.

Only for an error and for `explain`, so it may take a moment; nobody keeps a second list of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from dockwright.catalog.parameters.axes import ARCH
from dockwright.config.consumers import consumers
from dockwright.config.matrix import Variant, cells
from dockwright.config.resolve import resolve
from dockwright.config.setting import Setting
from dockwright.errors import DockwrightError
from dockwright.model.param import Origin, Params, Source
from dockwright.model.values import Arch, Device, Framework, Target
from dockwright.planning.build import plan_image

_ORIGIN = Origin(source=Source.FLAG, where="matrix")


def params_of(cell: Variant, *, check: bool = True) -> Params:
    """The parameters of one cell when a person says nothing else."""
    said = (Setting(name=name, text=text, origin=_ORIGIN) for name, text in cell.settings().items())
    return resolve(said, check=check)


@cache
def works_for(name: str) -> tuple[str, ...]:
    """The frameworks and targets whose plans read a parameter, for people: `vllm --target dev`."""
    return _in_words([cell for cell, read in _readers() if name in read])


@cache
def _readers() -> tuple[tuple[Variant, frozenset[str]], ...]:
    """Every cell with the parameters that its plan reads; the architecture makes no difference."""
    found = []
    for cell in cells():
        if cell.arch is not Arch.AMD64:
            continue
        params = params_of(cell, check=False)
        try:
            ledger = plan_image(params, params[ARCH]).ledger
        except DockwrightError:
            continue
        found.append((cell, frozenset(consumers(params, ledger))))
    return tuple(found)


def _in_words(reading: Iterable[Variant]) -> tuple[str, ...]:
    by_group: dict[tuple[Framework, Device], set[Target]] = {}
    for cell in reading:
        by_group.setdefault((cell.framework, cell.device), set()).add(cell.target)
    everything: dict[tuple[Framework, Device], set[Target]] = {}
    for cell, _ in _readers():
        everything.setdefault((cell.framework, cell.device), set()).add(cell.target)
    devices = {
        framework: sum(1 for known, _ in everything if known is framework)
        for framework in Framework
    }
    words = []
    for (framework, device), targets in by_group.items():
        word = f"--framework {framework}"
        if devices[framework] > 1:
            word += f" --device {device}"
        if targets != everything[framework, device]:
            word += f" --target {'|'.join(t for t in Target if t in targets)}"
        words.append(word)
    return tuple(words)
