"""Archives into trees: no path of an archive may leave its tree."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path

from dockwright.errors import EngineError


def unpack(file: Path, tree: Path, strip: int, url: str) -> None:
    """An archive without its first path levels; nothing of it may leave the tree."""
    try:
        if zipfile.is_zipfile(file):
            _unzip(file, tree, strip)
            return
        with tarfile.open(file) as archive:
            for member in archive:
                name = "/".join(member.name.removeprefix("./").split("/")[strip:])
                if not name:
                    continue
                link = member.linkname
                if member.islnk():
                    link = "/".join(link.removeprefix("./").split("/")[strip:])
                archive.extract(
                    member.replace(name=name, linkname=link, deep=False), tree, filter="data"
                )
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise EngineError(
            f"{url} cannot be unpacked: {error}", hint="is it an archive at all?"
        ) from error


def _unzip(file: Path, tree: Path, strip: int) -> None:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            name = "/".join(entry.filename.split("/")[strip:])
            if not name or entry.is_dir():
                continue
            target = tree / name
            if not target.resolve().is_relative_to(tree.resolve()):
                raise zipfile.BadZipFile(f"{entry.filename} is outside of the archive")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
            if entry.external_attr >> 16 & 0o100:
                target.chmod(0o755)
