# shellcheck shell=bash
# libfabric from its sources in TREE: autotools. FLAGS: the options of configure (words). PREFIX.
set -euo pipefail

cd "$TREE"
# A release's tarball brings configure, a git tree does not.
[[ -x configure ]] || ./autogen.sh
# FLAGS is a word list, made by the planner.
# shellcheck disable=SC2086
./configure --prefix="$PREFIX" $FLAGS
make -j "$JOBS"
make install-strip
find "$PREFIX/lib" -name '*.la' -delete
install -D -m 0644 --target-directory "$PREFIX/share/doc/libfabric" COPYING
