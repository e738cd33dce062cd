# vllm-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.06-cuda12.9-devel-ubuntu24.04 AS base
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
# … as in none-base.Dockerfile

# nats: NATS message server (wheel)
FROM base AS nats
# … as in none-base.Dockerfile

# rust: Rust compiler and cargo (rustup)
FROM base AS rust
# … as in none-base.Dockerfile

# uv: Python package installer (wheel)
FROM base AS uv
# … as in none-base.Dockerfile

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
      io.dockwright.framework="vllm" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework vllm, for cuda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-vllm"

# verify: every declared check, inside the image, without network
FROM dynamo_base AS verify
# … as in none-base.Dockerfile

# evidence: the report of the checks
FROM scratch AS evidence
# … as in none-base.Dockerfile
