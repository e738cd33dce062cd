# shellcheck shell=bash
# Wheels of the Python index as files in FOLDER, checked against the hashes of REQUIREMENTS.
# Needs: network, python3-pip-whl. PYTHON_TAG: of the interpreter they are for (312); PLATFORM: the
# newest manylinux tag that the image can load.
set -euo pipefail

# Debian's pip wheel runs without being installed; see wheel-programs.sh.
export PIP_INDEX_URL=${PIP_INDEX_URL:-${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}}
[[ -n $PIP_INDEX_URL ]] || unset PIP_INDEX_URL
pip=(/usr/share/python-wheels/pip-*.whl)
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
mkdir -p "$FOLDER"
python3 "${pip[0]}/pip" --quiet --disable-pip-version-check download --no-cache-dir --no-deps \
    --only-binary :all: --python-version "$PYTHON_TAG" --platform "$PLATFORM" --require-hashes \
    --dest "$FOLDER" --requirement "$lock"
rm -f "$lock"
