# shellcheck shell=bash
# compile_since MARKER PYTHON PREFIX: the bytecode of what came below PREFIX since the file MARKER was written.
# Of nothing else: uv's own option makes that of a whole environment anew, a second copy of it in this layer.
# See wheel.sh about the kind of bytecode.
compile_since() {
    find "$3" -newercm "$1" -name '*.py' >"$1.modules"
    # Packages bring templates and code for other versions of Python along, which does not compile.
    if [[ -s $1.modules ]]; then
        "$2" -m compileall -qq -j 0 --invalidation-mode checked-hash -i "$1.modules" || true
    fi
    rm "$1.modules"
}
