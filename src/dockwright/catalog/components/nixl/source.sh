# shellcheck shell=bash
# NIXL's library and plugins from its sources in ./tree: Meson. OPTIONS: Meson's options (words). PREFIX,
# LIBDIR (below it). PLUGINS (words): those that must be there afterwards. PACKAGE: the wheel's name,
# which is also that of its Python module. META: where the meta wheel "nixl" goes, which Meson makes.
# TOOLS: the locked build tools. LIBRARIES: where the linker finds what plugins link. ./packagecache: the
# archives that Meson would download.
set -euo pipefail

export PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
export LD_LIBRARY_PATH="$LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# The meta wheel's build has no network either: it uses the tools that are here.
export UV_OFFLINE=1 UV_NO_BUILD_ISOLATION=1 UV_PYTHON_DOWNLOADS=never UV_PYTHON="$TOOLS/bin/python"
mkdir -p tree/subprojects/packagecache
cp packagecache/* tree/subprojects/packagecache/
cd tree
python contrib/tomlutil.py --wheel-name "$PACKAGE" pyproject.toml
# OPTIONS is a word list, made by the planner.
# shellcheck disable=SC2086
meson setup build --prefix="$PREFIX" --libdir="$LIBDIR" --buildtype=release $OPTIONS
ninja -C build -j "$JOBS"
ninja -C build install

for plugin in $PLUGINS; do
    [[ -f $PREFIX/$LIBDIR/plugins/libplugin_$plugin.so ]] || {
        printf 'error: nixl: Meson left out the plugin %s: see "plugin" in its output above\n' "$plugin" >&2
        exit 1
    }
done
mkdir -p "$META"
cp build/src/bindings/python/nixl-meta/nixl-*.whl "$META/"
install -D -m 0644 --target-directory "$PREFIX/share/doc/nixl" LICENSE
