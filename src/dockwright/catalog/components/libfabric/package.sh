# shellcheck shell=bash
# libfabric from the distribution's packages, laid out below one prefix like a build from source.
# Needs: network, apt. PREFIX (/usr/local/libfabric). VERSION: the exact version of the three packages,
# or empty for the newest in the archive.
set -euo pipefail

scratch=$(mktemp -d)
cd "$scratch"
apt-get update -qq
apt-get -o APT::Sandbox::User=root download -qq "libfabric1${VERSION:+=$VERSION}" \
    "libfabric-bin${VERSION:+=$VERSION}" "libfabric-dev${VERSION:+=$VERSION}"
for package in ./*.deb; do dpkg -x "$package" root; done

libraries=(root/usr/lib/*-linux-gnu)
multiarch=${libraries[0]##*/}
mkdir -p "$PREFIX/bin"
cp -a root/usr/bin/fi_info root/usr/bin/fi_strerror root/usr/bin/fi_pingpong "$PREFIX/bin/"
cp -a root/usr/include "$PREFIX/include"
cp -a "root/usr/lib/$multiarch" "$PREFIX/lib"
# A source build is made with shared libraries only, too.
find "$PREFIX/lib" \( -name '*.a' -o -name '*.la' \) -delete

install -D -m 0644 --target-directory "$PREFIX/share/doc/libfabric" root/usr/share/doc/libfabric1/copyright

# Whoever builds against libfabric must find this prefix, not the /usr that Debian wrote down.
sed -i -e "s|^prefix *= */usr\$|prefix=$PREFIX|" -e "s|/lib/$multiarch|/lib|g" \
    "$PREFIX/lib/pkgconfig/libfabric.pc"
if grep -n -e "$multiarch" -e '= */usr$' "$PREFIX/lib/pkgconfig/libfabric.pc"; then
    printf 'error: libfabric: these lines still point to the system prefix\n' >&2
    exit 1
fi
cd /
rm -rf "$scratch"
