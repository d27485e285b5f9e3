"""Which of LevelDB's files is damaged, found without LevelDB: every kind of file, changed, cut or gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from datadeed_ledger.encoding import sha256
from datadeed_node.database import Database
from datadeed_node.leveldb_files import crc32c, damaged_file

WRITE_BUFFER_BYTES = 4 * 2**20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database with packed and unpacked tables, a log and a MANIFEST."""
    path = tmp_path / "data"
    for start, packs in ((0, True), (4000, False)):
        database = Database(path, write_buffer_bytes=WRITE_BUFFER_BYTES)
        batch = database.batch()
        for number in range(start, start + 4000):
            key = number.to_bytes(8, "big")
            batch.put(key, b"the same again " * 20 if packs else sha256(key) * 9)
        batch.write()
        database.close()
    assert {each.suffix for each in path.iterdir()} >= {".ldb", ".log"}
    return path


def files(folder: Path) -> list[Path]:
    return [each for each in sorted(folder.iterdir()) if each.name not in ("LOCK", "LOG", "LOG.old")]


def test_a_whole_database_has_no_damaged_file(folder: Path) -> None:
    assert damaged_file(folder) is None


def test_a_changed_byte_inside_any_file_names_it(folder: Path) -> None:
    for path in files(folder):
        whole = path.read_bytes()
        for at in {len(whole) // 7, len(whole) // 2, len(whole) * 6 // 7} & set(range(len(whole))):
            path.write_bytes(whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
            found = damaged_file(folder)
            assert found is not None, (path.name, at)
            assert found[0] == path, (path.name, at)
        path.write_bytes(whole)


def test_a_table_cut_in_half_is_named(folder: Path) -> None:
    for path in folder.glob("*.ldb"):
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        found = damaged_file(folder)
        assert found is not None
        assert found[0] == path
        path.write_bytes(whole)


def test_a_current_that_names_nothing_is_named(folder: Path) -> None:
    (folder / "CURRENT").write_text("MANIFEST-999999\n")
    found = damaged_file(folder)
    assert found is not None
    assert found[0].name == "CURRENT"


def test_the_checksum_is_the_published_one() -> None:
    assert crc32c(b"123456789") == 0xE3069283
