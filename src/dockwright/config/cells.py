"""The cell of a set of values, and the defaults that belong to it."""

from __future__ import annotations

from typing import Any

from dockwright.catalog.parameters.axes import ARCH, CUDA_VERSION, DEVICE, FRAMEWORK
from dockwright.model.param import Cell, Default, Param, Params


def cell_of(params: Params) -> Cell:
    """As far as tables of defaults may depend on it, valid or not."""
    return Cell(
        framework=params[FRAMEWORK],
        device=params[DEVICE],
        cuda=params[CUDA_VERSION],
        arch=params[ARCH],
    )


def default_of(params: Params, param: Param[Any]) -> Any:
    """What the value would be if nobody had set it."""
    if isinstance(param.default, Default):
        return param.default(cell_of(params))
    return param.default(params)
