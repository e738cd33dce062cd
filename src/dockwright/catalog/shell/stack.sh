# shellcheck shell=bash
# Installs our own wheels on top of a Python stack without touching what that stack has resolved.
# Needs: network, uv. PYTHON: the interpreter of the venv, or of the system (SYSTEM=1).
# WHEELS: directories (words) whose wheels are all installed. REQUIREMENTS: further requirements (lines).
# EXTRA_INDEX: one more index (may be empty). NEVER: packages (words) that are not installed, whoever
# asks for them. OWNER: "uid:gid" of what is new, below PREFIX.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_GIT_LFS=1 UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
options=(--python "$PYTHON")
[[ ${SYSTEM:-} != 1 ]] || options+=(--system --break-system-packages)

# What is installed stays as it is: the upstream solve is a constraint, not a suggestion. Our own
# packages may have come along with it, in another build.
installed=$(mktemp)
wanted=$(mktemp)
never=$(mktemp)
uv pip freeze --quiet --python "$PYTHON" >"$wanted"
sed -nE '/^(ai[-_]dynamo|nixl|kvbm|gpu[-_]memory[-_]service)/d; /^[A-Za-z0-9._-]+==/p' "$wanted" >"$installed"
printf '%s\n' "$REQUIREMENTS" >"$wanted"

# By path only: a name could be answered by an index with another build of the same version.
for directory in $WHEELS; do
    found=("$directory"/*.whl)
    if [[ ! -e ${found[0]} ]]; then
        printf 'error: no wheel in %s\n' "$directory" >&2
        exit 1
    fi
    printf '%s\n' "${found[@]}" >>"$wanted"
done
options+=(--link-mode copy --compile-bytecode)
for package in ${NEVER:-}; do
    # An override whose marker is never true: uv's way to leave a requirement out.
    printf '%s ; sys_platform == "never"\n' "$package" >>"$never"
done
if [[ -n ${EXTRA_INDEX:-} ]]; then
    options+=(--extra-index-url "$EXTRA_INDEX" --index-strategy unsafe-best-match)
fi
PYC_INVALIDATION_MODE=CHECKED_HASH uv pip install "${options[@]}" \
    --constraint "$installed" --override "$never" --requirement "$wanted"
rm -f "$installed" "$wanted" "$never"

# Only what this step has made: owners of a whole stack would be a second copy of it.
find "$PREFIX" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$PREFIX" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
