# shellcheck shell=bash
# UCX from the distribution's packages, laid out below one prefix like a build from source.
# Needs: network, apt. PREFIX (/usr/local/ucx). VERSION: the exact version of the three packages, or
# empty for the newest in the archive.
# The modules need no UCX_MODULE_DIR: UCX looks for them in ucx/ beside the libucs it has loaded.
set -euo pipefail

scratch=$(mktemp -d)
cd "$scratch"
apt-get update -qq
apt-get -o APT::Sandbox::User=root download -qq \
    "libucx0${VERSION:+=$VERSION}" "ucx-utils${VERSION:+=$VERSION}" "libucx-dev${VERSION:+=$VERSION}"
for package in ./*.deb; do dpkg -x "$package" root; done

libraries=(root/usr/lib/*-linux-gnu)
multiarch=${libraries[0]##*/}
mkdir -p "$PREFIX/bin"
# ucx_perftest stays out: it needs OpenMP, and on trixie MPI.
cp -a root/usr/bin/ucx_info root/usr/bin/ucx_read_profile "$PREFIX/bin/"
cp -a root/usr/include "$PREFIX/include"
cp -a "root/usr/lib/$multiarch" "$PREFIX/lib"
# A source build has no static libraries either (--disable-static). trixie's modules for ROCm, FUSE and
# perftest would pull hundreds of MB of libraries that no CPU or CUDA image uses.
find "$PREFIX/lib" \( -name '*.a' -o -name '*_rocm.so*' -o -name '*_fuse.so*' -o -name '*_perftest_*.so*' \) \
    -delete

install -D -m 0644 --target-directory "$PREFIX/share/doc/ucx" root/usr/share/doc/libucx0/copyright

# Whoever builds against UCX must find this prefix, not the /usr that Debian wrote down.
find "$PREFIX/lib" \( -name '*.pc' -o -name '*.cmake' \) -exec sed -i \
    -e "s|^prefix *= */usr\$|prefix = $PREFIX|" -e "s|set(prefix \"/usr\")|set(prefix \"$PREFIX\")|" \
    -e "s|/lib/$multiarch|/lib|g" {} +
if grep -rn -e "$multiarch" -e '"/usr"' -e '= */usr$' "$PREFIX/lib/pkgconfig" "$PREFIX/lib/cmake"; then
    printf 'error: UCX: these lines still point to the system prefix\n' >&2
    exit 1
fi
cd /
rm -rf "$scratch"
