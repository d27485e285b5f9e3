"""Files that belong to their owner alone: written whole or not at all, read with a limit.

A write goes to a new file beside the target, is synced, and takes the target's name in one step, so that a power cut
leaves the old file or the new one and never a half of either. What is left out: encryption (`keyring.py`) and what the
files mean (`home.py`). On Windows the folder's access list is the user's own and the permission bits say nothing.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from io import BufferedReader
from pathlib import Path
from typing import IO

from datadeed_ledger.errors import Malformed

POSIX = os.name == "posix"


def make_folder(path: Path) -> None:
    """Make `path` and its missing parents, the new ones open to their owner alone."""
    missing = [path, *path.parents]
    for folder in reversed(missing[: next((i for i, each in enumerate(missing) if each.is_dir()), len(missing))]):
        folder.mkdir(mode=0o700, exist_ok=True)


def write_owned(path: Path, data: bytes) -> None:
    """Replace `path` by `data`, whole and durable, readable by its owner alone."""
    make_folder(path.parent)
    temporary = _temporary(path, data)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create_owned(path: Path, data: bytes) -> None:
    """As `write_owned`, but raise FileExistsError where `path` already is: a key is never written over."""
    make_folder(path.parent)
    temporary = _temporary(path, data)
    try:
        os.link(temporary, path)  # unlike rename, a link never replaces
    except FileExistsError:
        raise
    except OSError:  # a USB stick's file system has no links
        _create_slowly(path, data)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_limited(path: Path, *, bytes_max: int) -> bytes:
    """A regular file's bytes. Raises `Malformed` when it holds more than `bytes_max`, OSError when it is unreadable."""
    with open_regular(path) as file:
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise Malformed(f"{path} is larger than {bytes_max} bytes; no file of this kind is")
    return data


def open_regular(path: Path) -> BufferedReader:
    """The file, open for reading. Raises `Malformed` when it is a folder, a pipe or a device."""
    # O_NONBLOCK: a named pipe put in a file's place must not hold the program for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Malformed(f"{path} is not a regular file")
    return os.fdopen(descriptor, "rb")


def check_owner_only(path: Path) -> None:
    """Raise `Malformed` where others may read or write `path`."""
    if POSIX and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Malformed(f"{path} may be read by others; run `chmod 600 {path}` and consider replacing the key")


def _create_slowly(path: Path, data: bytes) -> None:
    """Create `path` where it stands; whole unless the power fails meanwhile."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        try:
            _fill(file, data)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _fill(file: IO[bytes], data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _temporary(path: Path, data: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _fill(file, data)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def sync_folder(folder: Path) -> None:
    if POSIX:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:  # this file system has no such thing as syncing a folder
                raise
        finally:
            os.close(descriptor)
