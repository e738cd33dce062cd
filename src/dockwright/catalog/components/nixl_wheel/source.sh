# shellcheck shell=bash
# NIXL's wheel from its sources in ./tree: meson-python, with the options of the native build (OPTIONS,
# words), so that wheel and library have the same plugins. PACKAGE: its name, nixl-cu12. FOLDER: where it
# goes, together with the meta wheel of META. TOOLS: the locked build tools. LIBRARIES: see nixl.
set -euo pipefail

export PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
export LD_LIBRARY_PATH="$LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never
mkdir -p tree/subprojects/packagecache "$FOLDER"
cp packagecache/* tree/subprojects/packagecache/
cd tree
python contrib/tomlutil.py --wheel-name "$PACKAGE" pyproject.toml
settings=(-Csetup-args=--buildtype=release -Ccompile-args="-j$JOBS")
for option in $OPTIONS; do settings+=(-Csetup-args="$option"); done
uv build --wheel --no-build-isolation --python "$TOOLS/bin/python" --out-dir "$FOLDER" "${settings[@]}"
cp "$META"/nixl-*.whl "$FOLDER/"
rm -f "$FOLDER/.gitignore"
