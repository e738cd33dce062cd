# shellcheck shell=bash
# compile_since MARKER PYTHON PREFIX: the bytecode of what came below PREFIX since the file MARKER was written.
# Of nothing else: uv's own option makes that of a whole environment anew, a second copy of it in this layer.
# See wheel.sh about the kind of bytecode.
compile_since() {
    find "$3" -newercm "$1" -name '*.py' >"$1.modules"
    MODULES=$1.modules "$2" - <<'PROGRAM'
import multiprocessing, os, py_compile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

def compiled(module):
    try:
        mode = py_compile.PycInvalidationMode.CHECKED_HASH
        py_compile.compile(module, doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        return False  # packages bring templates and code for other versions of Python along
    return True

modules = Path(os.environ["MODULES"]).read_text().splitlines()
fork = multiprocessing.get_context("fork")  # others cannot import a program without a file
with ProcessPoolExecutor(len(os.sched_getaffinity(0)), fork) as pool:
    done = list(pool.map(compiled, modules, chunksize=16))
print(f"bytecode of {sum(done)} modules; {done.count(False)} are no Python of this version")
PROGRAM
    rm "$1.modules"
}
