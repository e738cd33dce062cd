# shellcheck shell=bash
# Every interactive shell prints the file BANNER; with ACTIVATE (a venv) it also activates that.
set -euo pipefail

chmod 0755 "$BANNER"
{
    printf '\n# Not in scripts: only a person reads it.\n'
    # shellcheck disable=SC2016 # the shell that reads it expands it
    printf 'if [[ $- == *i* ]]; then cat %s; fi\n' "$BANNER"
    if [[ -n $ACTIVATE ]]; then
        printf 'source %s/bin/activate\n' "$ACTIVATE"
    fi
} >>/etc/bash.bashrc
