# shellcheck shell=bash
# The wheel of the project TREE by its own build backend, without network and isolation: TOOLS holds the
# locked backend. An extension's compiler is CXX of the toolchain. FOLDER: where the wheel goes.
set -euo pipefail

export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
mkdir -p "$FOLDER"
uv build --wheel --no-build-isolation --python "$TOOLS/bin/python" --out-dir "$FOLDER" "$TREE"
rm -f "$FOLDER/.gitignore"
