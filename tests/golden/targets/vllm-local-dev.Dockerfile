# vllm-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.06-cuda12.9-devel-ubuntu24.04 AS base
# … as in vllm-base.Dockerfile

# sccache: compiler cache, for the steps that compile (wheel)
FROM base AS sccache
# … as in none-wheel_builder.Dockerfile

# toolchain: GCC 14 on glibc 2.28, with the CUDA toolkit of the base
FROM quay.io/pypa/manylinux_2_28_x86_64 AS toolchain
# … as in none-wheel_builder.Dockerfile

# aws_sdk_cpp: S3 client for NIXL's object store plugin (source)
FROM toolchain AS aws_sdk_cpp
# … as in vllm-wheel_builder.Dockerfile

# etcd: distributed key-value store (release)
FROM base AS etcd
# … as in none-base.Dockerfile

# ffmpeg: libraries that decode media (source)
FROM toolchain AS ffmpeg
# … as in vllm-wheel_builder.Dockerfile

# gdrcopy: GPU memory mapping for the CPU (source)
FROM toolchain AS gdrcopy
# … as in none-wheel_builder.Dockerfile

# nats: NATS message server (wheel)
FROM base AS nats
# … as in none-base.Dockerfile

# protoc: compiler of protocol buffers (release)
FROM base AS protoc
# … as in none-wheel_builder.Dockerfile

# rust: Rust compiler and cargo (rustup)
FROM base AS rust
# … as in none-base.Dockerfile

# uv: Python package installer (wheel)
FROM base AS uv
# … as in none-base.Dockerfile

# ai_dynamo: Dynamo's Python code (source)
FROM toolchain AS ai_dynamo
# … as in none-wheel_builder.Dockerfile

# gpu_memory_service: weights that outlive an engine's process (source)
FROM toolchain AS gpu_memory_service
# … as in vllm-wheel_builder.Dockerfile

# libfabric: OpenFabrics Interfaces (source)
FROM toolchain AS libfabric
# … as in none-wheel_builder.Dockerfile

# ucx: unified communication transports (source)
FROM toolchain AS ucx
# … as in none-wheel_builder.Dockerfile

# nixl: transfer library and its plugins (source)
FROM toolchain AS nixl
# … as in vllm-wheel_builder.Dockerfile

# dynamo_runtime: Dynamo's Rust core for Python (source)
FROM toolchain AS dynamo_runtime
# … as in vllm-wheel_builder.Dockerfile

# kvbm: KV block manager (source)
FROM toolchain AS kvbm
# … as in vllm-wheel_builder.Dockerfile

# nixl_wheel: Python bindings of NIXL (source)
FROM toolchain AS nixl_wheel
# … as in vllm-wheel_builder.Dockerfile

# framework: vLLM v0.14.1 and its kernels
FROM base AS framework
# … as in vllm-framework.Dockerfile

# cuda-jit: the part of the CUDA toolkit that compiles kernels at run time
FROM base AS cuda-jit
# … as in vllm-runtime.Dockerfile

# venv-rest: the small packages of the virtual environment, as one layer
FROM base AS venv-rest
# … as in vllm-runtime.Dockerfile

# workspace: trees of Dynamo's sources, writable for group 0
FROM base AS workspace
# … as in none-frontend.Dockerfile

# runtime: the image
FROM nvcr.io/nvidia/cuda:12.9.1-runtime-ubuntu24.04 AS runtime
# … as in vllm-runtime.Dockerfile

# workspace-dev: trees of Dynamo's sources, writable for group 0
FROM base AS workspace-dev
# … as in none-dev.Dockerfile

# dev: tools, tool chains and sources on the runtime
FROM runtime AS dev
# … as in vllm-dev.Dockerfile

# local-dev: dev, with the caller's user and group ids
FROM dev AS local-dev
# … as in none-local-dev.Dockerfile

# verify: every declared check, inside the image, without network
FROM local-dev AS verify
USER root
COPY 1a9f16f2194a5724/checks.json /dockwright/checks.json
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
# … as in none-base.Dockerfile
