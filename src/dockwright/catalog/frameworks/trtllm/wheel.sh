# shellcheck shell=bash
# TensorRT-LLM's wheel into the venv VENV, together with TRITON (the wheel lists it for x86_64 only).
# FOLDER: a directory with the wheel, at its top or below; empty to take REQUIREMENT (a URL or a requirement
# that INDEX answers). Needs: network, uv. PYTHON_TAG, MACHINE: what the wheel must fit.
# TORCH_INDEX: builds of torch. OWNER: "uid:gid" of what is new.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
options=(--python "$VENV/bin/python" --link-mode copy --index-strategy unsafe-best-match
    --extra-index-url "$TORCH_INDEX")
[[ -z $INDEX ]] || options+=(--extra-index-url "$INDEX")
wheel=$REQUIREMENT
if [[ -n $FOLDER ]]; then
    mapfile -t found < <(find "$FOLDER" -maxdepth 2 -name 'tensorrt_llm-*.whl' \
        \( -name "*-$PYTHON_TAG-*" -o -name '*-py3-*' \) \( -name "*_$MACHINE.whl" -o -name '*-any.whl' \))
    if [[ ${#found[@]} -ne 1 ]]; then
        printf 'error: one wheel of tensorrt_llm for %s on %s was expected, there are %s: %s\n' \
            "$PYTHON_TAG" "$MACHINE" "${#found[@]}" "${found[*]:-none}" >&2
        exit 1
    fi
    wheel=${found[0]}
fi
uv pip install "${options[@]}" "$wheel" "$TRITON"
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
