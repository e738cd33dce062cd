#!/usr/bin/env bash
# The original container/build.sh, by its flags: hands every word over to `dockwright`. Called as run.sh
# (a link to this file) it is the original's run helper, as use-sccache.sh its compiler cache's.
#
# It looks for the installed command, then for the environment of the checkout that it lies in, then
# for a Python that can run that checkout. What is different from the original: docs/migration.md
set -euo pipefail

self=$(readlink -f -- "${BASH_SOURCE[0]}")
checkout=$(dirname -- "$(dirname -- "$self")")
case ${BASH_SOURCE[0]##*/} in
  run.sh) command=run ;;
  use-sccache.sh) command=compat-sccache ;;
  *) command=compat-build ;;
esac

if command -v dockwright >/dev/null; then
  exec dockwright "$command" "$@"
fi
if [[ -x $checkout/.venv/bin/dockwright ]]; then
  exec "$checkout/.venv/bin/dockwright" "$command" "$@"
fi
if [[ -d $checkout/src/dockwright ]]; then
  export PYTHONPATH=$checkout/src${PYTHONPATH:+:$PYTHONPATH}
fi
for python in python3 python; do
  if "$python" -c 'import dockwright, click, msgspec' 2>/dev/null; then
    exec "$python" -m dockwright "$command" "$@"
  fi
done

printf 'error: dockwright is not installed\n\nhint: run %s, or install the package\n' \
  "$checkout/scripts/setup" >&2
exit 1
