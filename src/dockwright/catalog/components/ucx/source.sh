# shellcheck shell=bash
# UCX from its sources in TREE: autotools. FLAGS: the options of configure (words). PREFIX.
set -euo pipefail

cd "$TREE"
./autogen.sh
mkdir -p build-release
cd build-release
# Upstream's wrapper of configure: no logging, assertions and parameter checks.
# FLAGS is a word list, made by the planner.
# shellcheck disable=SC2086
../contrib/configure-release --prefix="$PREFIX" $FLAGS
make -j "$JOBS"
make install-strip
find "$PREFIX/lib" -name '*.la' -delete
install -D -m 0644 --target-directory "$PREFIX/share/doc/ucx" ../LICENSE
