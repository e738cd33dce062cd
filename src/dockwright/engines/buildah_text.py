"""What buildah says of a step: the text of its instruction, and the errors that repeat it."""

from __future__ import annotations

import contextlib
import json
import re

_ERROR_COMMIT = re.compile(r" Original:(?P<text>.*)\}: (?P<reason>.+)$", re.DOTALL)
ERROR_END = re.compile(r'": (?:while running runtime: )?exit status (?P<code>\d+)$')
"""The end of an error about a script: its exit code."""

_PRELUDE = re.compile(r"^(?:set\s|shopt\s|umask\s|export\s|trap\s|echo ::|printf ::|[{(]$|#!|$)")
_TITLE = re.compile(r"# (\S[^\n]*)")
_TITLE_INSIDE = re.compile(r" # (\S[^\n]*)\n")
_NAME_LENGTH = 60


def step_name(text: str) -> str:
    r"""A short name of a step: the `# title` of its script, else the first words of use.

    >>> step_name('RUN ["/bin/bash","-c","# build ucx\\nset -e\\nmake"]')
    'build ucx'
    >>> step_name("COPY --from=ucx /opt/ucx /opt/ucx")
    'COPY --from=ucx /opt/ucx /opt/ucx'
    """
    name = text
    if text.startswith("RUN"):
        name = _title(text) or text
    name = " ".join(name.split())
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…"


def _words(text: str) -> list[str]:
    """What a RUN executes, without its flags: the argv of the JSON form, else the whole line."""
    rest = text[len("RUN") :].lstrip()
    while rest.startswith("--"):
        rest = rest.partition(" ")[2].lstrip()
    if rest.startswith("["):
        with contextlib.suppress(ValueError):
            argv = json.loads(rest)
            if isinstance(argv, list):
                return [str(word) for word in argv]
    return [rest]


def _title(text: str) -> str:
    """The `# title` that begins the script of a RUN, else its first line that does something."""
    words = _words(text)
    for word in words:
        # An error repeats the argv joined by blanks, so the script may begin inside the word.
        if match := _TITLE.match(word) or (_TITLE_INSIDE.search(word) if len(words) == 1 else None):
            return match[1].strip()
    lines = (line.strip() for word in reversed(words) for line in word.splitlines())
    return next((f"RUN {line}" for line in lines if not _PRELUDE.match(line)), "")


def reason_of(error: str) -> tuple[str, str, int]:
    """The step, why it failed, and its exit code, without repeating its whole script."""
    step = error.removeprefix('Error: building at STEP "')
    if match := ERROR_END.search(step):
        return step[: match.start()], f"exit status {match['code']}", int(match["code"])
    if match := _ERROR_COMMIT.search(error):
        return match["text"], match["reason"], 1
    # Only a script may contain something that looks like the end of the quoted step.
    text, _, reason = step.rpartition('": ') if step.startswith("RUN") else step.partition('": ')
    return text, reason or error, 1


def plain(text: str) -> str:
    """A step's text without quoting: it begins as JSON and fails as plain words."""
    if text.startswith("RUN"):
        text = " ".join(_words(text))
    return "".join(text.split())
