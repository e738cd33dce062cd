"""A stand-in for TensorRT-LLM's repository: the same make targets, done in a second.

Its targets use their variables as the real ones do, but build with buildah, `FROM scratch`, and
the wheel holds only what the targets were told.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

MAKEFILE = """\
IMAGE_TAG ?= latest
STORE := ../store
VERSION = $(shell sed -n 's/__version__ = "\\(.*\\)"/\\1/p' ../tensorrt_llm/version.py)
WHEEL = tensorrt_llm-$(VERSION)-cp312-cp312-linux_$(shell uname -m).whl

tritondevel_build:
\tprintf 'tritondevel %s\\n' "$(IMAGE_TAG)" >../targets

wheel_build:
\tcat ../library/needed >/dev/null
\tmkdir -p context/build/lib
\tprintf 'wheel %s %s %s\\n' "$(DEVEL_IMAGE)" "$(BUILD_WHEEL_OPTS)" "$(IMAGE_TAG)" >>../targets
\tcp ../targets context/build/lib
\tenv >context/build/lib/environment
\techo content >"context/build/$(WHEEL)"
\tprintf 'FROM scratch\\nCOPY build /src/tensorrt_llm/build\\n' >context/Containerfile
\tif [ -e ../slow ]; then touch "$(HOME)/half-way"; sleep 60; fi
\tbuildah build --quiet --tag tensorrt_llm/wheel:$(IMAGE_TAG) --file context/Containerfile context
\tif [ -e ../broken ]; then echo 'nvcc: out of patience' >&2; exit 3; fi
"""

_AUTHOR = {
    f"GIT_{who}_{what}": f"{who}@tests.invalid"
    for who in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


class Upstream:
    """The repository and its submodule, below a folder that a git server serves."""

    def __init__(self, root: Path) -> None:
        self.root = root
        library, self.tree = root / "library.git", root / "trtllm.git"
        _git(root, "init", "--quiet", "--initial-branch=main", str(library))
        (library / "needed").write_text("a submodule's file\n")
        _commit(library)
        _git(root, "init", "--quiet", "--initial-branch=trunk", str(self.tree))
        self.commit({"docker/Makefile": MAKEFILE, "tensorrt_llm/version.py": VERSION})
        allowed = ("-c", "protocol.file.allow=always")
        _git(self.tree, *allowed, "submodule", "add", "--quiet", str(library), "library")
        # As the server's clients see it: beside the repository.
        words = ("config", "--file", ".gitmodules", "submodule.library.url", "../library.git")
        _git(self.tree, *words)
        self.first = self.commit({})

    def commit(self, files: dict[str, str]) -> str:
        """Write files, commit everything, and return the commit."""
        for name, text in files.items():
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return _commit(self.tree)


VERSION = '# generated\n__version__ = "1.3.0rc1"\n'


def _commit(tree: Path) -> str:
    _git(tree, "add", "--all")
    _git(tree, "commit", "--quiet", "--allow-empty", "--message", "a state")
    return _git(tree, "rev-parse", "HEAD")


def _git(tree: Path, *words: str) -> str:
    env = os.environ | _AUTHOR | {"GIT_CONFIG_GLOBAL": os.devnull}
    argv = ["git", "-C", str(tree), *words]
    return subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout.strip()
