# shellcheck shell=bash
# Runs the declared checks of the file CHECKS, prints one line for each, and writes REPORT.
python3 "$VERIFIER/inside.py" "$CHECKS"
