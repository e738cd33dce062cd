# shellcheck shell=bash
# The distribution's source package PACKAGE, checked by apt against the signed index and unpacked with
# the distribution's patches: TREE holds the sources, ARCHIVES what they were unpacked from.
# Needs: network, apt, dpkg-dev. VERSION: the exact source version, or empty for the newest in the index.
# COMPONENT: whom an error names; OTHERS: its other providers (words).
set -euo pipefail

mkdir -p "$ARCHIVES"
cd "$ARCHIVES"
# The sources of the same places that the packages come from.
find /etc/apt -name '*.sources' -exec sed -i 's/^Types:.*/Types: deb deb-src/' {} +
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ ! -f $list ]] || sed -n 's/^deb /deb-src /p' "$list"
done >/etc/apt/sources.list.d/dockwright-src.list
apt-get -o Acquire::Retries=3 update -qq

# apt-cache fails for a package that no index lists.
versions=$({ apt-cache showsrc "$PACKAGE" 2>/dev/null || true; } |
    awk -v package="$PACKAGE" '$1 == "Package:" { mine = $2 == package } $1 == "Version:" && mine { print $2 }' |
    sort -u | sort -rV)
elsewhere="hint: use another provider ($OTHERS), or a base image whose archive has it"
if [[ -z $versions ]]; then
    printf 'error: %s: the archive has no source package %s\n%s\n' "$COMPONENT" "$PACKAGE" "$elsewhere" >&2
    exit 1
fi
if [[ -n $VERSION ]]; then
    grep -qxF -- "$VERSION" <<<"$versions" || {
        printf 'error: %s: the archive has no source package %s %s; it has: %s\n' "$COMPONENT" \
            "$PACKAGE" "$VERSION" "${versions//$'\n'/, }" >&2
        printf 'hint: name one of these, or none for the newest\n' >&2
        exit 1
    }
    versions=$VERSION
fi
tried=()
for version in $versions; do
    if apt-get -o Acquire::Retries=3 -o APT::Sandbox::User=root source --only-source --download-only -qq \
        "$PACKAGE=$version"; then
        dpkg-source --no-check --extract ./*.dsc "$TREE" >/dev/null
        printf '%s %s, with the patches of the distribution\n' "$PACKAGE" "$version" | tee SOURCE
        exit 0
    fi
    tried+=("$version")
    # Not every archive keeps every file that its index lists; apt has said above which was not there.
    if tarball=$(find . -maxdepth 1 -name '*.orig.tar.*' ! -name '*.asc' | head -n 1) && [[ -n $tarball ]]; then
        # Upstream's tarball was there and fits the index, only the distribution's part is not.
        mkdir -p "$TREE"
        tar -xf "$tarball" --strip-components 1 -C "$TREE"
        printf 'warning: %s %s: upstream'"'"'s tarball only; the archive does not serve the patches of the distribution\n' \
            "$PACKAGE" "$version" | tee SOURCE >&2
        exit 0
    fi
    printf 'warning: %s: the archive lists the source package %s %s and does not serve it\n' \
        "$COMPONENT" "$PACKAGE" "$version" >&2
    rm -rf ./*
done
printf 'error: %s: no source package %s can be had; tried: %s\n%s\n' "$COMPONENT" "$PACKAGE" \
    "${tried[*]}" "$elsewhere" >&2
exit 1
