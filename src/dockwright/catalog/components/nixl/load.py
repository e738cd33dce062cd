"""Runs inside images without torch: loads native modules of wheels, such as nixl_cu12._bindings.

The packages around them begin with `import torch`, which an engine brings. The modules are loaded
in one process and in the order of the arguments: KVBM's finds the NIXL that is already there.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from pathlib import Path


def load(name: str) -> str:
    """Load the extension `package.module`; the path of its file."""
    package, _, module = name.partition(".")
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"no package {package}")
    folder = Path(found.submodule_search_locations[0])
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        path = folder / f"{module}{suffix}"
        if path.exists():
            loader = importlib.machinery.ExtensionFileLoader(name, str(path))
            spec = importlib.machinery.ModuleSpec(name, loader, origin=str(path))
            loader.exec_module(importlib.util.module_from_spec(spec))
            return str(path)
    raise SystemExit(f"no extension module {module} in {folder}")


def main() -> None:
    """Load what the arguments name."""
    for name in sys.argv[1:]:
        print(f"loaded {name} from {load(name)}")  # noqa: T201


if __name__ == "__main__":
    main()
