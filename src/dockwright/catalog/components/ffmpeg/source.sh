# shellcheck shell=bash
# FFmpeg's shared libraries: its own configure script, not autotools. FLAGS: its options (words). PREFIX.
# ARCHIVES: what the sources came in, kept in SOURCES because the licence wants it. TREE: the unpacked
# sources, or empty: then the one archive is unpacked here. DECODE: the program of the check.
# Without assembler (--disable-x86asm) decoding is slower and needs no nasm.
set -euo pipefail

if [[ -z $TREE ]]; then
    TREE=$PWD/tree
    mkdir "$TREE"
    tar -xf "$ARCHIVES"/*.tar.xz --strip-components 1 -C "$TREE"
fi
cd "$TREE"
# It ignores CC and CXX. FLAGS is a word list, made by the planner.
# shellcheck disable=SC2086
./configure --prefix="$PREFIX" --cc="${CC:-gcc}" --cxx="${CXX:-g++}" $FLAGS
make -j "$JOBS"
make install

mkdir -p "$SOURCES" "$PREFIX/share/dockwright"
cp -a "$ARCHIVES"/. "$SOURCES/"
printf '%s\n' "--prefix=$PREFIX $FLAGS" >"$SOURCES/configure-flags"
cp COPYING.LGPLv2.1 "$SOURCES/"
printf '%s' "$DECODE" >"$PREFIX/share/dockwright/decode.py"
# Examples are no part of the contract.
rm -rf "$PREFIX/share/ffmpeg"
