# shellcheck shell=bash
# gdrcopy's library and header. Its test programs and its kernel driver (dkms) stay out: the driver is
# the host's, and a container could not load it.
# Needs: CUDA (the toolkit's headers), the sources in the working directory. PREFIX.
set -euo pipefail

make -j "$JOBS" CUDA="$CUDA" prefix="$PREFIX" libdir="$PREFIX/lib" config lib
make CUDA="$CUDA" prefix="$PREFIX" libdir="$PREFIX/lib" lib_install
