# shellcheck shell=bash
# A wheel by its own build backend, without network and isolation: TOOLS holds the locked backend.
# TREE: the project. FOLDER: where the wheel goes. WHEEL: the pattern of the one wheel that must come out.
set -euo pipefail

export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
mkdir -p "$FOLDER"
uv build --wheel --no-build-isolation --python "$TOOLS/bin/python" --out-dir "$FOLDER" "$TREE"
rm -f "$FOLDER/.gitignore"
