# shellcheck shell=bash
# /usr/bin/python3 is PYTHON, as the rest of the build expects.
[[ -x $PYTHON ]]
if [[ ! -e /usr/bin/python3 ]]; then
    ln -s "$PYTHON" /usr/bin/python3
fi
"$PYTHON" -c 'import sys; print(sys.version)'
