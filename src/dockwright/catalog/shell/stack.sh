# shellcheck shell=bash
# Installs our own wheels on top of a Python stack without touching what that stack has resolved.
# Needs: network, uv, bytecode.sh. PYTHON: the interpreter of the venv, or of the system (SYSTEM=1).
# WHEELS: directories (words) whose wheels are all installed. REQUIREMENTS: further requirements (lines);
# one whose package is there already is taken to be met. RAISED: requirements (lines) that win over what is
# there. EXTRA_INDEX: one more index (may be empty). NEVER: packages (words) that are not installed, whoever
# asks for them. OWNER: "uid:gid" of what is new, below PREFIX.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_GIT_LFS=1 UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
options=(--python "$PYTHON" --link-mode copy)
[[ ${SYSTEM:-} != 1 ]] || options+=(--system --break-system-packages)
if [[ -n ${EXTRA_INDEX:-} ]]; then
    options+=(--extra-index-url "$(mirrored "$EXTRA_INDEX")" --index-strategy unsafe-best-match)
fi

scratch=$(mktemp -d)
uv pip freeze --quiet --python "$PYTHON" >"$scratch/installed"
"$PYTHON" - "$scratch" <<'PROGRAM'
import os
import re
import sys
from pathlib import Path

folder = Path(sys.argv[1])
OURS = {"ai-dynamo", "ai-dynamo-runtime", "gpu-memory-service", "kvbm", "nixl"}


def name(line):
    """The normalised name that a requirement begins with."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]*", line).group()).lower()


def lines(variable):
    return [line for line in os.environ[variable].splitlines() if line]


installed = [line for line in (folder / "installed").read_text().splitlines() if "==" in line]
raised = lines("RAISED")
free = OURS | {name(line) for line in raised}
# What is installed stays as it is: the upstream solve is a constraint, not a suggestion. Our own
# packages may have come along with it, in another build.
kept = [line for line in installed if name(line) not in free and not name(line).startswith("nixl-")]
there = {name(line) for line in kept}
wanted = [line for line in lines("REQUIREMENTS") if name(line) not in there] + raised
# By path only: a name could be answered by an index with another build of the same version.
for directory in os.environ["WHEELS"].split():
    wheels = sorted(Path(directory).glob("*.whl"))
    if not wheels:
        sys.exit(f"error: no wheel in {directory}")
    wanted += [f"{wheel}" for wheel in wheels]
# An override whose marker is never true: uv's way to leave a requirement out.
never = [f'{package} ; sys_platform == "never"' for package in os.environ["NEVER"].split()]
for file, found in (("constraints", kept), ("wanted", wanted), ("never", never)):
    (folder / file).write_text("".join(f"{line}\n" for line in found))
PROGRAM
uv pip install "${options[@]}" --constraint "$scratch/constraints" --override "$scratch/never" \
    --requirement "$scratch/wanted"
compile_since "$scratch/wanted" "$PYTHON" "$PREFIX"
rm -rf "$scratch"

# Only what this step has made: owners of a whole stack would be a second copy of it.
find "$PREFIX" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$PREFIX" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
