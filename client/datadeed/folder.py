"""Walks a folder for a batch deposit: every regular file below it, in one order on every machine.

Symbolic links are never followed and, like sockets, pipes, devices and names that are not text, they are not deposited;
each is stated with its reason, so that the manifest accounts for everything that lay in the folder. A file or folder
that cannot be read ends the walk with its OSError: a batch that silently lacks a file would be worse than none.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from datadeed.digests import FileDigest, digest_file
from datadeed_ledger.errors import Malformed

FILES_MAX: Final = 2_000_000  # a manifest of about 400 MB; the format itself ends at 2^32 - 1 items
Progress: TypeAlias = Callable[[int, int, str], None]  # files done, files in all, the path just done


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file. path: relative to the folder, with `/` between its parts."""

    path: str
    digest: FileDigest


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in the folder that is not deposited, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FolderContents:
    """What a folder held. files: ascending by the UTF-8 bytes of their paths; left_out: likewise."""

    files: tuple[FoundFile, ...]
    left_out: tuple[LeftOut, ...]


def read_folder(folder: Path, progress: Progress) -> FolderContents:
    """The files of `folder` with their digests. Raises `Malformed` when there is none, OSError on an unreadable one."""
    if not folder.is_dir():
        raise Malformed(f"{folder} is not a folder; `deposit` takes a single file")
    paths: list[str] = []
    left_out: list[LeftOut] = []
    for found in _walk(folder, ""):
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            paths.append(found)
        if len(paths) > FILES_MAX:
            raise Malformed(f"{folder} has more than {FILES_MAX} files; deposit its parts")
    if not paths:
        raise Malformed(f"{folder} has no regular file in it; there is nothing to deposit")
    paths.sort(key=str.encode)
    files: list[FoundFile] = []
    for path in paths:
        files.append(FoundFile(path, digest_file(folder / path)))
        progress(len(files), len(paths), path)
    return FolderContents(tuple(files), tuple(sorted(left_out, key=lambda each: each.path.encode())))


def ignore_progress(done: int, total: int, path: str) -> None:
    """For those who watch nothing."""


def _walk(folder: Path, prefix: str) -> Iterator[str | LeftOut]:
    pending = [prefix]
    while pending:
        inside = pending.pop()
        with os.scandir(folder / inside) as entries:
            for entry in entries:
                path = inside + entry.name
                reason = _reason_to_leave_out(entry)
                if reason:
                    yield LeftOut(path.encode("utf-8", "backslashreplace").decode(), reason)
                elif entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
                else:
                    yield path


def _reason_to_leave_out(entry: os.DirEntry[str]) -> str:
    """Why this is no part of the deposit; empty for folders and regular files."""
    if entry.is_symlink():
        return "symbolic link"
    try:
        entry.name.encode()
    except UnicodeEncodeError:
        return "name that is not UTF-8 text"
    if entry.is_dir(follow_symlinks=False) or stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
        return ""
    return "not a regular file"
