# shellcheck shell=bash
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
