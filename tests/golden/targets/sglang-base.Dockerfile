# sglang-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.06-cuda12.9-devel-ubuntu24.04 AS base
# … as in vllm-base.Dockerfile

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
      io.dockwright.framework="sglang" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework sglang, for cuda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-sglang"

# verify: every declared check, inside the image, without network
FROM dynamo_base AS verify
# … as in none-base.Dockerfile

# evidence: the report of the checks
FROM scratch AS evidence
# … as in none-base.Dockerfile
