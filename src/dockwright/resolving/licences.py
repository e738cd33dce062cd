"""Licences that only servers know: an image's label, the metadata of a Python package."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from dockwright.engines.registry_names import parse
from dockwright.engines.wheels import Where
from dockwright.errors import DockwrightError
from dockwright.planning.origins import Origin
from dockwright.resolving.tools import Tools, at_once

_LICENCE = re.compile(r"^License-Expression: (.+)$", re.MULTILINE)
_OLD = re.compile(r"^License: (.{1,80})$", re.MULTILINE)
_CLASSIFIER = re.compile(r"^Classifier: License :: (?:OSI Approved :: )?(.+)$", re.MULTILINE)


def asked(rows: Sequence[Origin], tools: Tools, where: Where) -> tuple[Origin, ...]:
    """The rows with the licences that servers say; what cannot be asked stays empty."""

    def one(row: Origin) -> Origin:
        try:
            return replace(row, licence=row.licence or _licence(row, tools, where))
        except DockwrightError as error:
            tools.log(f"{row.name}: {error.message}")
            return row
        finally:
            tools.done()

    return tuple(at_once(one, rows))


def _licence(row: Origin, tools: Tools, where: Where) -> str:
    if row.kind == "image":
        ref, _, platform = row.name.rpartition(" ")
        labels = tools.registry.labels(parse(ref), platform)
        return labels.get("org.opencontainers.image.licenses", "")
    if row.kind == "python" and row.origin == "package index":
        return licence_in(tools.indexes.metadata(row.name, where))
    return ""


def licence_in(metadata: str) -> str:
    """The licence of a package's core metadata: the expression, else what older ones have."""
    head = metadata.partition("\n\n")[0]
    for pattern in (_LICENCE, _CLASSIFIER, _OLD):
        if found := pattern.findall(head):
            return " OR ".join(dict.fromkeys(text.strip() for text in found))
    return ""
