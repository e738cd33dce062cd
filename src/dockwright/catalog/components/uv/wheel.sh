# shellcheck shell=bash
# uv and uvx from the Python index's wheel uv.
# Needs: network, python3, python3-pip-whl. PREFIX (empty, so /bin; a merged /usr makes it /usr/bin).
# REQUIREMENTS: one "name==version --hash=sha256:…" block.
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
python3 -m zipfile -e uv-*.whl root

install -D -m 0755 --target-directory "$PREFIX/bin" \
    root/uv-*.data/scripts/uv root/uv-*.data/scripts/uvx
"$PREFIX/bin/uv" --version
cd /
rm -rf "$scratch"
