"""Files of the client belong to their owner alone and are whole or absent."""

from __future__ import annotations

import os
import stat
from contextlib import nullcontext
from pathlib import Path

import pytest

from datadeed import owner_files
from datadeed_ledger.errors import Malformed


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_written_file_and_its_new_folders_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    owner_files.write_owned(path, b"one")
    assert path.read_bytes() == b"one"
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (0o600, 0o700, 0o700)


def test_writing_replaces_and_leaves_no_other_file_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    owner_files.write_owned(path, b"one")
    owner_files.write_owned(path, b"two")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"two"


def test_a_write_that_cannot_take_the_name_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        owner_files.write_owned(tmp_path / "taken", b"one")
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        owner_files.write_owned(tmp_path / "file", b"one")
    assert list(tmp_path.iterdir()) == []


def test_create_never_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    owner_files.create_owned(path, b"one")
    with pytest.raises(FileExistsError):
        owner_files.create_owned(path, b"two")
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def without_links(source: object, target: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_where_there_are_no_links_a_file_is_still_created_and_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", without_links)
    path = tmp_path / "file"
    owner_files.create_owned(path, b"one")
    assert (path.read_bytes(), mode(path)) == (b"one", 0o600)
    with pytest.raises(FileExistsError):
        owner_files.create_owned(path, b"two")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_disk_that_fills_up_meanwhile_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", without_links)
    real, syncs = os.fsync, iter((False, True))

    def full_at_last(descriptor: int) -> None:
        if next(syncs):
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full_at_last)
    with pytest.raises(OSError, match="No space"):
        owner_files.create_owned(tmp_path / "file", b"one")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("number", "is_raised"), [(22, False), (5, True)])
def test_a_folder_that_cannot_be_synced_is_no_fault_of_ours_but_a_broken_disk_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_raised: bool
) -> None:
    real = os.fsync

    def picky(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, "cannot")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", picky)
    with pytest.raises(OSError, match="cannot") if is_raised else nullcontext():
        owner_files.write_owned(tmp_path / "file", b"one")
    assert (tmp_path / "file").read_bytes() == b"one"


def test_reading_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert owner_files.read_limited(path, bytes_max=5) == b"12345"
    with pytest.raises(Malformed, match="larger than 4 bytes"):
        owner_files.read_limited(path, bytes_max=4)


def test_a_pipe_in_a_files_place_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Malformed, match="not a regular file"):
        owner_files.read_limited(tmp_path / "pipe", bytes_max=5)
    with pytest.raises(Malformed, match="not a regular file"):
        owner_files.read_limited(tmp_path, bytes_max=5)


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o622])
def test_a_file_that_others_may_touch_is_named(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(bits)
    with pytest.raises(Malformed, match="chmod 600"):
        owner_files.check_owner_only(path)
    path.chmod(0o600)
    owner_files.check_owner_only(path)


def test_where_permission_bits_say_nothing_none_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_files, "POSIX", False)
    path = tmp_path / "file"
    owner_files.write_owned(path, b"")
    path.chmod(0o644)
    owner_files.check_owner_only(path)
