# shellcheck shell=bash
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"
