#!/usr/bin/env bash
# The original container/build.sh, by its flags: hands every word over to `dockwright`.
#
# It looks for the installed command, then for the environment of the checkout that it lies in, then
# for a Python that can run that checkout. What is different from the original: docs/migration.md
set -euo pipefail

self=$(readlink -f -- "${BASH_SOURCE[0]}")
checkout=$(dirname -- "$(dirname -- "$self")")

if command -v dockwright >/dev/null; then
  exec dockwright compat-build "$@"
fi
if [[ -x $checkout/.venv/bin/dockwright ]]; then
  exec "$checkout/.venv/bin/dockwright" compat-build "$@"
fi
if [[ -d $checkout/src/dockwright ]]; then
  export PYTHONPATH=$checkout/src${PYTHONPATH:+:$PYTHONPATH}
fi
for python in python3 python; do
  if "$python" -c 'import dockwright, click, msgspec' 2>/dev/null; then
    exec "$python" -m dockwright compat-build "$@"
  fi
done

printf 'error: dockwright is not installed\n\nhint: run %s, or install the package\n' \
  "$checkout/scripts/setup" >&2
exit 1
