# shellcheck shell=bash
# The wheel of TREE by setuptools, with one C++ extension: no CUDA, no torch. The compiler is CXX of the
# toolchain. FOLDER: where the wheel goes. TOOLS: the locked build tools.
set -euo pipefail

export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
mkdir -p "$FOLDER"
uv build --wheel --no-build-isolation --python "$TOOLS/bin/python" --out-dir "$FOLDER" "$TREE"
rm -f "$FOLDER/.gitignore"
